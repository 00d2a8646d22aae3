// JSON read as events, in bounded memory whatever the text claims: the one way in which this module meets JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/file.hpp"

namespace rotoscope {

/// The bytes of a JSON text in order, from memory or through a window over a file. It follows the text just closely
/// enough to know where the current token began, and refuses what must not reach the lexer: zero bytes between
/// tokens, which it takes for the end of the text, and tokens above 16 MiB, which it would hold in memory several
/// times.
class JsonSource {
public:
    explicit JsonSource(std::string_view text);
    /// Bytes [begin, begin + length) of the file, which must outlive the source.
    JsonSource(const InputFile& file, std::uint64_t begin, std::uint64_t length);

    /// Whether all bytes were taken.
    [[nodiscard]] bool at_end() {
        while (next_ < window_.size() || refill()) {
            if (!after_space_ || !is_space(window_[next_])) return false;
            take();
        }
        return true;
    }
    /// The next byte, unless at the end.
    [[nodiscard]] char peek() const { return window_[next_]; }
    void advance() {
        const char byte = window_[next_];
        if (!in_string_ || after_backslash_ || byte == '"' || byte == '\\') track(byte);
        take();
    }
    /// Offset of the next byte; from the file's start where the source is a file.
    [[nodiscard]] std::uint64_t position() const { return position_; }
    /// Offset at which the latest key, scalar, object or array began.
    [[nodiscard]] std::uint64_t token() const { return token_; }
    /// Its first bytes, as far as they were taken, for messages.
    [[nodiscard]] std::string token_text() const;
    /// Whether the last byte taken belongs to a string that goes on.
    [[nodiscard]] bool in_string() const { return in_string_; }
    /// Whether the reader met the end of the text.
    [[nodiscard]] bool exhausted() const { return exhausted_; }

private:
    static bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }
    void take() {
        ++next_;
        ++position_;
    }
    bool refill();
    void track(char byte);
    void check_token_length() const;

    const InputFile* file_ = nullptr;
    std::uint64_t unread_ = 0;  ///< bytes of the file behind the window
    std::vector<char> buffer_;
    std::string_view window_;
    std::size_t next_ = 0;
    std::uint64_t position_ = 0;
    std::uint64_t token_ = 0;
    std::uint64_t scalar_end_ = 0;  ///< of the latest scalar that is no string
    bool in_string_ = false;
    bool after_backslash_ = false;
    bool in_scalar_ = false;
    bool after_space_ = false;  ///< between tokens: further spaces are dropped, for the lexer keeps what it is given
    bool exhausted_ = false;
};

/// What a JSON text consists of. A handler may throw: the scan stops there. Views are valid during the call.
class JsonEvents {
public:
    virtual void null() = 0;
    virtual void boolean(bool value) = 0;
    /// An integer without a minus sign that fits.
    virtual void whole(std::uint64_t value) = 0;
    /// An integer with a minus sign that fits.
    virtual void negative(std::int64_t value) = 0;
    /// Every other number: with a fraction or an exponent, or beyond 64 bits.
    virtual void real(double value) = 0;
    virtual void string(std::string_view value) = 0;
    virtual void begin_object() = 0;
    virtual void key(std::string_view name) = 0;
    virtual void end_object() = 0;
    virtual void begin_array() = 0;
    virtual void end_array() = 0;

protected:
    ~JsonEvents() = default;
};

/// Sends the whole text to `events`: exactly one value of strict JSON (RFC 8259, UTF-8) nested at most 64 deep, spaces
/// around it allowed. Throws Error (input) with the offset, what was found and what was expected.
void scan_json(JsonSource& source, JsonEvents& events);

}  // namespace rotoscope
