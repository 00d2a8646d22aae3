#include "rotoscope/rff/temperatures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view option = "--temperature";

/// The number after "rope:" or "rfa:", or the default after "rope" or "rfa"; nothing where the text begins otherwise.
bool parse_schedule(std::string_view text, std::string_view name, double usual, double& parameter) {
    if (text == name) {
        parameter = usual;
        return true;
    }
    if (!text.starts_with(name) || text.substr(name.size(), 1) != ":") return false;
    parameter = parse_real(option, text.substr(name.size() + 1));
    return true;
}

}  // namespace

std::vector<double> Temperatures::set(std::size_t dimension) const {
    if (schedule == Schedule::listed) return listed;
    if (dimension % 2 != 0)
        throw usage_error(
            fmt::format("{}: {} belongs to pairs; {} components are an odd number", option, describe(), dimension));
    if (schedule == Schedule::rope) return rope_temperatures(1.0, parameter, dimension);
    return rfa_temperatures(1.0, 1.0 - parameter, dimension / 2);
}

std::vector<double> Temperatures::repeated(std::size_t dimension, std::size_t count) const {
    const std::vector<double> values = set(dimension);
    if (values.size() == 1) return values;
    std::vector<double> all(count);
    for (std::size_t j = 0; j < count; ++j) all[j] = values[j % values.size()];
    return all;
}

std::string Temperatures::describe() const {
    if (schedule == Schedule::rope) return "rope:" + format_shortest(parameter);
    if (schedule == Schedule::rfa) return "rfa:" + format_shortest(parameter);
    std::string text;
    for (const double sigma : listed) text += (text.empty() ? "" : ",") + format_shortest(sigma);
    return text;
}

Temperatures parse_temperatures(std::string_view text) {
    Temperatures temperatures;
    if (parse_schedule(text, "rope", 10000.0, temperatures.parameter)) {
        temperatures.schedule = Temperatures::Schedule::rope;
        if (!(temperatures.parameter > 1.0))
            throw usage_error(fmt::format("{}: the base of rope is {}; expected more than 1", option,
                                          format_shortest(temperatures.parameter)));
        return temperatures;
    }
    if (parse_schedule(text, "rfa", 0.005, temperatures.parameter)) {
        temperatures.schedule = Temperatures::Schedule::rfa;
        if (!(temperatures.parameter > 0.0 && temperatures.parameter < 1.0))
            throw usage_error(fmt::format("{}: the epsilon of rfa is {}; expected a number between 0 and 1", option,
                                          format_shortest(temperatures.parameter)));
        return temperatures;
    }
    temperatures.listed = parse_reals(option, text);
    if (std::ranges::any_of(temperatures.listed, [](double sigma) { return sigma < 0.0; }))
        throw usage_error(fmt::format("{}: {} has a negative number", option, quote(text)));
    return temperatures;
}

double parse_real(std::string_view name, std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || !std::isfinite(value))
        throw usage_error(fmt::format("{}: {} is not a number", name, quote(text)));
    return value;
}

std::vector<double> parse_reals(std::string_view name, std::string_view list) {
    std::vector<double> values;
    while (true) {
        const std::size_t comma = list.find(',');
        values.push_back(parse_real(name, list.substr(0, comma)));
        if (comma == std::string_view::npos) return values;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace rotoscope
