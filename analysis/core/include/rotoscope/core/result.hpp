// What a tool returns: tables, figures over them, notes, and where it all came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/core/figure.hpp"
#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// An input file as given, with its size and a SHA-256 in lower-case hexadecimal: of the whole file, or, for files
/// above 64 MiB unless asked for, of the bytes before the tensor data (header_sha256).
struct InputRecord {
    std::string path;
    std::uint64_t bytes = 0;
    std::optional<std::string> sha256;
    std::optional<std::string> header_sha256;
};

/// Everything a tool computed. notebooks_export renders it; nothing else writes files.
struct Result {
    std::string tool;
    /// Options that affect the results, in the order of --help; not --threads, --out or --quiet.
    std::vector<std::pair<std::string, std::string>> options;
    std::uint64_t seed = 0;
    std::vector<InputRecord> inputs;
    /// What a reader must know to judge the tables: what is missing and why, what was left out.
    std::vector<std::string> notes;
    /// What the terminal shows first: short facts, one a line, in order.
    std::vector<std::pair<std::string, std::string>> summary;
    /// What the terminal shows: a few rows of few columns, at most 80 columns wide. Not written to files.
    std::vector<Table> terminal;
    std::vector<Table> tables;
    std::vector<Figure> figures;
};

}  // namespace rotoscope
