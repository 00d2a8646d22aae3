#include "rotoscope/core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <system_error>
#include <utility>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// RELIABILITY rule 7: at most 1,000 characters and three lines, however long the names in it are.
// The program's name comes before it, a newline behind it.
constexpr std::size_t longest_text = 980;
constexpr std::size_t longest_name = 240;

std::string tidy(const std::string& message) {
    std::string text;
    int newlines = 0;
    std::size_t begin = 0;
    while (begin <= message.size()) {
        const std::size_t end = std::min(message.find('\n', begin), message.size());
        if (begin > 0) text += ++newlines <= 2 ? "\n" : " ";
        text += escape_control(std::string_view(message).substr(begin, end - begin));
        begin = end + 1;
    }
    return text;
}

std::string cut(std::string text, std::size_t longest) {
    if (text.size() <= longest) return text;
    std::size_t end = longest - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
    text.resize(end);
    return text + "...";
}

}  // namespace

Error::Error(ExitCode code, std::string message) : code_(code), message_(std::move(message)) { compose(); }

Error& Error::in_file(std::string_view file) {
    if (!file_.empty()) return *this;
    file_ = file;
    compose();
    return *this;
}

Error& Error::in_tensor(std::string_view tensor) {
    if (!tensor_.empty()) return *this;
    tensor_ = tensor;
    compose();
    return *this;
}

Error& Error::at_offset(std::uint64_t offset) {
    if (offset_) return *this;
    offset_ = offset;
    compose();
    return *this;
}

void Error::compose() {
    // Which file was open when a signal came says nothing about the file.
    if (code_ == ExitCode::interrupted || code_ == ExitCode::terminated) {
        file_.clear();
        tensor_.clear();
        offset_.reset();
    }
    text_.clear();
    if (!file_.empty()) text_ += cut(escape_control(file_), longest_name) + ": ";
    if (!tensor_.empty()) text_ += fmt::format("tensor {}: ", quote(tensor_, longest_name));
    if (offset_) text_ += fmt::format("at byte {}: ", *offset_);
    text_ = cut(text_ + tidy(message_), longest_text);
}

Error usage_error(std::string message) { return {ExitCode::usage, std::move(message)}; }
Error input_error(std::string message) { return {ExitCode::input, std::move(message)}; }
Error output_error(std::string message) { return {ExitCode::output, std::move(message)}; }
Error internal_error(std::string message) { return {ExitCode::internal, std::move(message)}; }

Error unknown_word(std::string_view kind, std::string_view word, const std::vector<std::string>& candidates) {
    const std::string nearest = nearest_word(word, candidates);
    const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
    const std::string all = candidates.empty() ? "there are none" : fmt::format("{}", fmt::join(candidates, ", "));
    return usage_error(fmt::format("unknown {} {}{}\nexpected one of: {}", kind, quote(word), hint, all));
}

std::string describe_errno(int error_number) { return std::generic_category().message(error_number); }

}  // namespace rotoscope
