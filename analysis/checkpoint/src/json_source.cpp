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
    buffer_.resize(static_cast<std::size_t>(std::min(unread_, window_bytes)));
    file_->read_at(position_, std::as_writable_bytes(std::span(buffer_)));
    unread_ -= buffer_.size();
    window_ = {buffer_.data(), buffer_.size()};
    next_ = 0;
    return true;
}

void JsonSource::track(char byte) {
    const auto begin_token = [&] { token_ = position_; };
    if (byte == '\0') throw input_error("found a zero byte; expected JSON").at_offset(position_);
    if (in_string_) {
        if (after_backslash_) after_backslash_ = false;
        else if (byte == '\\') after_backslash_ = true;
        else if (byte == '"') in_string_ = false;
    } else {
        switch (byte) {
            case ' ':
            case '\t':
            case '\n':
            case '\r':
            case ',':
            case ':':
            case '}':
            case ']':
                in_scalar_ = false;
                break;
            case '{':
            case '[':
                in_scalar_ = false;
                begin_token();
                break;
            case '"':
                in_string_ = true;
                begin_token();
                break;
            default:
                if (!in_scalar_) begin_token();
                in_scalar_ = true;
        }
    }
    if ((in_string_ || in_scalar_) && position_ - token_ >= longest_token)
        throw input_error("found a string or number longer than 16 MiB").at_offset(token_);
}

}  // namespace rotoscope
