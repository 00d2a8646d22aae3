#include "parse.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <system_error>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

}  // namespace

std::vector<std::string> split_text(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<double> parse_finite(std::string_view text) {
    const auto value = parse_number<double>(text);
    return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::size_t> parse_whole(std::string_view text) { return parse_number<std::size_t>(text); }

double require_finite(std::string_view option, std::string_view text, std::string_view expected) {
    const auto value = parse_finite(text);
    if (!value) throw usage_error(fmt::format("{}: {}; expected {}", option, quote(text), expected));
    return *value;
}

std::vector<double> parse_finite_list(std::string_view option, std::string_view list) {
    std::vector<double> values;
    for (const std::string& part : split_text(list, ','))
        values.push_back(require_finite(option, part, "numbers separated by commas"));
    return values;
}

ToneBand parse_band(const std::optional<std::string>& text) {
    if (!text) return {0.0, std::numbers::pi};
    constexpr std::string_view expected = "LOW:HIGH in radians per token, as in 0:0.5";
    const auto parts = split_text(*text, ':');
    if (parts.size() != 2) throw usage_error(fmt::format("--band: {}; expected {}", quote(*text), expected));
    const ToneBand band{require_finite("--band", parts[0], expected), require_finite("--band", parts[1], expected)};
    if (!(band.low < band.high && std::abs(band.low) <= 0x1p20 && std::abs(band.high) <= 0x1p20))
        throw usage_error(fmt::format("--band: {} to {}; expected LOW below HIGH, at most 2^20 either way",
                                      format_shortest(band.low), format_shortest(band.high)));
    return band;
}

IndexedPath parse_indexed_path(const std::string& text) {
    IndexedPath result{text, {}, {}};
    std::vector<std::size_t> numbers;
    while (numbers.size() < 2 && !exists(result.path)) {
        const std::size_t colon = result.path.rfind(':');
        if (colon == std::string::npos) break;
        const auto number = parse_whole(std::string_view(result.path).substr(colon + 1));
        if (!number) break;
        numbers.insert(numbers.begin(), *number);
        result.path.resize(colon);
    }
    if (!numbers.empty()) result.layer = numbers[0];
    if (numbers.size() > 1) result.head = numbers[1];
    return result;
}

}  // namespace rotoscope
