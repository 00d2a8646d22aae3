#include "rotoscope/theory/feature_map.hpp"

#include "elementary_rows.hpp"
#include "products.hpp"

#include <boost/math/tools/minima.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

void check(const FeatureOptions& options, Index dimension) {
    if (options.count < 1) throw usage_error(fmt::format("{} random frequencies; at least 1 is needed", options.count));
    if (dimension < 1) throw usage_error("random features of vectors without components");
    const auto& temperature = options.temperature;
    if (temperature.size() != 1 && temperature.size() != static_cast<std::size_t>(options.count))
        throw usage_error(fmt::format("{} temperatures for {} frequencies; one for all, or one for each",
                                      temperature.size(), options.count));
    if (!std::ranges::all_of(temperature, [](double sigma) { return sigma >= 0.0 && std::isfinite(sigma); }))
        throw usage_error("a temperature is negative or not finite");
    if (options.squared_sum < 0.0 || !std::isfinite(options.squared_sum))
        throw usage_error(fmt::format("the squared norm {} of a sum is negative or not finite", options.squared_sum));
}

RowMatrix<double> draw(const FeatureOptions& options, Index dimension, ThreadPool* pool) {
    check(options, dimension);
    return pool != nullptr ? draw_frequencies(options.draws, options.seed, dimension, 0, options.count, *pool)
                           : draw_frequencies(options.draws, options.seed, dimension, 0, options.count);
}

/// Exponent coefficient A of optimal positive features, in (−∞, 0].
double optimal_positive_exponent(double ratio) { return (1.0 - 1.0 / ratio) / 8.0; }

void exponentiate_shifted(float* x, const float* addition, Index count, float shift) {
    for (Index i = 0; i < count; ++i) x[i] = exponential(x[i] + (addition[i] - shift));
}
void exponentiate_shifted(double* x, const double* addition, Index count, double shift) {
    for (Index i = 0; i < count; ++i) x[i] = std::exp(x[i] + (addition[i] - shift));
}

/// e^{x − shift} into x and e^{−x − shift} into `opposite`, both divided by √2.
template <class Scalar>
void exponentiate_both(Scalar* x, Scalar* opposite, Index count, Scalar shift) {
    const Scalar total = shift + Scalar{0.5} * std::numbers::ln2_v<Scalar>;
    for (Index i = 0; i < count; ++i) opposite[i] = -x[i];
    exponentiate(x, count, total);
    exponentiate(opposite, count, total);
}

template <class Scalar>
void take_offset_cosines(Scalar* x, const Scalar* offset, Index count) {
    for (Index i = 0; i < count; ++i) x[i] += offset[i];
    take_cosines(x, count);
    for (Index i = 0; i < count; ++i) x[i] *= std::numbers::sqrt2_v<Scalar>;
}

}  // namespace

Index features_per_draw(FeatureKind kind) {
    return kind == FeatureKind::trigonometric || kind == FeatureKind::hyperbolic ? 2 : 1;
}

Index draws_for_features(FeatureKind kind, Index features) {
    if (features < 1) throw usage_error(fmt::format("{} random features; at least 1 is needed", features));
    if (features % features_per_draw(kind) != 0)
        throw usage_error(fmt::format("{} features of a kind that comes in pairs; an even number is needed", features));
    return features / features_per_draw(kind);
}

double optimal_positive_ratio(Index dimension, double squared_sum) {
    const auto d = static_cast<double>(dimension);
    const double sum = 2.0 * squared_sum + d;
    return 2.0 * d / (std::sqrt(sum * sum + 8.0 * d * squared_sum) + sum);
}

template <class Scalar>
FeatureMap<Scalar>::FeatureMap(const FeatureOptions& options, Index dimension)
    : FeatureMap(options, draw(options, dimension, nullptr)) {}

template <class Scalar>
FeatureMap<Scalar>::FeatureMap(const FeatureOptions& options, Index dimension, ThreadPool& pool)
    : FeatureMap(options, draw(options, dimension, &pool)) {}

template <class Scalar>
FeatureMap<Scalar>::FeatureMap(const FeatureOptions& options, RowMatrix<double> standard_frequencies)
    : options_(options),
      additions_(Vector<Scalar>::Zero(options_.count)),
      largest_temperature_(std::ranges::max(options_.temperature)) {
    RowMatrix<double>& frequencies = standard_frequencies;
    const std::vector<double>& temperature = options_.temperature;
    for (Index j = 0; j < count(); ++j)
        frequencies.row(j) *= temperature[temperature.size() == 1 ? 0 : static_cast<std::size_t>(j)];
    if (options_.kind == FeatureKind::random_offset)
        additions_ = draw_phase_offsets(options_.seed, 0, count()).template cast<Scalar>();
    if (options_.kind == FeatureKind::optimal_positive) {
        exponent_ = optimal_positive_exponent(optimal_positive_ratio(frequencies.cols(), options_.squared_sum));
        const double constant = 0.25 * static_cast<double>(frequencies.cols()) * std::log1p(-4.0 * exponent_);
        const Vector<double> squares = frequencies.rowwise().squaredNorm();
        additions_ = (exponent_ * squares.array() + constant).matrix().template cast<Scalar>();
        frequencies *= std::sqrt(1.0 - 4.0 * exponent_);
    }
    frequencies_ = frequencies.template cast<Scalar>();
}

template <class Scalar>
double FeatureMap<Scalar>::exponential_log_scale(double norm) const {
    const double log_count = std::log(static_cast<double>(features_per_draw() * count()));
    const double sigma = largest_temperature_;
    if (exponent_ == 0.0) return std::sqrt(2.0 * log_count) * sigma * norm - 0.5 * norm * norm;
    // (log m + log E e^{p(A‖w‖² + B w·x)})/p, quasi-convex in p: a minimum to two digits will do.
    const double d = static_cast<double>(dimension());
    const double drift = (1.0 - 4.0 * exponent_) * sigma * sigma * norm * norm;
    const auto bound = [&](double log_p) {
        const double p = std::exp(log_p);
        const double spread = 1.0 - 2.0 * p * exponent_ * sigma * sigma;
        return (log_count - 0.5 * d * std::log(spread)) / p + 0.5 * p * drift / spread;
    };
    const double least = boost::math::tools::brent_find_minima(bound, -12.0, 6.0, 8).second;
    return least + 0.25 * d * std::log1p(-4.0 * exponent_) - 0.5 * norm * norm;
}

template <class Scalar>
Vector<Scalar> FeatureMap<Scalar>::log_scales(const ConstRows<Scalar>& x) const {
    const bool bounded = options_.kind == FeatureKind::trigonometric || options_.kind == FeatureKind::random_offset;
    Vector<Scalar> scales(x.rows());
    for (Index t = 0; t < x.rows(); ++t) {
        const double norm = x.row(t).template cast<double>().norm();
        scales[t] = static_cast<Scalar>(bounded ? 0.5 * norm * norm : exponential_log_scale(norm));
    }
    return scales;
}

template <class Scalar>
void FeatureMap<Scalar>::apply(const ConstRows<Scalar>& x, const Eigen::Ref<const Vector<Scalar>>& log_scales,
                               Index begin, Index end, Rows<Scalar> features) const {
    const Index draws = end - begin;
    multiply_transposed(x, frequencies_.middleRows(begin, draws), Update::set, features.leftCols(draws));
    const Scalar* addition = additions_.data() + begin;
    for (Index t = 0; t < x.rows(); ++t) {
        Scalar* row = features.row(t).data();
        const Scalar shift = log_scales[t] + Scalar{0.5} * x.row(t).squaredNorm();
        switch (options_.kind) {
            case FeatureKind::trigonometric:
                split_angles(row, row + draws, draws);
                break;
            case FeatureKind::random_offset:
                take_offset_cosines(row, addition, draws);
                break;
            case FeatureKind::positive:
                exponentiate(row, draws, shift);
                break;
            case FeatureKind::hyperbolic:
                exponentiate_both(row, row + draws, draws, shift);
                break;
            case FeatureKind::optimal_positive:
                exponentiate_shifted(row, addition, draws, shift);
                break;
        }
    }
}

double estimate_kernel(const FeatureMap<double>& map, const Eigen::RowVectorXd& x, const Eigen::RowVectorXd& y) {
    RowMatrix<double> pair(2, map.dimension());
    pair << x, y;
    RowMatrix<double> features(2, map.count() * map.features_per_draw());
    const Vector<double> scales = map.log_scales(pair);
    map.apply(pair, scales, 0, map.count(), features);
    const double sum = features.row(0).dot(features.row(1));
    return std::exp(scales.sum()) * sum / static_cast<double>(map.count());
}

template class FeatureMap<float>;
template class FeatureMap<double>;

}  // namespace rotoscope
