#include "npy_header.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
// NumPy itself reads 10,000 without being asked; lists of fields can be longer.
constexpr std::uint64_t most_header_bytes = 1 << 20;
constexpr std::size_t deepest = 64;

/// The Python literal, token by token.
class LiteralReader {
public:
    LiteralReader(std::string_view text, std::uint64_t begin) : text_(text), begin_(begin) {}

    [[noreturn]] void fail(std::string_view expected) const {
        const std::string found = next_ < text_.size() ? rotoscope::quote(text_.substr(next_, 20)) : "the end";
        throw input_error(fmt::format("the header has {}; expected {}", found, expected)).at_offset(begin_ + next_);
    }
    bool next_is(char wanted) {
        skip_spaces();
        return next_ < text_.size() && text_[next_] == wanted;
    }
    bool take(char wanted) {
        if (!next_is(wanted)) return false;
        ++next_;
        return true;
    }
    void expect(char wanted) {
        if (!take(wanted)) fail(fmt::format("'{}'", wanted));
    }
    bool take(std::string_view word) {
        skip_spaces();
        if (!text_.substr(next_).starts_with(word)) return false;
        next_ += word.size();
        return true;
    }
    /// A string without escapes.
    std::string_view string() {
        skip_spaces();
        const char quote = next_ < text_.size() ? text_[next_] : '\0';
        if (quote != '\'' && quote != '"') fail("a string in quotes");
        const std::size_t end = text_.find(quote, next_ + 1);
        const std::string_view inside = text_.substr(next_ + 1, end == text_.npos ? 0 : end - next_ - 1);
        if (end == text_.npos || inside.find('\\') != inside.npos) fail("a string in quotes, without backslashes");
        next_ = end + 1;
        return inside;
    }
    std::uint64_t integer() {
        skip_spaces();
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(text_.data() + next_, text_.data() + text_.size(), value);
        if (parsed.ec != std::errc()) fail("a whole number from 0 to 2^64 - 1");
        next_ = static_cast<std::size_t>(parsed.ptr - text_.data());
        if (next_ < text_.size() && text_[next_] == 'L') ++next_;  // Python 2
        return value;
    }
    /// A list with whatever brackets and strings are in it, as it is spelled.
    std::string_view list() {
        skip_spaces();
        const std::size_t begin = next_;
        std::string closing;
        do {
            const char c = next_ < text_.size() ? text_[next_] : '\0';
            if (c == '\'' || c == '"') {
                (void)string();
                continue;
            }
            if (c == '[' || c == '(') closing += c == '[' ? ']' : ')';
            else if (c == ']' || c == ')') {
                if (closing.empty() || closing.back() != c) fail("matching brackets");
                closing.pop_back();
            } else if (c == '\0' || c == '{' || c == '}') {
                fail("a list of fields");
            }
            if (closing.size() > deepest) fail("brackets nested at most 64 deep");
            ++next_;
        } while (!closing.empty());
        return text_.substr(begin, next_ - begin);
    }
    [[nodiscard]] bool at_end() {
        skip_spaces();
        return next_ == text_.size();
    }

private:
    void skip_spaces() {
        while (next_ < text_.size() && (text_[next_] == ' ' || text_[next_] == '\n' || text_[next_] == '\t')) ++next_;
    }

    std::string_view text_;
    std::uint64_t begin_;
    std::size_t next_ = 0;
};

std::vector<std::uint64_t> read_shape(LiteralReader& literal) {
    std::vector<std::uint64_t> shape;
    literal.expect('(');
    while (!literal.take(')')) {
        if (shape.size() == HeaderBudget::highest_rank) literal.fail("at most 64 dimensions");
        shape.push_back(literal.integer());
        if (literal.take(',')) continue;
        if (shape.size() == 1) literal.fail("',' behind the only number of a shape");
        literal.expect(')');
        break;
    }
    return shape;
}

void read_dictionary(LiteralReader& literal, NpyHeader& header) {
    bool descr_seen = false;
    bool order_seen = false;
    bool shape_seen = false;
    literal.expect('{');
    while (!literal.take('}')) {
        const std::string_view key = literal.string();
        bool* const seen = key == "descr"           ? &descr_seen
                           : key == "fortran_order" ? &order_seen
                           : key == "shape"         ? &shape_seen
                                                    : nullptr;
        if (seen == nullptr)
            throw input_error(fmt::format("the header has the key {}; expected descr, fortran_order and shape only",
                                          rotoscope::quote(key)));
        if (*seen) throw input_error(fmt::format("the header has the key '{}' twice", key));
        *seen = true;
        literal.expect(':');
        if (key == "shape") {
            header.shape = read_shape(literal);
        } else if (key == "fortran_order") {
            header.fortran = literal.take("True");
            if (!header.fortran && !literal.take("False")) literal.fail("True or False");
        } else if (literal.next_is('[')) {
            header.type = literal.list();
        } else {
            header.type = literal.string();
        }
        if (literal.take(',')) continue;
        literal.expect('}');
        break;
    }
    if (!literal.at_end()) literal.fail("nothing behind the dictionary");
    if (!descr_seen || !order_seen || !shape_seen)
        throw input_error(fmt::format("the header has no {}", !descr_seen   ? "descr"
                                                              : !order_seen ? "fortran_order"
                                                                            : "shape"));
}

}  // namespace

NpyHeader read_npy_header(ByteReader& reader) {
    if (reader.text(std::min<std::uint64_t>(magic.size(), reader.remaining()), magic.size()) != magic)
        throw input_error("is no NumPy array: it does not begin with \\x93NUMPY");
    const unsigned major = reader.byte();
    const unsigned minor = reader.byte();
    if (major < 1 || major > 3 || minor != 0)
        throw input_error(fmt::format("has the NumPy format version {}.{}; expected 1.0, 2.0 or 3.0", major, minor));
    const std::uint64_t length =
        major == 1 ? reader.integer<std::uint16_t>() : std::uint64_t{reader.integer<std::uint32_t>()};
    const std::uint64_t begin = reader.position();
    const std::string text = reader.text(length, most_header_bytes);
    if (!is_utf8(text) || text.find('\0') != text.npos) throw input_error("the header is not text").at_offset(begin);
    NpyHeader header;
    header.data_begin = reader.position();
    LiteralReader literal(text, begin);
    read_dictionary(literal, header);
    return header;
}

}  // namespace rotoscope
