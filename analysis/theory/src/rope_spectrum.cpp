#include "rotoscope/theory/rope_spectrum.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/turns.hpp"

namespace rotoscope {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;

}  // namespace

ScoreCurve::ScoreCurve(std::span<const double> frequencies, std::vector<std::uint64_t> distances)
    : pairs_(frequencies.size()), distances_(std::move(distances)) {
    const std::vector<Turns> turns = turns_of(frequencies);
    phasors_.reserve(distances_.size() * pairs_);
    for (const std::uint64_t distance : distances_)
        for (const Turns& turn : turns) phasors_.push_back((turn * distance).unit());
}

std::vector<double> ScoreCurve::scores(std::span<const std::complex<double>> couplings, double unrotated,
                                       double scale) const {
    if (couplings.size() != pairs_) throw internal_error("a coupling for each frequency is needed");
    std::vector<double> scores;
    scores.reserve(distances_.size());
    const std::complex<double>* phasor = phasors_.data();
    for (std::size_t i = 0; i < distances_.size(); ++i) {
        double sum = unrotated;
        for (const std::complex<double>& c : couplings) {
            sum += c.real() * phasor->real() - c.imag() * phasor->imag();
            ++phasor;
        }
        scores.push_back(scale * sum);
    }
    return scores;
}

std::vector<std::uint64_t> spread_distances(std::uint64_t context, std::size_t most) {
    std::vector<std::uint64_t> distances{0};
    if (context < 2 || most < 2) return distances;
    const double last = static_cast<double>(context - 1);
    const std::size_t steps = most - 1;
    if (context <= most) {
        for (std::uint64_t distance = 1; distance < context; ++distance) distances.push_back(distance);
        return distances;
    }
    for (std::size_t i = 0; i < steps; ++i) {
        const double exponent = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 1.0;
        const auto distance = static_cast<std::uint64_t>(std::llround(std::pow(last, exponent)));
        if (distance > distances.back()) distances.push_back(distance);
    }
    return distances;
}

bool never_completes(double frequency, double context) { return frequency * context < two_pi; }

SpectrumSummary summarise_spectrum(std::span<const std::complex<double>> couplings, std::span<const double> frequencies,
                                   double context) {
    SpectrumSummary summary;
    double energy = 0.0;
    for (const std::complex<double>& c : couplings) {
        summary.coupling += std::abs(c);
        energy += std::norm(c);
    }
    if (!(energy > 0.0) || !std::isfinite(energy)) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        return {summary.coupling, nan, nan, nan, nan, nan};
    }
    double log_wavelength = 0.0;
    for (std::size_t n = 0; n < couplings.size(); ++n) {
        const double p = std::norm(couplings[n]) / energy;
        if (p > 0.0) summary.entropy -= p * std::log(p);
        summary.mean_wavelength += p * two_pi / frequencies[n];
        log_wavelength += p * std::log(two_pi / frequencies[n]);
        if (never_completes(frequencies[n], context)) summary.uncompleted_energy += p;
    }
    summary.effective_frequencies = std::exp(summary.entropy);
    summary.geometric_wavelength = std::exp(log_wavelength);
    return summary;
}

}  // namespace rotoscope
