// The one error type. Library code throws Error; the program turns it into an exit code in one place.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// What the process returns to the shell.
enum class ExitCode : int {
    done = 0,
    surprise = 1,       ///< verify: a verdict differs from the expected one
    usage = 2,          ///< wrong option, or an option that does not fit the input
    input = 3,          ///< input missing, unreadable, refused, or without what the command needs
    output = 4,         ///< a file or stdout could not be written
    internal = 70,      ///< a bug
    interrupted = 130,  ///< SIGINT
    terminated = 143,   ///< SIGTERM
};

/// A failure: what was found and what was expected, and where. The text is one to three lines, at most 980
/// bytes of UTF-8 (with the program's name before it below 1,000), control characters escaped:
///
///     FILE: tensor 'NAME': at byte OFFSET: MESSAGE
///
/// Context is added where it is known, on the way up: `throw input_error("…").in_tensor(name)` below,
/// `catch (Error& error) { throw error.in_file(path); }` above. The innermost context wins.
class Error : public std::exception {
public:
    Error(ExitCode code, std::string message);

    Error& in_file(std::string_view file);
    Error& in_tensor(std::string_view tensor);
    Error& at_offset(std::uint64_t offset);

    [[nodiscard]] ExitCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] const std::string& tensor() const noexcept { return tensor_; }
    [[nodiscard]] std::optional<std::uint64_t> offset() const noexcept { return offset_; }
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    void compose();

    ExitCode code_;
    std::string message_;
    std::string file_;
    std::string tensor_;
    std::optional<std::uint64_t> offset_;
    std::string text_;
};

[[nodiscard]] Error usage_error(std::string message);
[[nodiscard]] Error input_error(std::string message);
[[nodiscard]] Error output_error(std::string message);

/// A usage error: `word` is no `kind`; the nearest candidate is suggested, all are listed.
[[nodiscard]] Error unknown_word(std::string_view kind, std::string_view word,
                                 const std::vector<std::string>& candidates);

/// A broken precondition of the library: a bug in the caller, not a property of the data.
[[nodiscard]] Error internal_error(std::string message);

/// The operating system's text for an errno value, without the global state of strerror.
[[nodiscard]] std::string describe_errno(int error_number);

}  // namespace rotoscope
