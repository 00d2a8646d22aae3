#include "completions.hpp"

#include "option_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace rotoscope::apps {
namespace {

std::string names_of_commands(const CLI::App& program, std::string_view separator) {
    std::vector<std::string> names;
    for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
    return fmt::format("{}", fmt::join(names, separator));
}

std::string option_words(const std::vector<OptionFacts>& options) {
    std::vector<std::string> words;
    for (const OptionFacts& option : options) words.insert(words.end(), option.names.begin(), option.names.end());
    return fmt::format("{}", fmt::join(words, " "));
}

/// The line of a `case` on the option before the cursor: what may follow it.
std::string bash_value(const OptionFacts& option) {
    const std::string names = fmt::format("{}", fmt::join(option.names, "|"));
    std::string action = ":";
    if (!option.choices.empty())
        action = fmt::format("{} '{}'", option.is_list() ? "_rotoscope_list" : "_rotoscope_words",
                             fmt::join(option.choices, " "));
    else if (option.is_folder()) action = "_rotoscope_files -d";
    else if (option.is_file()) action = "_rotoscope_files -f";
    return fmt::format("        {}:{}) {}; return ;;\n", "$command", names, action);
}

std::string bash_case(const std::string& command, const std::vector<OptionFacts>& options) {
    std::string lines;
    for (const OptionFacts& option : options) {
        if (option.positional() || option.flag()) continue;
        std::string line = bash_value(option);
        line.replace(line.find("$command"), 8, command);
        // Each name with the command before it.
        for (std::size_t bar = line.find("|-"); bar != std::string::npos; bar = line.find("|-", bar + 2))
            line.insert(bar + 1, command + ":");
        lines += line;
    }
    return lines;
}

/// A text between single quotes of a shell.
std::string quoted(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

/// A description or value of an _arguments specification: brackets and colons have a meaning there.
std::string zsh_text(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string zsh_action(const OptionFacts& option) {
    if (!option.choices.empty())
        return option.is_list()
                   ? fmt::format("_values -s , {} {}", zsh_text(option.value), fmt::join(option.choices, " "))
                   : fmt::format("({})", fmt::join(option.choices, " "));
    if (option.is_folder()) return "_files -/";
    return option.is_file() ? "_files" : " ";
}

std::string zsh_specifications(const std::vector<OptionFacts>& options) {
    std::string lines;
    int position = 0;
    for (const OptionFacts& option : options) {
        if (option.positional())
            lines += fmt::format(
                " \\\n                {}",
                quoted(fmt::format("{}:{}:{}", ++position, zsh_text(option.description), zsh_action(option))));
        for (const std::string& name : option.names)
            lines += fmt::format(" \\\n                {}",
                                 quoted(option.flag() ? fmt::format("{}[{}]", name, zsh_text(option.description))
                                                      : fmt::format("{}=[{}]:{}:{}", name, zsh_text(option.description),
                                                                    zsh_text(option.value), zsh_action(option))));
    }
    return lines;
}

constexpr std::string_view bash_helpers = R"(# Completion of rotoscope for bash; made from the options of --help.
_rotoscope_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_rotoscope_files() { mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); compopt -o filenames 2>/dev/null; }
_rotoscope_list() {  # the word after the last comma
    local before=
    [[ $cur == *,* ]] && before=${cur%,*},
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
    compopt -o nospace 2>/dev/null
}
)";

}  // namespace

std::string bash_completion(const CLI::App& program) {
    std::string options, values;
    for (const CLI::App* command : program.get_subcommands({})) {
        const std::vector<OptionFacts> facts = option_facts(*command);
        options += fmt::format("        {}) words='{}' ;;\n", command->get_name(), option_words(facts));
        values += bash_case(command->get_name(), facts);
    }
    return std::string(bash_helpers) + fmt::format(R"(_rotoscope() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= words= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
            {}) command=${{COMP_WORDS[i]}}; break ;;
        esac
    done
    # --option=value comes as three words.
    [[ $cur == '=' ]] && cur=
    [[ $previous == '=' ]] && previous=${{COMP_WORDS[COMP_CWORD-2]}}
    case $command:$previous in
{}    esac
    case $command in
        '') words='{} {}' ;;
{}    esac
    if [[ -z $command || $cur == -* ]]; then _rotoscope_words "$words"; else _rotoscope_files -f; fi
}}
complete -F _rotoscope rotoscope
)",
                                                   names_of_commands(program, "|"), values,
                                                   names_of_commands(program, " "), option_words(option_facts(program)),
                                                   options);
}

std::string zsh_completion(const CLI::App& program) {
    std::string commands, cases;
    for (const CLI::App* command : program.get_subcommands({})) {
        const std::string entry = fmt::format("{}:{}", command->get_name(), command->get_description());
        commands += fmt::format("        {}\n", quoted(entry));
        cases += fmt::format("            {}) _arguments{} ;;\n", command->get_name(),
                             zsh_specifications(option_facts(*command)));
    }
    return fmt::format(R"(#compdef rotoscope
# Completion of rotoscope for zsh; made from the options of --help.
_rotoscope() {{
    local curcontext=$curcontext state line
    local -a commands=(
{}    )
    _arguments -C{} \
                '1:command:->command' '*::argument:->arguments'
    case $state in
        command) _describe command commands ;;
        arguments) case $line[1] in
{}        esac ;;
    esac
}}
_rotoscope "$@"
)",
                       commands, zsh_specifications(option_facts(program)), cases);
}

}  // namespace rotoscope::apps
