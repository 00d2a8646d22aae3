#include "checkpoint_file.hpp"

#include "gguf.hpp"
#include "npy_header.hpp"
#include "safetensors.hpp"
#include "torch_file.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using namespace std::string_view_literals;

std::string read_start(const InputFile& file, std::size_t longest) {
    std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), longest)), '\0');
    file.read_at(0, std::as_writable_bytes(std::span(start)));
    return start;
}

FormatContents read_safetensors(const InputFile& file, HeaderBudget& used) {
    SafetensorsHeader header = read_safetensors_header(file, used);
    FormatContents contents;
    contents.format = "safetensors";
    contents.tensors = std::move(header.tensors);
    contents.metadata = std::move(header.metadata);
    contents.described_bytes = header.data_begin;
    return contents;
}

}  // namespace

bool looks_like_checkpoint(const InputFile& file) {
    const std::string start = read_start(file, 4);
    const bool pickle = start.size() == 4 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5;
    return looks_like_safetensors(file) || pickle || start == "\x93NUM" || start == "GGUF" || start == "PK\3\4" ||
           start == "PK\5\6";
}

std::string describe_start(const InputFile& file) {
    struct Magic {
        std::string_view bytes;
        std::string_view meaning;
    };
    constexpr std::array known{
        Magic{"version "sv, "a Git LFS pointer: `git lfs pull` fetches the file itself"},
        Magic{"\x89HDF\r\n"sv, "an HDF5 file"},
        Magic{"\x1f\x8b"sv, "compressed by gzip"},
        Magic{"7z\xbc\xaf"sv, "a 7z archive"},
        Magic{"<"sv, "a web page or XML"},
    };
    const std::string start = read_start(file, 8);
    if (start.empty()) return "empty";
    for (const Magic& magic : known)
        if (start.starts_with(magic.bytes)) return std::string(magic.meaning);
    return fmt::format("unknown: it begins with {}", quote(start));
}

CheckpointFile::CheckpointFile(InputFile file, HeaderBudget& used, const OpenOptions& options)
    : file_(std::move(file)) {
    try {
        recognise(used, options);
    } catch (Error& error) {
        throw error.in_file(file_.path().string());
    }
}

void CheckpointFile::check_content() const {
    if (archive_ == nullptr) return;
    try {
        for (std::size_t i = 0; i < archive_->members().size(); ++i) archive_->read_at(i, 0, {});
    } catch (Error& error) {
        throw error.in_file(file_.path().string());
    }
}

/// The first bytes decide. A safetensors header may have a length that looks like another format's first bytes, but
/// then '{' follows, with which none of the others goes on.
void CheckpointFile::recognise(HeaderBudget& used, const OpenOptions& options) {
    const std::string start = read_start(file_, 9);
    const auto begins = [&](std::string_view magic) { return start.starts_with(magic); };
    if (looks_like_safetensors(file_)) {
        contents_ = read_safetensors(file_, used);
    } else if (begins("\x93NUMPY"sv)) {
        contents_ = read_npy(file_, used, options);
    } else if (begins("GGUF"sv)) {
        contents_ = read_gguf(file_, used);
    } else if (begins("PK\3\4"sv) || begins("PK\5\6"sv)) {
        archive_ = std::make_unique<ZipArchive>(file_, used);
        contents_ = is_torch_archive(*archive_) ? read_torch_zip(*archive_, used) : read_npz(*archive_, used, options);
        contents_.described_begin = archive_->directory_begin();  // it has the CRC of every member
        contents_.described_bytes = file_.size() - archive_->directory_begin();
    } else if (start.size() > 1 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5) {
        contents_ = read_torch_legacy(file_, used);
    } else if (start.size() < 8 || start.back() == '{' || has_safetensors_length(file_)) {
        contents_ = read_safetensors(file_, used);  // which says what is wrong
    } else {
        throw input_error(fmt::format("is {}; expected safetensors, PyTorch, NumPy, GGUF, or an index of shards",
                                      describe_start(file_)));
    }
}

}  // namespace rotoscope
