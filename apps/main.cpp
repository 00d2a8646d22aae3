// The program: parses the command line, runs one subcommand, turns every failure into one message and an exit code.
#include "commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <new>
#include <string>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
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
    fmt::print(stderr, "rotoscope: {}\n", error.what());
    return static_cast<int>(error.code());
}

int parse_and_run(CLI::App& program, int argc, char** argv) {
    try {
        program.parse(argc, argv);
        return static_cast<int>(ExitCode::done);
    } catch (const CLI::Success& success) {  // --help, --version
        return program.exit(success);
    } catch (const CLI::ParseError& error) {
        const auto chosen = program.get_subcommands();
        const std::string command = chosen.empty() ? "rotoscope" : "rotoscope " + chosen.front()->get_name();
        return report(rotoscope::usage_error(fmt::format("{}\n'{} --help' lists the options", error.what(), command)));
    }
}

}  // namespace

int main(int argc, char** argv) {
    handle_signals();
    try {
        CLI::App program("What rotation and decay do in attention: spectral leakage, random features, learned phases.",
                         "rotoscope");
        program.set_version_flag("--version", fmt::format("rotoscope {}", rotoscope::version()));
        program.require_subcommand(1);
        rotoscope::apps::add_inspect(program);
        rotoscope::apps::add_phases(program);
        return parse_and_run(program, argc, argv);
    } catch (const Error& error) {
        return report(error);
    } catch (const std::bad_alloc&) {
        return report(rotoscope::internal_error("this job needs more memory than the machine gives"));
    } catch (const std::exception& error) {
        return report(rotoscope::internal_error(fmt::format("internal error: {}", error.what())));
    }
}
