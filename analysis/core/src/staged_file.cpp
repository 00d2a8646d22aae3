#include "rotoscope/core/staged_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".rotoscope-";
constexpr std::string_view suffix = ".tmp";

[[noreturn]] void fail(const fs::path& target, std::string_view what, int error_number) {
    throw output_error(fmt::format("{}: {}", what, describe_errno(error_number))).in_file(target.string());
}

fs::path folder_of(const fs::path& target) { return target.has_parent_path() ? target.parent_path() : fs::path("."); }

/// The machine's name: processes of several machines write into shared folders, and their numbers may be the same.
const std::string& host_name() {
    static const std::string name = [] {
        std::array<char, 256> buffer{};
        if (gethostname(buffer.data(), buffer.size() - 1) != 0) return std::string();
        std::string host = buffer.data();
        std::ranges::replace(host, '/', '_');
        return host;
    }();
    return name;
}

fs::path temporary_name(const fs::path& target) {
    static std::atomic<unsigned> counter = 0;
    return folder_of(target) / fmt::format("{}{}-{}@{}{}", prefix, getpid(), counter++, host_name(), suffix);
}

void flush_folder(const fs::path& target) {
    const int descriptor = open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) fail(target, "cannot open its folder", errno);
    const int failure = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    // Some file systems cannot flush a folder and say so; the rename itself is done.
    if (failure != 0 && failure != EINVAL) fail(target, "cannot flush its folder", failure);
}

[[noreturn]] void refuse_folder(const fs::path& folder, std::string_view verb, const std::error_code& error) {
    throw output_error(fmt::format("the output folder cannot be {}: {}", verb, error.message()))
        .in_file(folder.string());
}

/// The process of this machine that made a temporary file, or 0 where the name is not one of ours.
pid_t owner_of(const std::string& name) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return 0;
    if (const std::size_t at = name.find('@');
        at != std::string::npos && name.substr(at + 1) != host_name() + std::string(suffix))
        return 0;
    pid_t owner = 0;
    const auto parsed = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), owner);
    return parsed.ec == std::errc() && *parsed.ptr == '-' ? owner : 0;
}

}  // namespace

StagedFile::StagedFile(fs::path target) : target_(std::move(target)), temporary_(temporary_name(target_)) {
    std::error_code ignored;
    const fs::file_status found = fs::status(target_, ignored);
    if (fs::is_directory(found)) throw output_error("is a folder; expected a file to write").in_file(target_.string());
    if (fs::is_other(found))  // it would not be written to, but replaced
        throw output_error("is a device, pipe or socket; expected a file to write").in_file(target_.string());
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail(target_, "cannot be written", errno);
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      appended_(other.appended_) {}

StagedFile::~StagedFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!temporary_.empty()) unlink(temporary_.c_str());
}

void StagedFile::write(std::string_view bytes) {
    write_at(appended_, std::as_bytes(std::span(bytes)));
    appended_ += bytes.size();
}

void StagedFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(target_, "cannot be written", errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void StagedFile::finish() {
    if (descriptor_ < 0) return;
    if (fsync(descriptor_) != 0 && errno != EINVAL) fail(target_, "cannot be flushed to the disk", errno);
    if (close(std::exchange(descriptor_, -1)) != 0) fail(target_, "cannot be closed", errno);
}

void StagedFile::commit() {
    finish();
    if (rename(temporary_.c_str(), target_.c_str()) != 0) fail(target_, "cannot be replaced", errno);
    temporary_.clear();
    flush_folder(target_);
}

void create_output_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error && !fs::is_directory(folder, error) && !error) error = std::make_error_code(std::errc::not_a_directory);
    if (error) refuse_folder(folder, "made", error);
}

void check_output_folder(const fs::path& folder) {
    std::error_code error;
    fs::path nearest = fs::absolute(folder, error);
    if (error) refuse_folder(folder, "made", error);
    // What is missing would be made in the nearest folder above that is there.
    while (!fs::exists(nearest, error) && nearest.has_relative_path()) nearest = nearest.parent_path();
    if (!fs::is_directory(nearest, error))
        refuse_folder(folder, "made", std::make_error_code(std::errc::not_a_directory));
    if (access(nearest.c_str(), W_OK | X_OK) != 0)
        refuse_folder(folder, fs::exists(folder, error) ? "written" : "made", {errno, std::generic_category()});
}

void remove_stale_files(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const pid_t owner = owner_of(entry->path().filename().string());
        if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) {
            std::error_code ignored;
            fs::remove(entry->path(), ignored);
        }
    }
}

}  // namespace rotoscope
