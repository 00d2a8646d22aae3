// Texts of options into values; every error names the option.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

[[nodiscard]] std::vector<std::string> split_text(std::string_view text, char separator);

/// A finite number that makes up the whole text, or nothing.
[[nodiscard]] std::optional<double> parse_finite(std::string_view text);
[[nodiscard]] std::optional<std::size_t> parse_whole(std::string_view text);

/// Throws Error (usage): OPTION: TEXT is not EXPECTED.
[[nodiscard]] double require_finite(std::string_view option, std::string_view text, std::string_view expected);

/// Numbers separated by commas, at least one. Throws Error (usage).
[[nodiscard]] std::vector<double> parse_finite_list(std::string_view option, std::string_view list);

/// LOW < HIGH.
struct ToneBand {
    double low = 0.0;
    double high = 0.0;
};

/// LOW:HIGH radians per token; 0 to π where not given. Throws Error (usage) unless LOW < HIGH within ±2^20.
[[nodiscard]] ToneBand parse_band(const std::optional<std::string>& text);

/// A path with up to two numbers at its end, as in `model:0:1`: only those that are not part of the name of a file that
/// exists.
struct IndexedPath {
    std::string path;
    std::optional<std::size_t> layer;
    std::optional<std::size_t> head;
};

[[nodiscard]] IndexedPath parse_indexed_path(const std::string& text);

}  // namespace rotoscope
