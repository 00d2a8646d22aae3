#include "rotoscope/phases/architecture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "rotoscope/core/checked.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view layer_mark = "{i}";

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        std::string_view part = text.substr(0, end);
        while (part.starts_with(' ')) part.remove_prefix(1);
        parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// A number or a bound symbol; nothing for a symbol that is still free.
std::optional<std::uint64_t> value_of(std::string_view factor, const Dimensions& dimensions) {
    std::uint64_t number = 0;
    if (std::from_chars(factor.data(), factor.data() + factor.size(), number).ec == std::errc()) return number;
    const auto found = dimensions.find(factor);
    return found == dimensions.end() ? std::nullopt : std::optional(found->second);
}

/// The value of a dimension such as "H*P" or "D/H", binding a single free symbol to `found`. 0 where a quotient is not
/// whole or a product has a free symbol, which no dimension of a model is.
std::uint64_t resolve(std::string_view text, std::uint64_t found, Dimensions& dimensions) {
    if (text == "?") return found;
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
        const std::uint64_t numerator = value_of(text.substr(0, slash), dimensions).value_or(0);
        const std::uint64_t denominator = value_of(text.substr(slash + 1), dimensions).value_or(0);
        return denominator == 0 || numerator % denominator != 0 ? 0 : numerator / denominator;
    }
    const std::vector<std::string_view> factors = split(text, '*');
    if (factors.size() == 1 && !value_of(text, dimensions)) dimensions.emplace(text, found);
    std::uint64_t product = 1;
    for (const std::string_view factor : factors)
        product = checked_multiply(product, value_of(factor, dimensions).value_or(0)).value_or(0);
    return product;
}

}  // namespace

std::string_view position_name(PositionEmbedding position) noexcept {
    switch (position) {
        case PositionEmbedding::selective_rope:
            return "Selective RoPE";
        case PositionEmbedding::rope:
            return "RoPE";
        case PositionEmbedding::none:
            return "none (NoPE)";
        case PositionEmbedding::unknown:
            return "not recognised";
    }
    return "";
}

std::optional<std::size_t> match_name(std::string_view pattern, std::string_view name) {
    const std::size_t mark = pattern.find(layer_mark);
    if (mark == std::string_view::npos) return pattern == name ? std::optional<std::size_t>(0) : std::nullopt;
    const std::string_view tail = pattern.substr(mark + layer_mark.size());
    if (!name.starts_with(pattern.substr(0, mark)) || !name.ends_with(tail) || name.size() <= mark + tail.size())
        return std::nullopt;
    const std::string_view digits = name.substr(mark, name.size() - mark - tail.size());
    std::size_t layer = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layer);
    const bool canonical = digits.size() == 1 || !digits.starts_with('0');
    return error == std::errc() && end == digits.data() + digits.size() && canonical ? std::optional(layer)
                                                                                     : std::nullopt;
}

std::string fill_layer(std::string_view pattern, std::size_t layer) {
    std::string name(pattern);
    if (const std::size_t mark = name.find(layer_mark); mark != std::string::npos)
        name.replace(mark, layer_mark.size(), std::to_string(layer));
    return name;
}

std::optional<std::string> shape_mismatch(std::string_view pattern, std::span<const std::uint64_t> shape,
                                          Dimensions& dimensions) {
    if (pattern.empty()) return std::nullopt;
    const std::vector<std::string_view> symbols = split(pattern, ',');
    std::vector<std::uint64_t> expected;
    for (std::size_t i = 0; i < symbols.size(); ++i)
        expected.push_back(resolve(symbols[i], i < shape.size() ? shape[i] : 0, dimensions));
    if (std::ranges::equal(expected, shape)) return std::nullopt;
    return fmt::format("[{}] = [{}]", pattern, fmt::join(expected, ", "));
}

}  // namespace rotoscope
