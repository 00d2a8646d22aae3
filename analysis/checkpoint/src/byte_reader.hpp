// Binary headers read in order, through a window, never beyond their end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rotoscope {

/// A range of bytes taken in order. What it is asked for is checked against the bytes that are there before anything is
/// allocated. Errors carry the position.
class ByteReader {
public:
    /// Fills a span from a position on; positions count as in messages.
    using Fill = std::function<void(std::uint64_t position, std::span<std::byte>)>;

    static constexpr std::uint64_t usual_window = 1 << 16;

    /// Bytes [begin, end) of what `fill` reads, at most `window` (at least 16) of them at a time.
    ByteReader(Fill fill, std::uint64_t begin, std::uint64_t end, std::uint64_t window = usual_window);

    /// Of the next byte.
    [[nodiscard]] std::uint64_t position() const { return window_begin_ + next_; }
    [[nodiscard]] std::uint64_t remaining() const { return end_ - position(); }
    /// Whether integers are big-endian.
    void set_swapped(bool swapped) { swapped_ = swapped; }

    std::uint8_t byte() {
        require(1);
        return static_cast<std::uint8_t>(window_[next_++]);
    }
    /// An integer in the byte order that is set.
    template <class Integer>
    Integer integer() {
        require(sizeof(Integer));
        Integer value;
        std::memcpy(&value, window_.data() + next_, sizeof value);
        next_ += sizeof value;
        return swapped_ ? reverse(value) : value;
    }
    /// The next `length` bytes, unless they are more than `most`: then Error.
    std::string text(std::uint64_t length, std::uint64_t most);
    /// The bytes before the next newline, which is taken too.
    std::string line(std::size_t longest);
    void skip(std::uint64_t length);

private:
    template <class Integer>
    static Integer reverse(Integer value) {
        auto* bytes = reinterpret_cast<unsigned char*>(&value);
        for (std::size_t i = 0; i < sizeof value / 2; ++i) std::swap(bytes[i], bytes[sizeof value - 1 - i]);
        return value;
    }
    /// Makes the next `count` ≤ 16 bytes available.
    void require(std::size_t count) {
        if (window_.size() - next_ < count) refill(count);
    }
    void refill(std::size_t count);
    void check_remaining(std::uint64_t count) const;

    Fill fill_;
    std::uint64_t end_;
    std::uint64_t most_;
    std::uint64_t window_begin_;
    std::size_t next_ = 0;
    std::vector<std::byte> window_;
    bool swapped_ = false;
};

}  // namespace rotoscope
