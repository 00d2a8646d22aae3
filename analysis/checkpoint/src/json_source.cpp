#include "json_scan.hpp"

#include <algorithm>
#include <span>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t window_bytes = 1 << 18;
constexpr std::uint64_t longest_token = 1 << 24;

}  // namespace

JsonSource::JsonSource(std::string_view text) : window_(text) {}

JsonSource::JsonSource(const InputFile& file, std::uint64_t begin, std::uint64_t length)
    : file_(&file), unread_(length), position_(begin), token_(begin) {}

bool JsonSource::refill() {
    if (unread_ == 0) {
        exhausted_ = true;
        return false;
    }
    throw_if_stopped();
    if (in_string_) check_token_length();
    buffer_.resize(static_cast<std::size_t>(std::min(unread_, window_bytes)));
    file_->read_at(position_, std::as_writable_bytes(std::span(buffer_)));
    unread_ -= buffer_.size();
    window_ = {buffer_.data(), buffer_.size()};
    next_ = 0;
    return true;
}

void JsonSource::check_token_length() const {
    if (position_ - token_ >= longest_token)
        throw input_error("found a string or number longer than 16 MiB").at_offset(token_);
}

void JsonSource::track(char byte) {
    if (in_string_) {
        if (after_backslash_) after_backslash_ = false;
        else if (byte == '\\') after_backslash_ = true;
        else in_string_ = false;
        return check_token_length();
    }
    if (byte == '\0') throw input_error("found a zero byte; expected JSON").at_offset(position_);
    after_space_ = is_space(byte);
    const bool closes = after_space_ || byte == ',' || byte == ':' || byte == '}' || byte == ']';
    const bool opens = byte == '{' || byte == '[' || byte == '"';
    if (opens || (!closes && !in_scalar_)) token_ = position_;
    if (in_scalar_ && (closes || opens)) scalar_end_ = position_;
    in_string_ = byte == '"';
    in_scalar_ = !closes && !opens;
    if (in_scalar_) check_token_length();
}

std::string JsonSource::token_text() const {
    constexpr std::uint64_t longest_shown = 60;
    const std::uint64_t end = scalar_end_ > token_ ? scalar_end_ : position_;
    const auto length = static_cast<std::size_t>(std::min(end - token_, longest_shown));
    if (file_ == nullptr) return std::string(window_.substr(static_cast<std::size_t>(token_), length));
    std::string text(length, '\0');  // the window may have moved on
    file_->read_at(token_, std::as_writable_bytes(std::span(text)));
    return text;
}

}  // namespace rotoscope
