#include "rotoscope/checkpoint/input_record.hpp"

#include "safetensors.hpp"

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

/// SHA-256 of the first `length` bytes in lower-case hexadecimal.
std::string hash_start(const InputFile& file, std::uint64_t length) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    require(context != nullptr ? EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) : 0);
    std::vector<std::byte> window(static_cast<std::size_t>(std::min(length, window_bytes)));
    for (std::uint64_t offset = 0; offset < length; offset += window.size()) {
        throw_if_stopped();
        const std::uint64_t count = std::min<std::uint64_t>(window.size(), length - offset);
        const auto part = std::span(window).first(static_cast<std::size_t>(count));
        file.read_at(offset, part);
        require(EVP_DigestUpdate(context.get(), part.data(), part.size()));
    }
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
    std::string text;
    for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace

InputRecord record_input(const InputFile& file, std::uint64_t header_bytes, bool hash_everything) {
    InputRecord record;
    record.path = file.path().string();
    record.bytes = file.size();
    if (hash_everything || header_bytes == 0 || file.size() <= hashed_whole)
        record.sha256 = hash_start(file, file.size());
    else record.header_sha256 = hash_start(file, header_bytes);
    return record;
}

InputRecord record_input(const std::filesystem::path& path, bool hash_everything) {
    const InputFile file(path);
    if (hash_everything || file.size() <= hashed_whole || !looks_like_safetensors(file))
        return record_input(file, 0, hash_everything);
    HeaderBudget used;
    return record_input(file, read_safetensors_header(file, used).data_begin, hash_everything);
}

}  // namespace rotoscope
