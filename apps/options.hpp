// Options that every subcommand shares, and how option texts become values.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope::apps {

struct CommonOptions {
    std::string tool;  ///< the subcommand
    std::optional<std::string> out;
    std::string format = "pdf,png,csv,json";
    std::optional<std::string> figures;
    std::string style = "plain";
    bool json = false;
    bool quiet = false;
    bool hash_inputs = false;
    std::uint64_t seed = 0;
    unsigned threads = 0;
    std::vector<std::filesystem::path> more_inputs;  ///< files that are read beside the result's inputs
};

/// Adds the common options to a subcommand; --seed only where it draws anything.
void add_common_options(CLI::App& command, CommonOptions& options, bool draws);

/// Adds an option whose value is a whole number: CLI11 alone takes -1 for 2^64 - 1. Throws Error (usage) where parsed.
CLI::Option* add_whole_number(CLI::App& command, const std::string& name, std::uint64_t& value,
                              const std::string& description);

/// Whole numbers from a list such as "0,2-5", in the order given. Throws Error (usage) that names the option.
[[nodiscard]] std::vector<std::size_t> parse_numbers(std::string_view option, const std::string& list);

/// The folder that files go to; nothing where none are written. `writes_files`: also without --out, into
/// rotoscope-out/TOOL.
[[nodiscard]] std::optional<std::filesystem::path> output_folder(const CommonOptions& options, bool writes_files);

/// Throws Error (usage) where a file that `option` names is one that the exporter may write into the folder.
void protect_outputs(std::string_view option, const std::filesystem::path& file,
                     const std::optional<std::filesystem::path>& folder);

/// The names of a list separated by commas; none where it is not given.
[[nodiscard]] std::vector<std::string> split_names(const std::optional<std::string>& list);

/// Runs a tool that writes a file of its own into `folder` and returns what to print of it.
void run_writer(const CommonOptions& options, const std::filesystem::path& folder,
                const std::function<std::string(Context&)>& tool);

/// Runs a tool with a pool and progress as the options ask, writes its files, then prints. What is wrong with formats,
/// style, figures or folder shows before the tool computes.
void run_tool(const CommonOptions& options, bool writes_files, const std::function<Result(Context&)>& tool);

}  // namespace rotoscope::apps
