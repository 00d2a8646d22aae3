#include "rotoscope/checkpoint/input_record.hpp"

#include "checkpoint_file.hpp"

#include <utility>

#include "rotoscope/checkpoint/sha256.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t hashed_whole = std::uint64_t{64} << 20;

}  // namespace

InputRecord record_input(const InputFile& file, std::uint64_t described_begin, std::uint64_t described_bytes,
                         bool hash_everything) {
    InputRecord record;
    record.path = file.path().string();
    record.bytes = file.size();
    if (hash_everything || described_bytes == 0 || file.size() <= hashed_whole)
        record.sha256 = sha256_of(file, 0, file.size());
    else record.header_sha256 = sha256_of(file, described_begin, described_bytes);
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
