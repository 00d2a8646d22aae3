// What CLI11 knows of an option, in the form that man pages and completions need.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace rotoscope::apps {

struct OptionFacts {
    std::vector<std::string> names;  ///< -h, --help; empty for a positional
    std::string value;               ///< what it takes, as in FILE; empty for a flag
    std::string description;
    std::string initial;               ///< the default, where --help shows one
    std::string group;                 ///< empty for what --help hides
    std::vector<std::string> choices;  ///< the words that it takes, where they are few
    std::string excludes;              ///< options it cannot be combined with, as in "--tokens, --length"
    bool required = false;

    [[nodiscard]] bool positional() const { return names.empty(); }
    [[nodiscard]] bool flag() const { return value.empty(); }
    /// Whether the value is a path, or may be one.
    [[nodiscard]] bool is_file() const;
    [[nodiscard]] bool is_folder() const { return value == "DIR"; }
    /// Whether several words may be given, separated by commas.
    [[nodiscard]] bool is_list() const { return value == "LIST"; }
};

/// The options of a program or subcommand in the order of --help, without those that --help hides. The choices are the
/// members of CLI::IsMember, or the words at the end of a description such as "Files to write: pdf, svg, png".
[[nodiscard]] std::vector<OptionFacts> option_facts(const CLI::App& app);

}  // namespace rotoscope::apps
