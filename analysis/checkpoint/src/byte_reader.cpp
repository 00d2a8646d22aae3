#include "byte_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {

ByteReader::ByteReader(Fill fill, std::uint64_t begin, std::uint64_t end, std::uint64_t window)
    : fill_(std::move(fill)), end_(end), most_(window), window_begin_(begin) {}

void ByteReader::check_remaining(std::uint64_t count) const {
    if (count > remaining())
        throw input_error(fmt::format("ends too early: {} bytes are expected here, {} are left", count, remaining()))
            .at_offset(position());
}

void ByteReader::refill(std::size_t count) {
    check_remaining(count);
    throw_if_stopped();
    window_begin_ += next_;
    next_ = 0;
    window_.resize(static_cast<std::size_t>(std::min(end_ - window_begin_, most_)));
    fill_(window_begin_, window_);
}

std::string ByteReader::text(std::uint64_t length, std::uint64_t most) {
    check_remaining(length);
    if (length > most)
        throw input_error(fmt::format("found a string of {} bytes; expected at most {}", length, most))
            .at_offset(position());
    std::string result(static_cast<std::size_t>(length), '\0');
    std::size_t filled = 0;
    while (filled < result.size()) {
        require(1);
        const std::size_t count = std::min(result.size() - filled, window_.size() - next_);
        std::memcpy(result.data() + filled, window_.data() + next_, count);
        filled += count;
        next_ += count;
    }
    return result;
}

std::string ByteReader::line(std::size_t longest) {
    const std::uint64_t begin = position();
    std::string result;
    while (true) {
        const char next = static_cast<char>(byte());
        if (next == '\n') return result;
        if (result.size() == longest)
            throw input_error(fmt::format("found a line longer than {} bytes", longest)).at_offset(begin);
        result += next;
    }
}

void ByteReader::skip(std::uint64_t length) {
    check_remaining(length);
    const std::uint64_t held = std::min<std::uint64_t>(length, window_.size() - next_);
    next_ += static_cast<std::size_t>(held);
    if (length == held) return;
    window_begin_ = position() + (length - held);
    window_.clear();
    next_ = 0;
}

}  // namespace rotoscope
