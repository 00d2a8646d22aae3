// What the figures of the claims share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

[[nodiscard]] inline Curve make_curve(std::string label, std::vector<double> x, std::vector<double> y, Color color,
                                      Dash dash = Dash::solid) {
    Curve curve;
    curve.label = std::move(label);
    curve.x = std::move(x);
    curve.y = std::move(y);
    curve.color = color;
    curve.dash = dash;
    return curve;
}

/// Measured points, beside a predicted curve.
[[nodiscard]] inline Curve make_points(std::string label, std::vector<double> x, std::vector<double> y, Color color,
                                       Marker marker) {
    Curve curve = make_curve(std::move(label), std::move(x), std::move(y), color);
    curve.line = false;
    curve.marker = marker;
    return curve;
}

[[nodiscard]] inline Axis logarithmic_axis(std::string label) {
    Axis axis;
    axis.label = std::move(label);
    axis.scale = Scale::logarithmic;
    return axis;
}

[[nodiscard]] inline Axis linear_axis(std::string label) {
    Axis axis;
    axis.label = std::move(label);
    return axis;
}

}  // namespace rotoscope
