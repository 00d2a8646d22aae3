#include "command_line.hpp"

#include <fmt/format.h>

#include "rotoscope/core/shell.hpp"

namespace rotoscope {

std::string command_line(const Result& result, std::optional<std::string_view> figure) {
    std::string command = "rotoscope " + shell_word(result.tool);
    for (const auto& [name, value] : result.options) {
        if (name == "path") command += " " + shell_word(value);
        else if (name == "figures" && figure) continue;
        else if (value == "true") command += " --" + shell_word(name);
        else command += fmt::format(" --{} {}", shell_word(name), shell_word(value));
    }
    if (figure) command += " --figures " + shell_word(*figure);
    if (result.seed != 0) command += fmt::format(" --seed {}", result.seed);
    return command;
}

}  // namespace rotoscope
