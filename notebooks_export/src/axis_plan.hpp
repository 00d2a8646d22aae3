// What an axis shows: its limits and where its ticks are.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// The finite values seen so far.
struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    /// Takes a value in; on a logarithmic scale only positive ones count.
    void include(double value, Scale scale);
    [[nodiscard]] bool empty() const { return low > high; }
};

/// A tick: text, as in "−0.5", with a superscript, as in 10 and "−3". Minor ticks have no text.
struct Tick {
    double position = 0.0;
    std::string text;
    std::string superscript;
    bool major = true;
};

/// The axis as drawn. `given` tells that the caller chose the ticks and their texts.
struct AxisPlan {
    Scale scale = Scale::linear;
    double minimum = 0.0;
    double maximum = 1.0;
    std::vector<Tick> ticks;
    bool given = false;

    /// Where `value` lies along the axis: 0 at the minimum, 1 at the maximum.
    [[nodiscard]] double fraction(double value) const;
};

/// How close ticks may be, in points: what a label takes along the axis with the space around it, and a distance
/// between the ticks of a linear axis that reads well.
struct TickRoom {
    std::function<double(const Tick&)> extent;
    double spacing = 30.0;
};

/// Limits from the axis or else from the data, widened by the fraction `padding` of their distance on each side where
/// they come from the data. Ticks: those given; or multiples of 1, 2 or 5 powers of ten; or, on a logarithmic axis,
/// powers of ten with minor ticks between. Their number suits `length` points; no two labels overlap (given ones are
/// thinned at equal steps).
[[nodiscard]] AxisPlan plan_axis(const Axis& axis, const Range& data, double padding, double length,
                                 const TickRoom& room);

/// A number for a tick label: `decimals` digits after the point and a true minus sign.
[[nodiscard]] std::string tick_text(double value, int decimals);

}  // namespace rotoscope
