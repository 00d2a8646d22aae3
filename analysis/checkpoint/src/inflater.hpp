// A deflated member of an archive, inflated forwards.
#pragma once

#include "zip_archive.hpp"

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rotoscope {

/// Raw deflate (RFC 1951) through zlib, in a fixed memory of about 60 KiB. A copy goes on from the same place.
class Inflater {
public:
    Inflater(const InputFile& file, const ZipMember& member, std::size_t index);
    Inflater(const Inflater& other);
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    [[nodiscard]] std::size_t member() const { return index_; }
    /// Bytes of the member before the next one.
    [[nodiscard]] std::uint64_t position() const { return produced_; }

    /// The next out.size() bytes of the member. Throws Error (input) where the data is damaged or ends before.
    void read(std::span<std::byte> out);
    /// Passes over bytes.
    void advance_to(std::uint64_t position);
    /// After the member's last byte: throws unless the deflate stream ends there, with the bytes in the file.
    void finish();

private:
    /// One call of inflate with the bytes in the window, which it refills.
    int step();
    [[noreturn]] void fail(const char* what) const;

    const InputFile& file_;
    const ZipMember& data_;
    std::size_t index_;
    std::uint64_t consumed_ = 0;  ///< bytes in the file that were given to zlib's window
    std::uint64_t produced_ = 0;
    std::vector<std::byte> window_;
    z_stream stream_{};
    bool ended_ = false;
};

}  // namespace rotoscope
