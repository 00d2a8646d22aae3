#include "axis_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

namespace rotoscope {
namespace {

constexpr std::string_view minus = "−";
// Beyond these, plain tick labels grow too long: powers of ten are used instead.
constexpr double longest_plain = 1e5;
constexpr double shortest_plain = 1e-4;

double forward(double value, Scale scale) { return scale == Scale::linear ? value : std::log10(value); }
double backward(double value, Scale scale) { return scale == Scale::linear ? value : std::pow(10.0, value); }

/// A limit that the scale can show: finite, and positive on a logarithmic axis.
std::optional<double> usable(std::optional<double> limit, Scale scale) {
    return limit && std::isfinite(forward(*limit, scale)) ? limit : std::nullopt;
}

std::pair<double, double> limits(const Axis& axis, const Range& data, double padding) {
    const std::optional<double> minimum = usable(axis.minimum, axis.scale);
    const std::optional<double> maximum = usable(axis.maximum, axis.scale);
    const double anything = axis.scale == Scale::linear ? 0.0 : 1.0;
    const double seen_low = data.empty() ? maximum.value_or(anything) : data.low;
    const double seen_high = data.empty() ? minimum.value_or(anything) : data.high;
    double low = forward(minimum.value_or(seen_low), axis.scale);
    double high = forward(maximum.value_or(seen_high), axis.scale);
    const double spread = high - low;
    if (!minimum) low -= padding * spread;
    if (!maximum) high += padding * spread;
    // A single value, or data beyond the limit given: room for an axis.
    const double room = axis.scale == Scale::linear ? std::max(0.5, 0.1 * std::abs(low)) : 0.5;
    if (high - low <= 1e-9 * room) {
        if (!minimum) low = std::min(low, high) - room;
        if (!maximum || minimum) high = low + 2.0 * room;
    }
    return {backward(low, axis.scale), backward(high, axis.scale)};
}

std::string exponent_text(int exponent) {
    return exponent < 0 ? fmt::format("{}{}", minus, -exponent) : std::to_string(exponent);
}

/// 1, 2 or 5 times a power of ten, at least `least`.
double nice_step(double least) {
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= least * (1.0 - 1e-9)) return factor * power;
    return 10.0 * power;
}

/// value = mantissa · 10^exponent as "2·10" with the exponent above.
Tick scientific_tick(double value, double step, int exponent) {
    const double scaled_step = step / std::pow(10.0, exponent);
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(scaled_step) - 1e-9)));
    if (value == 0.0) return {0.0, "0", "", true};
    return {value, tick_text(value / std::pow(10.0, exponent), decimals) + "·10", exponent_text(exponent), true};
}

std::vector<Tick> linear_ticks(const AxisPlan& plan, double step) {
    const double largest = std::max(std::abs(plan.minimum), std::abs(plan.maximum));
    const bool scientific = largest >= longest_plain || step < shortest_plain;
    const int exponent = static_cast<int>(std::floor(std::log10(largest)));
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    const double slack = 1e-9 * (plan.maximum - plan.minimum);
    std::vector<Tick> ticks;
    for (double k = std::ceil((plan.minimum - slack) / step); k * step <= plan.maximum + slack; ++k)
        ticks.push_back(scientific ? scientific_tick(k * step, step, exponent)
                                   : Tick{k * step, tick_text(k * step, decimals), "", true});
    return ticks;
}

/// Powers of ten, every `stride`-th with a label, and their multiples 2 … 9 as minor ticks where decades are wide.
std::vector<Tick> decade_ticks(const AxisPlan& plan, int stride, bool minor) {
    std::vector<Tick> ticks;
    const int first = static_cast<int>(std::floor(std::log10(plan.minimum) + 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(plan.maximum) + 1e-9));
    for (int decade = first; decade <= last; ++decade) {
        const double power = std::pow(10.0, decade);
        const bool major = (decade % stride + stride) % stride == 0;
        if (power >= plan.minimum * (1.0 - 1e-9))
            ticks.push_back(major ? Tick{power, "10", exponent_text(decade), true} : Tick{power, "", "", false});
        for (int multiple = 2; minor && multiple < 10; ++multiple)
            if (multiple * power >= plan.minimum && multiple * power <= plan.maximum)
                ticks.push_back({multiple * power, "", "", false});
    }
    return ticks;
}

/// Few decades: 1, 2, 5 times powers of ten, as plain numbers where they are short.
std::vector<Tick> narrow_log_ticks(const AxisPlan& plan) {
    std::vector<Tick> ticks;
    const int first = static_cast<int>(std::floor(std::log10(plan.minimum)));
    const int last = static_cast<int>(std::ceil(std::log10(plan.maximum)));
    for (int decade = first; decade <= last; ++decade) {
        for (int multiple = 1; multiple < 10; ++multiple) {
            const double value = multiple * std::pow(10.0, decade);
            if (value < plan.minimum * (1.0 - 1e-9) || value > plan.maximum * (1.0 + 1e-9)) continue;
            const bool labelled = multiple == 1 || multiple == 2 || multiple == 5;
            const bool plain = value < longest_plain && value > shortest_plain;
            if (!labelled) ticks.push_back({value, "", "", false});
            else if (plain) ticks.push_back({value, tick_text(value, std::max(0, -decade)), "", true});
            else ticks.push_back(scientific_tick(value, value, decade));
        }
    }
    return ticks;
}

bool labels_overlap(const AxisPlan& plan, double length, const TickRoom& room) {
    double end = -std::numeric_limits<double>::infinity();
    for (const Tick& tick : plan.ticks) {
        if (!tick.major) continue;
        const double center = plan.fraction(tick.position) * length;
        if (center - room.extent(tick) / 2 < end) return true;
        end = center + room.extent(tick) / 2;
    }
    return false;
}

std::size_t majors(const std::vector<Tick>& ticks) {
    return static_cast<std::size_t>(std::count_if(ticks.begin(), ticks.end(), [](const Tick& t) { return t.major; }));
}

void plan_given_ticks(AxisPlan& plan, const Axis& axis, double length, const TickRoom& room) {
    plan.given = true;
    std::vector<Tick> all;
    for (const auto& [position, text] : axis.ticks) {
        const double fraction = plan.fraction(position);
        if (fraction >= -1e-9 && fraction <= 1.0 + 1e-9) all.push_back({position, text, "", true});
    }
    std::sort(all.begin(), all.end(), [](const Tick& a, const Tick& b) { return a.position < b.position; });
    for (std::size_t stride = 1; stride <= std::max<std::size_t>(1, all.size()); ++stride) {
        plan.ticks = all;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (i % stride != 0) plan.ticks[i] = {all[i].position, "", "", false};
        if (!labels_overlap(plan, length, room)) return;
    }
}

void plan_linear_ticks(AxisPlan& plan, double length, const TickRoom& room) {
    double step = nice_step((plan.maximum - plan.minimum) * std::min(0.5, room.spacing / length));
    plan.ticks = linear_ticks(plan, step);
    // One tick gives no scale: half the range can hold one only.
    if (plan.ticks.size() < 2) plan.ticks = linear_ticks(plan, step = nice_step(step / 2.5));
    while (labels_overlap(plan, length, room)) {
        step = nice_step(step * 1.5);
        std::vector<Tick> fewer = linear_ticks(plan, step);
        if (fewer.size() < 2) return;
        plan.ticks = std::move(fewer);
    }
}

void plan_log_ticks(AxisPlan& plan, double length, const TickRoom& room) {
    const double decades = std::log10(plan.maximum / plan.minimum);
    const bool minor = length / decades > 14.0;  // else the minor ticks run together
    if (decades < 2.0) {                         // may hold one power of ten only
        plan.ticks = narrow_log_ticks(plan);
        if (majors(plan.ticks) >= 2 && !labels_overlap(plan, length, room)) return;
    }
    int stride = 1;
    do plan.ticks = decade_ticks(plan, stride, minor);
    while (labels_overlap(plan, length, room) && ++stride < 400);
    if (majors(plan.ticks) < 2 && decades < 1.5) plan_linear_ticks(plan, length, room);
}

}  // namespace

void Range::include(double value, Scale scale) {
    if (!std::isfinite(value) || (scale == Scale::logarithmic && value <= 0.0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
}

double AxisPlan::fraction(double value) const {
    const double low = forward(minimum, scale);
    return (forward(value, scale) - low) / (forward(maximum, scale) - low);
}

std::string tick_text(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
    const bool zero = text.find_first_not_of("0.") == std::string::npos;
    return value < 0.0 && !zero ? std::string(minus) + text : text;
}

AxisPlan plan_axis(const Axis& axis, const Range& data, double padding, double length, const TickRoom& room) {
    AxisPlan plan;
    plan.scale = axis.scale;
    std::tie(plan.minimum, plan.maximum) = limits(axis, data, padding);
    if (!axis.ticks.empty()) plan_given_ticks(plan, axis, length, room);
    else if (plan.scale == Scale::logarithmic) plan_log_ticks(plan, length, room);
    else plan_linear_ticks(plan, length, room);
    return plan;
}

}  // namespace rotoscope
