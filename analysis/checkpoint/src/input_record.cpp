#include "rotoscope/checkpoint/input_record.hpp"

#include "checkpoint_file.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t hashed_whole = std::uint64_t{64} << 20;
constexpr std::uint64_t window_bytes = 1 << 20;

void require(int outcome) {
    if (outcome != 1) throw internal_error("the SHA-256 of OpenSSL is not available");
}

/// SHA-256 of `length` bytes from `begin` on in lower-case hexadecimal.
std::string hash_range(const InputFile& file, std::uint64_t begin, std::uint64_t length) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    require(context != nullptr ? EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) : 0);
    std::vector<std::byte> window(static_cast<std::size_t>(std::min(length, window_bytes)));
    for (std::uint64_t offset = 0; offset < length; offset += window.size()) {
        throw_if_stopped();
        const std::uint64_t count = std::min<std::uint64_t>(window.size(), length - offset);
        const auto part = std::span(window).first(static_cast<std::size_t>(count));
        file.read_at(begin + offset, part);
        require(EVP_DigestUpdate(context.get(), part.data(), part.size()));
    }
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
    std::string text;
    for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace

InputRecord record_input(const InputFile& file, std::uint64_t described_begin, std::uint64_t described_bytes,
                         bool hash_everything) {
    InputRecord record;
    record.path = file.path().string();
    record.bytes = file.size();
    if (hash_everything || described_bytes == 0 || file.size() <= hashed_whole)
        record.sha256 = hash_range(file, 0, file.size());
    else record.header_sha256 = hash_range(file, described_begin, described_bytes);
    return record;
}

InputRecord record_input(const std::filesystem::path& path, bool hash_everything) {
    InputFile file(path);
    if (hash_everything || file.size() <= hashed_whole) return record_input(file, 0, 0, hash_everything);
    HeaderBudget used;
    try {
        const CheckpointFile checkpoint(std::move(file), used, {});
        return record_input(checkpoint.file(), checkpoint.contents().described_begin,
                            checkpoint.contents().described_bytes, hash_everything);
    } catch (const Error& error) {
        if (error.code() != ExitCode::input) throw;
    }
    return record_input(InputFile(path), 0, 0, hash_everything);  // something else: text, say
}

}  // namespace rotoscope
