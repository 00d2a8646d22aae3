#include "study_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/von_mises.hpp"

namespace rotoscope {
namespace {

double degrees(double radians) { return radians * 180.0 / std::numbers::pi; }

Cell degree_cell(double radians) { return std::round(degrees(radians) * 1e9) / 1e9; }

std::string product_name(FeatureProduct product) {
    return product == FeatureProduct::conjugated ? "conjugated" : "as printed";
}

std::vector<Cell> rotation_row(const RotationAngles& angles, Cell channel, const CircularSummary& s) {
    std::vector<Cell> row{angles.name, std::move(channel), integer_cell(s.count)};
    if (s.count == 0) return row;
    for (const double value :
         {s.mean, s.mean_absolute, s.standard_deviation, s.mean_direction, s.resultant_length, s.circular_variance,
          s.circular_standard_deviation, von_mises_concentration(s.resultant_length, s.circular_variance)})
        row.emplace_back(value);
    return row;
}

void add_rotations(const RotationAngles& angles, Table& table) {
    for (std::size_t c = 0; c < angles.channels.size(); ++c) {
        std::vector<Cell> row = rotation_row(angles, integer_cell(c), angles.channels[c]);
        row.resize(table.columns().size() - 3);
        for (const double p : {angles.rayleigh_p[c], angles.kuiper_p[c], angles.watson_p[c]})
            row.push_back(cell_or_missing(p));
        table.add_row(std::move(row));
    }
    std::vector<Cell> row = rotation_row(angles, "all", angles.pooled);
    row.resize(table.columns().size());
    table.add_row(std::move(row));
}

/// |a − b| in standard errors; 0 where both agree and nothing scatters, as at an angle of 0.
double deviation(const Estimate& estimate, double expected) {
    const double difference = std::abs(estimate.value - expected);
    constexpr double rounding = 1e-12;
    return difference <= rounding * std::max(1.0, std::abs(expected)) ? 0.0 : difference / estimate.standard_error;
}

}  // namespace

Table kernel_table(const RffOptions& options, const KernelResults& results) {
    Table table("kernel",
                fmt::format("Estimates of exp(x.y) from {} frequencies in {} dimensions, |x| = |y| = {}: closed form, "
                            "and simulated estimates.",
                            results.count, results.dimension, format_shortest(results.norm)),
                {{"features", "", "kind of features and, unless independent, of their draws"},
                 {"angle", "degree", "between x and y"},
                 {"kernel", "", "exp(x.y)"},
                 {"bias_expected", "", "closed form; missing where there is none"},
                 {"variance_expected", "", "closed form; missing where there is none"},
                 {"mse_expected", "", "bias^2 + variance"},
                 {"estimates", "", "number of simulated estimates"},
                 {"bias_simulated", "", "mean of the estimates less exp(x.y)"},
                 {"bias_error", "", "standard error of bias_simulated"},
                 {"variance_simulated", "",
                  "of the estimates; unreliable where tails are heavy (positive, hyperbolic, at small angles)"},
                 {"variance_error", "", "standard error of variance_simulated, from the fourth moment"},
                 {"mse_simulated", "", "mean of the squared errors"},
                 {"mse_error", "", "standard error of mse_simulated"}});
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        for (const KernelPoint& point : results.points[series]) {
            const KernelErrors& simulated = point.simulated;
            std::vector<Cell> row{feature_name(options.features[series]), degree_cell(point.angle), point.kernel};
            if (point.expected)
                row.insert(row.end(), {point.expected->mean - point.kernel, point.expected->variance,
                                       point.expected->mean_squared_error(point.kernel)});
            else row.resize(row.size() + 3);
            row.push_back(integer_cell(results.estimates[series]));
            for (const Estimate& estimate : {simulated.bias, simulated.variance, simulated.mean_squared_error})
                row.insert(row.end(), {estimate.value, estimate.standard_error});
            table.add_row(std::move(row));
        }
    }
    return table;
}

Table temperature_minimum_table(const TemperatureResults& results) {
    Table table("temperature_minima",
                "The sigma that minimises the mean squared error of a trigonometric estimate for unit vectors "
                "(Theorem 1).",
                {{"product", "", "phi(q).conj phi(k), which is unbiased, or phi(q).phi(k) as printed"},
                 {"angle", "degree", "between q and k"},
                 {"frequencies", "", "D; inf for the limit, which is 1 or, as printed, tan(angle/2)"},
                 {"temperature", "", "the sigma that minimises the error"},
                 {"least_error", "", "mean squared error at that sigma"},
                 {"error_at_one", "", "mean squared error at sigma = 1"}});
    for (const TemperatureMinimum& minimum : results.minima)
        table.add_row({product_name(minimum.product), degree_cell(minimum.angle),
                       std::isinf(minimum.count) ? Cell(minimum.count) : Cell(std::llround(minimum.count)),
                       minimum.temperature, minimum.least, minimum.at_one});
    return table;
}

Table temperature_error_table(const TemperatureResults& results) {
    Table table("temperature_errors",
                fmt::format("Mean squared error against sigma at D = {}: closed form and, from {} estimates in {} "
                            "dimensions, simulated.",
                            results.curves.front().count, results.repeats, results.dimension),
                {{"product", "", "phi(q).conj phi(k), or phi(q).phi(k) as printed"},
                 {"angle", "degree", "between q and k"},
                 {"temperature", "", "sigma"},
                 {"mse_expected", "", "closed form"},
                 {"mse_simulated", "", "mean of the squared errors; missing where not simulated"},
                 {"mse_error", "", "standard error of mse_simulated"}});
    for (const TemperatureCurve& curve : results.curves) {
        for (std::size_t i = 0; i < curve.sigma.size(); ++i)
            table.add_row({product_name(curve.product), degree_cell(curve.angle), curve.sigma[i], curve.expected[i],
                           Cell(), Cell()});
        for (std::size_t i = 0; i < curve.simulated_sigma.size(); ++i)
            table.add_row({product_name(curve.product), degree_cell(curve.angle), curve.simulated_sigma[i],
                           temperature_error(curve.simulated_sigma[i], curve.angle, static_cast<double>(curve.count),
                                             curve.product),
                           curve.simulated[i].value, curve.simulated[i].standard_error});
    }
    return table;
}

Table spectrum_table(const SpectraResults& results) {
    Table table("spectra", "Temperatures of RoPE, epsilon^(2n/d), and of rfa, tan(phi_n/2) over its largest.",
                {{"epsilon", "", "RoPE: the temperature after the last pair; rfa: phi goes up to (1 - epsilon) pi"},
                 {"pair", "", "n"},
                 {"rope", "", "n-th largest temperature of RoPE"},
                 {"rfa", "", "n-th largest temperature of rfa"}});
    for (const Spectra& spectra : results.chosen)
        for (std::size_t n = 0; n < spectra.rope.size(); ++n)
            table.add_row({spectra.epsilon, integer_cell(n), spectra.rope[n], spectra.rfa[spectra.rfa.size() - 1 - n]});
    return table;
}

Table spectrum_distance_table(const SpectraResults& results) {
    Table table("spectrum_distances", "Distance of RoPE's and rfa's temperatures, both sorted.",
                {{"epsilon", "", "of both spectra"},
                 {"distance", "", "root mean square over the pairs, both spectra with this epsilon"},
                 {"largest", "", "largest difference of a pair"},
                 {"distance_to_code", "", "root mean square, rfa from RoPE with base 500000"},
                 {"largest_to_code", "", "largest difference of a pair"}});
    for (const std::vector<Spectra>* list : {&results.chosen, &results.swept})
        for (const Spectra& spectra : *list)
            table.add_row({spectra.epsilon, spectra.distance.root_mean_square, spectra.distance.largest,
                           spectra.code_distance.root_mean_square, spectra.code_distance.largest});
    return table;
}

Table rotation_table(const RotationResults& results) {
    Table table("rotations", "Angles by which a token rotates each channel: Omega(q_t - q_(t-1)), and learned ones.",
                {{"angles", "", "implicit, of random features, or learned by Selective RoPE"},
                 {"channel", "", "frequency or pair, from 0; all: of all channels together"},
                 {"samples", "", "tokens"},
                 {"mean", "rad/token", "mean of d"},
                 {"mean_abs", "rad/token", "mean of |d|"},
                 {"standard_deviation", "rad/token", "of d, not wrapped"},
                 {"mean_direction", "rad", "direction of the mean of exp(i d)"},
                 {"resultant_length", "", "R, the length of the mean of exp(i d), from 0 to 1"},
                 {"circular_variance", "", "1 - R"},
                 {"circular_std", "rad", "sqrt(-2 ln R)"},
                 {"von_mises_kappa", "", "concentration by maximum likelihood of the von Mises distribution"},
                 {"rayleigh_p", "", "p-value of Rayleigh's test that every fourth d is uniform on the circle"},
                 {"kuiper_p", "", "the same of Kuiper's test"},
                 {"watson_p", "", "the same of Watson's test"}});
    add_rotations(results.implicit, table);
    if (results.learned) add_rotations(*results.learned, table);
    return table;
}

Table recurrence_table(const RotationResults& results) {
    Table table("recurrence",
                fmt::format("The recurrence of rotations against the direct sum over keys: {} tokens, {} frequencies.",
                            results.recurrence_tokens, results.recurrence_count),
                {{"real_factor", "", "whether the state is multiplied by exp((|q_t|^2 - |q_(t-1)|^2)/2)"},
                 {"difference", "", "largest difference over the largest output"}});
    for (const RecurrenceCheck& check : results.recurrence)
        table.add_row({check.real_factor ? "included" : "omitted", check.difference});
    return table;
}

std::optional<double> largest_deviation(const FeatureSeries& series, const std::vector<KernelPoint>& points) {
    if (heavy_tailed(series.kind) || !points.front().expected) return std::nullopt;
    double largest = 0.0;
    for (const KernelPoint& point : points)
        largest = std::max({largest, deviation(point.simulated.bias, point.expected->mean - point.kernel),
                            deviation(point.simulated.variance, point.expected->variance)});
    return largest;
}

Table terminal_kernel_table(const RffOptions& options, const KernelResults& results) {
    constexpr std::size_t shown[] = {4, 6, 8};  // 60, 90, 120 degrees
    std::vector<Column> columns{{"features", "", ""}};
    for (const std::size_t i : shown) columns.push_back({fmt::format("{}°", 15 * i), "", ""});
    columns.push_back({"deviation", "std errors", ""});
    Table table("kernel",
                fmt::format("variance of one estimate of exp(x·y) at D = {}, d = {}, ‖x‖ = ‖y‖ = {}, by angle: closed "
                            "form where there is one, else simulated; largest deviation of the simulation",
                            results.count, results.dimension, format_significant(results.norm, 3)),
                std::move(columns));
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        std::vector<Cell> row{feature_name(options.features[series])};
        const std::vector<KernelPoint>& points = results.points[series];
        for (const std::size_t i : shown)
            row.emplace_back(points[i].expected ? points[i].expected->variance : points[i].simulated.variance.value);
        const std::optional<double> largest = largest_deviation(options.features[series], points);
        row.push_back(largest ? Cell(std::round(*largest * 10.0) / 10.0) : Cell());
        table.add_row(std::move(row));
    }
    return table;
}

Table terminal_temperature_table(const TemperatureResults& results) {
    Table table("temperature", "σ with the least mean squared error, unit vectors (Theorem 1), by D and product",
                {{"angle", "degree", ""},
                 {"D=1", "conj.", ""},
                 {"D=16", "conj.", ""},
                 {"D→∞", "conj.", ""},
                 {"D=1", "printed", ""},
                 {"D=16", "printed", ""},
                 {"D→∞", "printed", ""}});
    const auto find = [&](double angle, FeatureProduct product, double count) {
        const auto found = std::ranges::find_if(results.minima, [&](const TemperatureMinimum& minimum) {
            return minimum.angle == angle && minimum.product == product && minimum.count == count;
        });
        return Cell(found->temperature);
    };
    for (const TemperatureCurve& curve : results.curves) {
        if (curve.product != FeatureProduct::conjugated) continue;
        std::vector<Cell> row{integer_cell(std::lround(degrees(curve.angle)))};
        for (const FeatureProduct product : {FeatureProduct::conjugated, FeatureProduct::as_printed})
            for (const double count : {1.0, 16.0, std::numeric_limits<double>::infinity()})
                row.push_back(find(curve.angle, product, count));
        table.add_row(std::move(row));
    }
    return table;
}

Table terminal_spectrum_table(const SpectraResults& results) {
    Table table("spectra", "RoPE's and rfa's temperatures: second largest, and distance (root mean square)",
                {{"epsilon", "", ""},
                 {"RoPE", "2nd", ""},
                 {"rfa", "2nd", ""},
                 {"distance", "", ""},
                 {"rfa to RoPE 500000", "", ""}});
    for (const Spectra& spectra : results.chosen) {
        const std::size_t pairs = spectra.rope.size();
        table.add_row({spectra.epsilon, pairs > 1 ? Cell(spectra.rope[1]) : Cell(),
                       pairs > 1 ? Cell(spectra.rfa[pairs - 2]) : Cell(), spectra.distance.root_mean_square,
                       spectra.code_distance.root_mean_square});
    }
    return table;
}

Table terminal_rotation_table(const RotationResults& results) {
    Table table("rotations", "angles by which a token rotates a channel, all channels together",
                {{"angles", "", ""},
                 {"mean |d|", "rad/token", ""},
                 {"std", "rad/token", ""},
                 {"R", "", ""},
                 {"1 − R", "", ""},
                 {"κ", "", ""}});
    const auto add = [&](const RotationAngles& angles) {
        const CircularSummary& s = angles.pooled;
        table.add_row({angles.name, s.mean_absolute, s.standard_deviation, s.resultant_length, s.circular_variance,
                       von_mises_concentration(s.resultant_length, s.circular_variance)});
    };
    if (results.implicit.pooled.count > 0) add(results.implicit);
    if (results.learned && results.learned->pooled.count > 0) add(*results.learned);
    return table;
}

}  // namespace rotoscope
