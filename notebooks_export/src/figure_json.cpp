#include "figure_json.hpp"

#include "json_writer.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "rotoscope/core/text.hpp"
#include "rotoscope/notebooks_export/json.hpp"
#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {
namespace {

std::string_view name_of(Dash dash) {
    constexpr std::string_view names[] = {"solid", "dashed", "dotted", "dash_dot"};
    return names[static_cast<std::size_t>(dash)];
}
std::string_view name_of(Marker marker) {
    constexpr std::string_view names[] = {"none", "circle", "square", "triangle", "diamond", "cross"};
    return names[static_cast<std::size_t>(marker)];
}
std::string_view name_of(Legend legend) {
    constexpr std::string_view names[] = {"none",        "top_right", "top_left",     "bottom_right",
                                          "bottom_left", "above",     "outside_right"};
    return names[static_cast<std::size_t>(legend)];
}
std::string_view name_of(ColorMap map) {
    constexpr std::string_view names[] = {"sequential", "diverging", "cyclic"};
    return names[static_cast<std::size_t>(map)];
}
std::string_view name_of(Label::Anchor anchor) {
    constexpr std::string_view names[] = {"left", "center", "right"};
    return names[static_cast<std::size_t>(anchor)];
}

std::string text(std::string_view name, std::string_view value) { return json_member(name, json_string(value)); }
std::string flag(std::string_view name, bool value) { return json_member(name, value ? "true" : "false"); }
std::string number(std::string_view name, double value) { return json_member(name, json_number(value)); }
std::string color(Color color) { return text("color", palette_color(color)); }

std::string numbers(std::string_view name, const std::vector<double>& values) {
    std::vector<std::string> items;
    for (const double value : values) items.push_back(json_number(value));
    return json_member(name, json_list(items, "[]"));
}

std::string json_axis(const Axis& axis) {
    std::vector<std::string> ticks;
    for (const auto& [position, label] : axis.ticks)
        ticks.push_back(json_list({json_number(position), json_string(label)}, "[]"));
    const auto limit = [](const std::optional<double>& value) { return value ? json_number(*value) : "null"; };
    return json_list({text("label", axis.label), text("scale", axis.scale == Scale::linear ? "linear" : "log"),
                      json_member("minimum", limit(axis.minimum)), json_member("maximum", limit(axis.maximum)),
                      json_member("ticks", json_list(ticks, "[]"))},
                     "{}");
}

using Members = std::vector<std::string>;

struct MarkMembers {
    Members operator()(const Curve& m) const {
        return {text("kind", "curve"),
                text("label", m.label),
                numbers("x", m.x),
                numbers("y", m.y),
                color(m.color),
                text("dash", name_of(m.dash)),
                text("marker", name_of(m.marker)),
                flag("line", m.line),
                number("width", m.width)};
    }
    Members operator()(const Band& m) const {
        return {text("kind", "band"),      text("label", m.label),    numbers("x", m.x),
                numbers("lower", m.lower), numbers("upper", m.upper), color(m.color)};
    }
    Members operator()(const Bars& m) const {
        return {text("kind", "bars"), text("label", m.label),   numbers("x", m.x),
                numbers("y", m.y),    number("width", m.width), color(m.color)};
    }
    Members operator()(const Stems& m) const {
        return {text("kind", "stems"), text("label", m.label), numbers("x", m.x),
                numbers("y", m.y),     color(m.color),         text("marker", name_of(m.marker))};
    }
    Members operator()(const HeatMap& m) const {
        std::vector<std::string> colors;
        for (const std::string_view step : color_map(m.map)) colors.push_back(json_string(step));
        return {text("kind", "heat_map"),
                json_member("rows", std::to_string(m.rows)),
                json_member("columns", std::to_string(m.columns)),
                numbers("values", m.values),
                number("x_first", m.x_first),
                number("x_step", m.x_step),
                number("y_first", m.y_first),
                number("y_step", m.y_step),
                text("map", name_of(m.map)),
                json_member("colors", json_list(colors, "[]")),
                json_member("axis", json_axis(m.color))};
    }
    Members operator()(const Polygon& m) const {
        return {text("kind", "polygon"), numbers("x", m.x), numbers("y", m.y), color(m.color),
                number("opacity", m.opacity)};
    }
    Members operator()(const Rule& m) const {
        const bool horizontal = m.direction == Rule::Direction::horizontal;
        return {text("kind", "rule"),           text("label", m.label), flag("horizontal", horizontal),
                number("position", m.position), color(m.color),         text("dash", name_of(m.dash))};
    }
    Members operator()(const Label& m) const {
        return {text("kind", "label"), number("x", m.x), number("y", m.y), text("text", m.text),
                text("anchor", name_of(m.anchor))};
    }
};

std::string json_panel(const Panel& panel) {
    std::vector<std::string> marks;
    for (const Mark& mark : panel.marks) marks.push_back(json_list(std::visit(MarkMembers{}, mark), "{}"));
    return json_list(
        {text("title", panel.title), json_member("x", json_axis(panel.x)), json_member("y", json_axis(panel.y)),
         text("legend", name_of(panel.legend)), flag("equal_axes", panel.equal_axes),
         flag("axes_visible", panel.axes_visible), json_member("marks", json_list(marks, "[]", "        "))},
        "{}", "      ");
}

}  // namespace

std::string to_figure_json(const Figure& figure) {
    std::vector<std::string> panels;
    for (const Panel& panel : figure.panels) panels.push_back(json_panel(panel));
    return json_list({json_member("schema", "\"rotoscope.figure/1\""), text("name", figure.name),
                      text("caption", figure.caption), text("note", figure.note),
                      json_member("columns", std::to_string(figure.columns)), number("height", figure.height),
                      json_member("panels", json_list(panels, "[]", "    "))},
                     "{}", "  ") +
           "\n";
}

}  // namespace rotoscope
