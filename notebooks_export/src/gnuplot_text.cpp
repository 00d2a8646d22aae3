#include "gnuplot_text.hpp"

#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {

std::string gnuplot_string(std::string_view text) {
    std::string string = "'";
    for (const char c : escape_control(text)) {
        if (c == '\'') string += "'.apostrophe.'";
        else string += c;
    }
    return string + "'";
}

std::string gnuplot_number(double value) { return std::isfinite(value) ? format_shortest(value) : "NaN"; }

std::string_view dash_type(Dash dash) {
    switch (dash) {
        case Dash::dashed:
            return "dt (7,4)";
        case Dash::dotted:
            return "dt (0.6,4)";
        case Dash::dash_dot:
            return "dt (8,4,0.6,4)";
        case Dash::solid:
            break;
    }
    return "dt solid";
}

std::string point_type(Marker marker) {
    switch (marker) {
        case Marker::circle:
            return "pt 7 ps 0.38";
        case Marker::square:
            return "pt 5 ps 0.32";
        case Marker::triangle:
            return "pt 9 ps 0.36";
        case Marker::diamond:
            return "pt 13 ps 0.34";
        case Marker::cross:
            return "pt 2 ps 0.38";
        case Marker::none:
            break;
    }
    return "pt 0 ps 0";
}

}  // namespace rotoscope
