// Man pages and shell completions from the options that --help shows.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>

namespace rotoscope::apps {

/// Writes man1/rotoscope.1, man1/rotoscope-COMMAND.1 for each subcommand, rotoscope.bash and _rotoscope (zsh) into the
/// folder, which is made. The same program gives the same bytes. Throws Error (output).
void write_manual(const CLI::App& program, const std::filesystem::path& folder);

}  // namespace rotoscope::apps
