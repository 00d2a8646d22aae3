#include "json_scan.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>
#include <string>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using nlohmann::json;

constexpr std::size_t deepest = 64;

/// The input iterator that the lexer pulls bytes through; the default one is the end.
class SourceIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    SourceIterator() = default;
    explicit SourceIterator(JsonSource& source) : source_(&source) {}

    char operator*() const { return source_->peek(); }
    SourceIterator& operator++() {
        source_->advance();
        return *this;
    }
    friend bool operator!=(const SourceIterator& a, const SourceIterator& /*end*/) { return !a.source_->at_end(); }

private:
    JsonSource* source_ = nullptr;
};

/// nlohmann's SAX interface in front of JsonEvents: counts the depth and words the errors.
class Adapter {
public:
    Adapter(JsonSource& source, JsonEvents& events) : source_(source), events_(events) {}

    bool null() {
        return after_value([&] { events_.null(); });
    }
    bool boolean(bool value) {
        return after_value([&] { events_.boolean(value); });
    }
    bool number_integer(std::int64_t value) {
        return after_value([&] { events_.negative(value); });
    }
    bool number_unsigned(std::uint64_t value) {
        return after_value([&] { events_.whole(value); });
    }
    bool number_float(double value, const std::string& /*text*/) {
        return after_value([&] { events_.real(value); });
    }
    bool string(const std::string& value) {
        return after_value([&] { events_.string(value); });
    }
    bool binary(const json::binary_t& /*value*/) { throw internal_error("JSON text has no binary values"); }

    bool start_object(std::size_t /*elements*/) {
        return enter('{', [&] { events_.begin_object(); });
    }
    bool key(const std::string& name) {
        after_key_ = true;
        events_.key(name);
        return true;
    }
    bool end_object() {
        return leave([&] { events_.end_object(); });
    }
    bool start_array(std::size_t /*elements*/) {
        return enter('[', [&] { events_.begin_array(); });
    }
    bool end_array() {
        return leave([&] { events_.end_array(); });
    }

    bool parse_error(std::size_t /*position*/, const std::string& token, const nlohmann::detail::exception& error) {
        constexpr int number_overflow = 406;  // nlohmann's out_of_range.406
        if (error.id == number_overflow)
            throw input_error(fmt::format("the number {} does not fit in 64 bits of floating point",
                                          rotoscope::quote(source_.token_text())))
                .at_offset(source_.token());
        if (source_.exhausted())
            throw input_error(fmt::format("is not JSON: ends here; expected {}", expected()))
                .at_offset(source_.position());
        // The lexer's token carries what it skipped before; of punctuation only its last byte is the token.
        const std::string_view last = std::string_view(token).substr(token.empty() ? 0 : token.size() - 1);
        const bool punctuation = !last.empty() && std::string_view("{}[],:").find(last) != std::string_view::npos;
        throw input_error(fmt::format("is not JSON: found {}; expected {}",
                                      rotoscope::quote(punctuation ? std::string(last) : source_.token_text()),
                                      expected()))
            .at_offset(punctuation ? source_.position() - 1 : source_.token());
    }

private:
    template <class Send>
    bool after_value(Send send) {
        after_key_ = false;
        send();
        started_ = true;
        return true;
    }

    template <class Send>
    bool enter(char bracket, Send send) {
        if (open_.size() == deepest)
            throw input_error(fmt::format("is nested deeper than {} levels", deepest)).at_offset(source_.token());
        open_ += bracket;
        return after_value(send);
    }

    template <class Send>
    bool leave(Send send) {
        open_.pop_back();
        return after_value(send);
    }

    [[nodiscard]] std::string_view expected() const {
        if (source_.in_string()) return "a string of valid UTF-8 with valid escapes";
        if (after_key_) return "':' and a value";
        if (open_.empty()) return started_ ? "nothing more" : "a value";
        return open_.back() == '{' ? "a key, ',' or '}'" : "a value, ',' or ']'";
    }

    JsonSource& source_;
    JsonEvents& events_;
    std::string open_;  ///< the brackets around the current place
    bool after_key_ = false;
    bool started_ = false;
};

}  // namespace

void scan_json(JsonSource& source, JsonEvents& events) {
    Adapter adapter(source, events);
    json::sax_parse(SourceIterator(source), SourceIterator(), &adapter);
}

}  // namespace rotoscope
