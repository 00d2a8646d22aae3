#include "rotoscope/checkpoint/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t window_bytes = 1 << 20;

void require(int outcome) {
    if (outcome != 1) throw internal_error("the SHA-256 of OpenSSL is not available");
}

}  // namespace

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    EVP_MD_CTX* const context = state_->context.get();
    require(context != nullptr ? EVP_DigestInit_ex(context, EVP_sha256(), nullptr) : 0);
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr));
    std::string text;
    for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
    return text;
}

std::string sha256_of(std::string_view text) {
    Sha256 hash;
    hash.add(text);
    return hash.finish();
}

std::string sha256_of(const InputFile& file, std::uint64_t begin, std::uint64_t length) {
    Sha256 hash;
    std::vector<std::byte> window(static_cast<std::size_t>(std::min(length, window_bytes)));
    for (std::uint64_t offset = 0; offset < length; offset += window.size()) {
        throw_if_stopped();
        const std::uint64_t count = std::min<std::uint64_t>(window.size(), length - offset);
        const auto part = std::span(window).first(static_cast<std::size_t>(count));
        file.read_at(begin + offset, part);
        hash.add(part);
    }
    return hash.finish();
}

}  // namespace rotoscope
