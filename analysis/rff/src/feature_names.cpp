#include "rotoscope/rff/feature_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::pair<std::string_view, FeatureKind> kinds[] = {{"trig", FeatureKind::trigonometric},
                                                              {"offset", FeatureKind::random_offset},
                                                              {"positive", FeatureKind::positive},
                                                              {"hyperbolic", FeatureKind::hyperbolic},
                                                              {"oprf", FeatureKind::optimal_positive}};
constexpr std::pair<std::string_view, DrawKind> draws[] = {{"iid", DrawKind::independent},
                                                           {"orthogonal", DrawKind::orthogonal},
                                                           {"hadamard", DrawKind::structured_orthogonal},
                                                           {"sobol", DrawKind::quasi_monte_carlo}};

template <class Rows>
auto find_value(const Rows& rows, std::string_view name) -> std::optional<decltype(rows[0].second)> {
    for (const auto& [text, value] : rows)
        if (text == name) return value;
    return std::nullopt;
}

template <class Rows, class Value>
std::string_view find_name(const Rows& rows, Value value) {
    for (const auto& [text, other] : rows)
        if (other == value) return text;
    throw internal_error("a kind of features without a name");
}

std::vector<std::string> all_names() {
    std::vector<std::string> names;
    for (const auto& [kind, ignored] : kinds) {
        names.emplace_back(kind);
        for (const auto& [draw, also_ignored] : draws) names.push_back(fmt::format("{}:{}", kind, draw));
    }
    for (const auto& [draw, ignored] : draws) names.emplace_back(draw);
    return names;
}

[[noreturn]] void refuse_name(std::string_view name) {
    const std::string nearest = nearest_word(name, all_names());
    const std::string expected =
        nearest.empty() ? "trig, offset, positive, hyperbolic or oprf, with :iid, :orthogonal, :hadamard or :sobol"
                        : "perhaps " + nearest;
    throw usage_error(fmt::format("--features: there is no kind {}; expected {}", quote(name), expected));
}

FeatureSeries parse_feature(std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos)
        if (const auto alone = find_value(draws, name)) return {FeatureKind::trigonometric, *alone};
    const auto kind = find_value(kinds, name.substr(0, colon));
    const auto draw = colon == std::string_view::npos ? std::optional(DrawKind::independent)
                                                      : find_value(draws, name.substr(colon + 1));
    if (!kind || !draw) refuse_name(name);
    return {*kind, *draw};
}

void add(std::vector<FeatureSeries>& all, const FeatureSeries& series) {
    if (std::ranges::any_of(
            all, [&](const FeatureSeries& other) { return other.kind == series.kind && other.draws == series.draws; }))
        throw usage_error(fmt::format("--features: {} comes twice", feature_name(series)));
    all.push_back(series);
}

}  // namespace

std::string feature_name(const FeatureSeries& series) {
    if (series.draws == DrawKind::independent) return std::string(kind_name(series.kind));
    return fmt::format("{}:{}", kind_name(series.kind), find_name(draws, series.draws));
}

std::string_view kind_name(FeatureKind kind) { return find_name(kinds, kind); }

std::vector<FeatureSeries> parse_features(std::string_view list) {
    std::vector<FeatureSeries> all;
    while (true) {
        const std::size_t comma = list.find(',');
        const std::string_view name = list.substr(0, comma);
        if (name == "all")
            for (const auto& [ignored, kind] : kinds)
                for (const DrawKind draw : {DrawKind::independent, DrawKind::orthogonal}) add(all, {kind, draw});
        else add(all, parse_feature(name));
        if (comma == std::string_view::npos) return all;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace rotoscope
