#include "side_lobe_figures.hpp"

#include <cmath>
#include <limits>

#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

constexpr double first_bin = 1000.0;
constexpr double last_bin = 10000.0;
constexpr int steps = 24;

/// Whether the shape depends on N through a parameter that was given, or is needed, in samples.
bool depends_on_length(const WindowSpec& spec) {
    for (std::size_t i = 0; i < spec.window->parameters.size(); ++i) {
        const WindowParameter& parameter = spec.window->parameters[i];
        if (parameter.in_samples && (spec.arguments.given(i) || parameter.fallback)) return true;
    }
    return false;
}

/// The largest |tail| over 400 frequencies from f up to about 0.14 f beyond. Their spacing, an irrational share of a
/// bin and growing with f, puts them at all phases of the lobes, and of slow beats such as Tukey's.
double upper_envelope(const WindowSpec& spec, double f) {
    constexpr int samples = 400;
    const double spacing = f / 1000.0 * 0.3819660112501051;
    double largest = 0.0;
    for (int i = 0; i < samples; ++i)
        largest = std::max(largest, std::abs(spec.window->tail(spec.arguments, f + spacing * i)));
    return largest;
}

}  // namespace

std::optional<FallOff> closed_form_fall_off(const WindowSpec& spec) {
    if (spec.window->tail == nullptr || depends_on_length(spec)) return std::nullopt;
    std::vector<detail::EnvelopePoint> envelope;
    for (int i = 0; i < steps; ++i) {
        const double f = first_bin * std::pow(last_bin / first_bin, i / (steps - 1.0));
        const double largest = upper_envelope(spec, f);
        if (!(largest > std::numeric_limits<double>::min())) return std::nullopt;  // underflow: nothing left to fit
        envelope.push_back({f, 20.0 * std::log10(largest)});
    }
    return FallOff{detail::fit_slope(envelope), first_bin, last_bin, true};
}

}  // namespace rotoscope
