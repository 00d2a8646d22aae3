// SHA-256 (FIPS 180-4) of files and texts, in lower-case hexadecimal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "rotoscope/checkpoint/file.hpp"

namespace rotoscope {

/// The hash of bytes that come piece by piece. Throws Error (internal) where OpenSSL has no SHA-256.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::span<const std::byte> bytes);
    void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
    /// 64 digits. Nothing may be added afterwards.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_of(std::string_view text);

/// Of `length` bytes from `begin` on. Throws Error (input) where the file ends before, and stops on request.
[[nodiscard]] std::string sha256_of(const InputFile& file, std::uint64_t begin, std::uint64_t length);

}  // namespace rotoscope
