#include "rotoscope/notebooks_export/style.hpp"

#include "words.hpp"

#include <array>

namespace rotoscope {
namespace {

constexpr auto styles = std::to_array<Word<Style>>(
    {{"iclr", Style::iclr}, {"neurips", Style::neurips}, {"icml", Style::icml}, {"plain", Style::plain}});

constexpr double points_per_inch = 72.0;

constexpr auto okabe_ito = std::to_array<std::string_view>(
    {"#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442"});

// viridis at 17 equal steps, from matplotlib 3.6: to_hex(cm.get_cmap("viridis")(x)).
constexpr auto sequential_map = std::to_array<std::string_view>(
    {"#440154", "#48186A", "#472D7B", "#424086", "#3B528B", "#33638D", "#2C728E", "#26828E", "#21918C", "#1FA088",
     "#28AE80", "#3FBC73", "#5EC962", "#84D44B", "#ADDC30", "#D8E219", "#FDE725"});

// CIELAB hues 262° and 68° to 58°, chroma up to 62, L* from 32 at the ends to 92 in the middle in equal steps: a light
// grey, which differs from a blank cell.
constexpr auto diverging_map = std::to_array<std::string_view>(
    {"#00507B", "#006296", "#0076B2", "#008ACE", "#389DE2", "#73AFE5", "#9DC2E8", "#C3D5EA", "#E8E8E8", "#E5CFBE",
     "#DEB797", "#D49F74", "#C98751", "#BC7030", "#AE5808", "#994500", "#803400"});

// twilight at 25 equal steps, from matplotlib 3.6 in the same way.
constexpr auto cyclic_map = std::to_array<std::string_view>(
    {"#E2D9E2", "#D1D5DA", "#B3C6CE", "#95B5C7", "#7BA1C2", "#6B8CBF", "#6276BA", "#5F5EB3", "#5E43A5",
     "#592A8F", "#4E186F", "#3D114D", "#2F1436", "#3F123D", "#581647", "#741E4F", "#8E2C50", "#A24050",
     "#B25652", "#BE6F5B", "#C6896C", "#CCA389", "#D4BCAC", "#DDD0CE", "#E2D9E2"});

}  // namespace

Style parse_style(std::string_view name) { return parse_word<Style>("style", name, styles); }

StyleMeasures measures(Style style) {
    const double inches = style == Style::icml ? 3.25 : 5.5;
    return {inches * points_per_inch, style == Style::plain ? "Liberation Sans" : "Liberation Serif"};
}

std::string_view palette_color(Color color) { return okabe_ito[color % okabe_ito.size()]; }

std::span<const std::string_view> color_map(ColorMap map) {
    switch (map) {
        case ColorMap::diverging:
            return diverging_map;
        case ColorMap::cyclic:
            return cyclic_map;
        case ColorMap::sequential:
            break;
    }
    return sequential_map;
}

}  // namespace rotoscope
