// The program: parses the command line, runs one subcommand, turns every failure into one message and an exit code.
#include "commands.hpp"
#include "manual.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/memory.hpp"
#include "rotoscope/core/progress.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/core/version.hpp"

namespace {

using rotoscope::Error;
using rotoscope::ExitCode;

void handle_signals() {
    struct sigaction stop{};
    stop.sa_handler = rotoscope::request_stop;
    sigaction(SIGINT, &stop, nullptr);
    sigaction(SIGTERM, &stop, nullptr);
    // A closed pipe shows as a failed write, which is reported, not as a silent death.
    std::signal(SIGPIPE, SIG_IGN);
}

int report(const Error& error) {
    rotoscope::write_to_stderr(fmt::format("rotoscope: {}\n", error.what()));
    return static_cast<int>(error.code());
}

/// Opens what the caller closed of stdin, stdout and stderr, the wrong way round: writing to them fails as it should,
/// where otherwise the next file opened would get the number and what is printed.
void fill_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            throw rotoscope::internal_error("/dev/null cannot be opened: " + rotoscope::describe_errno(errno));
}

/// Prints --help or --version.
int print_asked(CLI::App& program, const CLI::Success& success) {
    program.exit(success);
    std::cout.flush();
    if (!std::cout) throw rotoscope::output_error("stdout cannot be written");
    return static_cast<int>(ExitCode::done);
}

/// CLI11 says "A subcommand is required" also where there is a word, but an unknown one.
std::string describe_unknown_subcommand(const CLI::App& program) {
    const std::vector<std::string> extra = program.remaining();
    std::vector<std::string> names;
    for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
    if (extra.empty() || !program.get_subcommands().empty()) return "";
    const std::string nearest = rotoscope::nearest_word(extra.front(), names);
    return fmt::format("there is no subcommand {}; expected {}", rotoscope::quote(extra.front()),
                       nearest.empty() ? fmt::format("{}", fmt::join(names, " or ")) : "perhaps " + nearest);
}

int parse_and_run(CLI::App& program, int argc, char** argv) {
    try {
        program.parse(argc, argv);
        return static_cast<int>(ExitCode::done);
    } catch (const CLI::Success& success) {  // --help, --version
        return print_asked(program, success);
    } catch (const CLI::ParseError& error) {
        const auto chosen = program.get_subcommands();
        const std::string command = chosen.empty() ? "rotoscope" : "rotoscope " + chosen.front()->get_name();
        std::string problem = describe_unknown_subcommand(program);
        if (problem.empty()) problem = rotoscope::escape_control(error.what());
        return report(rotoscope::usage_error(fmt::format("{}\n'{} --help' lists the options", problem, command)));
    }
}

}  // namespace

int main(int argc, char** argv) {
    handle_signals();
    rotoscope::keep_freed_memory();
    try {
        fill_standard_descriptors();
        CLI::App program("What rotation and decay do in attention: spectral leakage, random features, learned phases.",
                         "rotoscope");
        program.set_version_flag("--version", fmt::format("rotoscope {}", rotoscope::version()));
        program.require_subcommand(1);
        rotoscope::apps::add_inspect(program);
        rotoscope::apps::add_phases(program);
        rotoscope::apps::add_merge(program);
        rotoscope::apps::add_leakage(program);
        rotoscope::apps::add_rff(program);
        rotoscope::apps::add_compare(program);
        rotoscope::apps::add_verify(program);
        rotoscope::apps::add_figures(program);
        if (argc == 3 && std::string_view(argv[1]) == "--write-manual") {  // for the build: see CMakeLists.txt
            rotoscope::apps::write_manual(program, argv[2]);
            return static_cast<int>(ExitCode::done);
        }
        return parse_and_run(program, argc, argv);
    } catch (const Error& error) {
        return report(error);
    } catch (const std::bad_alloc&) {
        return report(rotoscope::internal_error("this job needs more memory than the machine gives"));
    } catch (const std::exception& error) {
        return report(rotoscope::internal_error(fmt::format("internal error: {}", error.what())));
    }
}
