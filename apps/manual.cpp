#include "manual.hpp"

#include "completions.hpp"
#include "option_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "rotoscope/core/staged_file.hpp"
#include "rotoscope/core/version.hpp"

namespace rotoscope::apps {
namespace {

constexpr std::string_view exit_status = R"(.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
a verdict differs from the expected one
.TP
.B 2
wrong usage, or an option that does not fit the input
.TP
.B 3
an input is missing, refused, or without what the command needs
.TP
.B 4
a file or standard output could not be written
.TP
.B 70
an internal error
.TP
.BR 130 ", " 143
interrupted, terminated
)";

/// A text for man(7): what troff would read as commands, as characters.
std::string roff(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\\') escaped += "\\e";
        else if (c == '-') escaped += "\\-";
        else escaped += c;
    }
    return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

/// "What is in a checkpoint: tensors" as the name line has it, with a small letter at the front.
std::string summary_of(const CLI::App& app) {
    std::string text = app.get_description();
    if (!text.empty() && text.back() == '.') text.pop_back();
    if (!text.empty()) text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    return roff(text);
}

std::string option_entry(const OptionFacts& option) {
    std::string head;
    for (const std::string& name : option.names)
        head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", roff(name));
    if (!option.flag()) head += fmt::format("{}\\fI{}\\fR", head.empty() ? "" : " ", roff(option.value));
    std::string text = roff(option.description);
    const bool named = option.description.find(fmt::format("{}", fmt::join(option.choices, ", "))) != std::string::npos;
    if (!option.choices.empty() && !named)
        text += fmt::format(" ({})", roff(fmt::format("{}", fmt::join(option.choices, ", "))));
    if (!option.initial.empty()) text += fmt::format(" [{}]", roff(option.initial));
    if (!option.excludes.empty()) text += fmt::format(". Not with {}", roff(option.excludes));
    return fmt::format(".TP\n{}\n{}.\n", head, text);
}

/// The options of each group under its heading, in the order of --help.
std::string option_sections(const std::vector<OptionFacts>& options) {
    std::vector<std::string> groups;
    for (const OptionFacts& option : options)
        if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
    std::string page;
    for (const std::string& group : groups) {
        std::string heading = group;
        for (char& c : heading) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        page += ".SH " + roff(heading) + "\n";
        for (const OptionFacts& option : options)
            if (option.group == group) page += option_entry(option);
    }
    return page;
}

std::string title(const std::string& name) {
    return fmt::format(".TH {} 1 \"\" \"rotoscope {}\" \"rotoscope\"\n", roff(name), version());
}

std::string program_page(const CLI::App& program) {
    std::string page = title("ROTOSCOPE") + ".SH NAME\nrotoscope \\- " + summary_of(program) +
                       "\n.SH SYNOPSIS\n.B rotoscope\n\\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.SH COMMANDS\n";
    for (const CLI::App* command : program.get_subcommands({}))
        page += fmt::format(".TP\n.BR rotoscope\\-{} (1)\n{}.\n", roff(command->get_name()), summary_of(*command));
    return page + option_sections(option_facts(program)) + std::string(exit_status);
}

std::string command_page(const CLI::App& command) {
    const std::vector<OptionFacts> options = option_facts(command);
    const std::string name = roff(command.get_name());
    std::string capitals = name;
    for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    std::string page =
        title("ROTOSCOPE-" + capitals) +
        fmt::format(".SH NAME\nrotoscope\\-{} \\- {}\n.SH SYNOPSIS\n.B rotoscope {}\n[\\fIOPTION\\fR]...", name,
                    summary_of(command), name);
    for (const OptionFacts& option : options)
        if (option.positional())
            page += option.required ? fmt::format(" \\fI{}\\fR", roff(option.value))
                                    : fmt::format(" [\\fI{}\\fR]...", roff(option.value));
    return page + "\n" + option_sections(options) + std::string(exit_status) + ".SH SEE ALSO\n.BR rotoscope (1)\n";
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    StagedFile file(path);
    file.write(text);
    file.commit();
}

}  // namespace

void write_manual(const CLI::App& program, const std::filesystem::path& folder) {
    create_output_folder(folder / "man1");
    write_file(folder / "man1" / "rotoscope.1", program_page(program));
    for (const CLI::App* command : program.get_subcommands({}))
        write_file(folder / "man1" / fmt::format("rotoscope-{}.1", command->get_name()), command_page(*command));
    write_file(folder / "rotoscope.bash", bash_completion(program));
    write_file(folder / "_rotoscope", zsh_completion(program));
}

}  // namespace rotoscope::apps
