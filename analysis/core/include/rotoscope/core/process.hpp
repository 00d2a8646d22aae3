// Other programs, run without a shell.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rotoscope {

/// How a program ended: `exit_code` where it exited, 128 + the signal where one ended it.
struct ProcessOutcome {
    int exit_code = 0;
    std::string output;  ///< stdout
    std::string errors;  ///< stderr
};

struct ProcessOptions {
    std::string input;                                             ///< bytes for stdin
    std::vector<std::pair<std::string, std::string>> environment;  ///< variables set or replaced
};

/// Runs arguments[0] (searched in PATH) with `arguments`, feeds it the input, and collects what it prints. No shell is
/// involved. A stop request ends the child and throws. Throws Error (output) where the program cannot be started.
[[nodiscard]] ProcessOutcome run_process(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

}  // namespace rotoscope
