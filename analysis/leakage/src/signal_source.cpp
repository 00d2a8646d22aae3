#include "number_file.hpp"
#include "parse.hpp"
#include "signal_study.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr std::string_view expected =
    "tone:W, two:W1:W2[:DB], chirp:W1:W2 or step[:W] in radians per token, or a CSV file";

/// e^{iwt} with exact phases.
void add_tone(std::vector<Complex>& values, double frequency, double amplitude, std::size_t first = 0) {
    const Turns turn = Turns::of_radians(frequency);
    for (std::size_t t = first; t < values.size(); ++t) values[t] += amplitude * (turn * t).unit();
}

std::vector<double> parse_parameters(const std::vector<std::string>& parts, std::size_t least, std::size_t most) {
    if (parts.size() - 1 < least || parts.size() - 1 > most)
        throw usage_error(fmt::format("--signal: {} has {} values; expected {}", parts[0], parts.size() - 1, expected));
    std::vector<double> values;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        values.push_back(require_finite("--signal", parts[i], expected));
        if (std::abs(values.back()) > 0x1p20)
            throw usage_error(fmt::format("--signal: {}; expected at most 2^20 either way", parts[i]));
    }
    return values;
}

Signal read_signal(const std::string& path) {
    Signal signal;
    const NumberRows rows = read_number_rows(path, 2);
    for (std::size_t t = 0; t < rows.rows(); ++t)
        signal.values.emplace_back(rows.values[t * rows.columns],
                                   rows.columns > 1 ? rows.values[t * rows.columns + 1] : 0.0);
    signal.description = fmt::format("{} of {}", format_count(rows.rows()), path);
    signal.file = path;
    return signal;
}

}  // namespace

Signal make_signal(const std::string& text, std::size_t length) {
    const auto parts = split_text(text, ':');
    Signal signal;
    signal.values.assign(length, 0.0);
    if (parts[0] == "tone") {
        signal.tones = parse_parameters(parts, 1, 1);
        add_tone(signal.values, signal.tones[0], 1.0);
    } else if (parts[0] == "two") {
        const auto values = parse_parameters(parts, 2, 3);
        signal.tones = {values[0], values[1]};
        add_tone(signal.values, values[0], 1.0);
        add_tone(signal.values, values[1], std::pow(10.0, -0.05 * (values.size() > 2 ? values[2] : 0.0)));
    } else if (parts[0] == "chirp") {
        const auto values = parse_parameters(parts, 2, 2);
        // The angle grows by w1 + (w2 − w1)(t + ½)/T from token t to the next: exact sums of doubles' phases.
        Turns phase;
        for (std::size_t t = 0; t < length; ++t) {
            signal.values[t] = phase.unit();
            const double share = (static_cast<double>(t) + 0.5) / static_cast<double>(length);
            phase += Turns::of_radians(values[0] + (values[1] - values[0]) * share);
        }
    } else if (parts[0] == "step") {
        const auto values = parse_parameters(parts, 0, 1);
        add_tone(signal.values, values.empty() ? 0.0 : values[0], 1.0, length / 2);
    } else {
        if (!text.ends_with(".csv") && !text.ends_with(".txt") && text.find('/') == std::string::npos)
            throw usage_error(fmt::format("--signal: {}; expected {}", quote(text), expected));
        return read_signal(text);
    }
    signal.description = fmt::format("{}, {} tokens", text, format_count(length));
    return signal;
}

}  // namespace rotoscope
