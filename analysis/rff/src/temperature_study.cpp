#include "temperature_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double angles[] = {30.0 * degree, 60.0 * degree, 90.0 * degree, 120.0 * degree, 150.0 * degree};
constexpr FeatureProduct products[] = {FeatureProduct::conjugated, FeatureProduct::as_printed};
constexpr Index curve_count = 16;
constexpr Index simulated_estimates = 2000;
constexpr double simulated_sigmas[] = {0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0};
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double paper_base = 500000.0;

TemperatureMinimum find_minimum(double angle, double count, FeatureProduct product) {
    // The limit's error is the bias alone: as if of more draws than double can tell apart.
    const double draws = std::isinf(count) ? 1e300 : count;
    const double sigma = std::isinf(count) ? product == FeatureProduct::conjugated ? 1.0 : std::tan(0.5 * angle)
                                           : optimal_temperature(angle, draws, product);
    return {angle,
            product,
            count,
            sigma,
            temperature_error(sigma, angle, draws, product),
            temperature_error(1.0, angle, draws, product)};
}

std::vector<TemperatureCurve> make_curves() {
    std::vector<TemperatureCurve> curves;
    for (const FeatureProduct product : products) {
        for (const double angle : angles) {
            TemperatureCurve curve{angle, product, curve_count, {}, {}, {}, {}};
            for (int i = 0; i <= 120; ++i) {
                curve.sigma.push_back(0.1 * std::pow(60.0, i / 120.0));  // 0.1 to 6
                curve.expected.push_back(
                    temperature_error(curve.sigma.back(), angle, static_cast<double>(curve_count), product));
            }
            curves.push_back(std::move(curve));
        }
    }
    return curves;
}

/// The product without the conjugate is the estimate of (x, −y).
std::vector<KernelPair> curve_pairs(const std::vector<TemperatureCurve>& curves, Index dimension) {
    std::vector<KernelPair> pairs;
    for (const TemperatureCurve& curve : curves) {
        const auto [x, y] = unit_vectors(dimension, curve.angle);
        pairs.push_back({x, curve.product == FeatureProduct::conjugated ? y : Eigen::RowVectorXd(-y),
                         std::exp(std::cos(curve.angle))});
    }
    return pairs;
}

Spectra make_spectra(double epsilon, std::size_t dimension) {
    Spectra spectra{epsilon,
                    rope_temperatures(1.0, 1.0 / epsilon, dimension),
                    rfa_temperatures(1.0, 1.0 - epsilon, dimension / 2),
                    {},
                    {}};
    spectra.distance = spectrum_distance(spectra.rope, spectra.rfa);
    spectra.code_distance = spectrum_distance(rope_temperatures(1.0, paper_base, dimension), spectra.rfa);
    return spectra;
}

}  // namespace

TemperatureResults study_temperature(const RffOptions& options, Index dimension, Context& context) {
    TemperatureResults results;
    results.dimension = dimension;
    results.repeats = simulated_estimates;
    std::vector<double> counts{1.0, 16.0, infinity};
    for (const std::uint64_t count : options.counts) counts.push_back(static_cast<double>(count));
    std::ranges::sort(counts);
    counts.erase(std::ranges::unique(counts).begin(), counts.end());
    for (const FeatureProduct product : products)
        for (const double angle : angles)
            for (const double count : counts) results.minima.push_back(find_minimum(angle, count, product));

    results.curves = make_curves();
    const std::vector<KernelPair> pairs = curve_pairs(results.curves, dimension);
    context.progress.begin("temperatures", std::size(simulated_sigmas));
    for (const double sigma : simulated_sigmas) {
        const FeatureOptions features{
            .kind = FeatureKind::trigonometric, .count = curve_count, .seed = options.seed, .temperature = {sigma}};
        const std::vector<KernelErrors> errors = simulate_kernels(features, pairs, simulated_estimates, context.pool);
        for (std::size_t i = 0; i < errors.size(); ++i) {
            results.curves[i].simulated_sigma.push_back(sigma);
            results.curves[i].simulated.push_back(errors[i].mean_squared_error);
        }
        context.progress.advance();
    }
    return results;
}

SpectraResults study_spectra(const RffOptions& options, Index dimension) {
    if (dimension % 2 != 0)
        throw usage_error(
            fmt::format("--study spectra: temperatures belong to pairs; {} components are an odd number", dimension));
    const auto d = static_cast<std::size_t>(dimension);
    SpectraResults results;
    for (const double epsilon : options.epsilons) {
        if (!(epsilon > 0.0 && epsilon < 1.0))
            throw usage_error(
                fmt::format("--epsilon: {} is not between 0 and 1, both excluded", format_shortest(epsilon)));
        results.chosen.push_back(make_spectra(epsilon, d));
    }
    for (int i = 0; i <= 80; ++i) results.swept.push_back(make_spectra(1e-7 * std::pow(5e6, i / 80.0), d));
    return results;
}

}  // namespace rotoscope
