// Completions for shells, from the options that --help shows.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace rotoscope::apps {

/// For bash: subcommands, options, the words and files that they take; of lists the word after the last comma.
[[nodiscard]] std::string bash_completion(const CLI::App& program);

/// The same for zsh, with descriptions.
[[nodiscard]] std::string zsh_completion(const CLI::App& program);

}  // namespace rotoscope::apps
