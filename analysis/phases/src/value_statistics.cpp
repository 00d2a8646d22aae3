#include "value_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "rotoscope/core/lanes.hpp"

namespace rotoscope {
namespace {

// Values summed side by side. With fewer, each sum waits for the one before; with more, registers run out.
constexpr std::size_t width = 16;
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Scalar>
double first_finite(std::span<const Scalar> values) {
    const auto first = std::find_if(values.begin(), values.end(), [](Scalar value) { return std::isfinite(value); });
    return first == values.end() ? 0.0 : static_cast<double>(*first);
}

/// Running results side by side: value i of a span belongs to lane i mod width.
struct LaneStatistics {
    using Doubles = std::array<double, width>;

    Doubles sum{};
    Doubles squares{};
    Doubles minimum;
    Doubles maximum;
    std::uint64_t finite = 0;
    std::uint64_t zeros = 0;
    std::uint64_t nans = 0;

    LaneStatistics() {
        minimum.fill(infinity);
        maximum.fill(-infinity);
    }
    void add(double value, std::size_t lane, double shift) {
        nans += std::isnan(value) ? 1U : 0U;
        if (!std::isfinite(value)) return;
        ++finite;
        zeros += value == 0.0 ? 1U : 0U;
        const double away = value - shift;
        sum[lane] += away;
        squares[lane] = std::fma(away, away, squares[lane]);
        minimum[lane] = std::min(minimum[lane], value);
        maximum[lane] = std::max(maximum[lane], value);
    }
};

double total(const LaneStatistics::Doubles& lanes) {
    double sum = 0.0;
    for (const double each : lanes) sum += each;
    return sum;
}

/// Of a multiple of `width` values without looking at each; nullopt where some are not finite (or overflow when
/// squared).
template <class Scalar>
std::optional<LaneStatistics> measure_finite(std::span<const Scalar> values, double shift) {
    constexpr std::size_t narrow = std::min(width, lane_count<Scalar>);
    constexpr std::size_t wide = std::min(width, lane_count<double>);
    using Narrow = VectorLanes<Scalar, narrow>;
    using Wide = VectorLanes<double, wide>;
    using Counts = decltype(Narrow{} == Narrow{});
    Narrow minimum[width / narrow];
    Narrow maximum[width / narrow];
    Counts zeros[width / narrow] = {};  // comparisons give −1 where true
    Wide sum[width / wide] = {};
    Wide squares[width / wide] = {};
    for (Narrow& each : minimum) each = std::numeric_limits<Scalar>::infinity() - Narrow{};
    for (Narrow& each : maximum) each = -std::numeric_limits<Scalar>::infinity() - Narrow{};
    for (std::size_t i = 0; i < values.size(); i += width) {
        for (std::size_t k = 0; k < width / narrow; ++k) {
            const Narrow value = load_vector<narrow>(values.data() + i + k * narrow);
            minimum[k] = value < minimum[k] ? value : minimum[k];
            maximum[k] = value > maximum[k] ? value : maximum[k];
            zeros[k] += value == Narrow{};
        }
        for (std::size_t k = 0; k < width / wide; ++k) {
            const auto value = load_vector<wide>(values.data() + i + k * wide);
            const Wide away = to_double<wide>(value) - shift;
            sum[k] += away;
            squares[k] += away * away;
        }
    }
    LaneStatistics lanes;
    lanes.finite = values.size();
    for (std::size_t lane = 0; lane < width; ++lane) {
        lanes.sum[lane] = sum[lane / wide][lane % wide];
        lanes.squares[lane] = squares[lane / wide][lane % wide];
        lanes.minimum[lane] = static_cast<double>(minimum[lane / narrow][lane % narrow]);
        lanes.maximum[lane] = static_cast<double>(maximum[lane / narrow][lane % narrow]);
        lanes.zeros += static_cast<std::uint64_t>(-zeros[lane / narrow][lane % narrow]);
    }
    if (!std::isfinite(total(lanes.squares))) return std::nullopt;
    return lanes;
}

}  // namespace

double ValueStatistics::standard_deviation() const {
    if (finite < 2) return std::numeric_limits<double>::quiet_NaN();
    return std::sqrt(squares / static_cast<double>(finite - 1));
}

template <class Scalar>
ValueStatistics measure_values(std::span<const Scalar> values) {
    const double shift = first_finite(values);
    std::size_t measured = values.size() / width * width;
    std::optional<LaneStatistics> finite = measure_finite(values.first(measured), shift);
    if (!finite) measured = 0;  // rare: once more, with care
    LaneStatistics lanes = finite.value_or(LaneStatistics());
    for (std::size_t i = measured; i < values.size(); ++i) lanes.add(static_cast<double>(values[i]), i % width, shift);

    ValueStatistics result;
    result.count = values.size();
    result.finite = lanes.finite;
    result.zeros = lanes.zeros;
    result.nans = lanes.nans;
    result.infinities = result.count - result.finite - result.nans;
    if (result.finite == 0) return result;
    const auto n = static_cast<double>(result.finite);
    const double sum = total(lanes.sum);
    result.mean = shift + sum / n;
    result.squares = std::max(0.0, total(lanes.squares) - sum * (sum / n));
    result.minimum = *std::min_element(lanes.minimum.begin(), lanes.minimum.end());
    result.maximum = *std::max_element(lanes.maximum.begin(), lanes.maximum.end());
    return result;
}

template ValueStatistics measure_values<float>(std::span<const float>);
template ValueStatistics measure_values<double>(std::span<const double>);

void merge(ValueStatistics& all, const ValueStatistics& part) {
    const auto a = static_cast<double>(all.finite);
    const auto b = static_cast<double>(part.finite);
    if (all.finite == 0) {
        all.mean = part.mean;
        all.squares = part.squares;
        all.minimum = part.minimum;
        all.maximum = part.maximum;
    } else if (part.finite > 0) {
        const double step = part.mean - all.mean;
        all.squares += part.squares + step * step * (a * (b / (a + b)));
        all.mean += step * (b / (a + b));
        all.minimum = std::min(all.minimum, part.minimum);
        all.maximum = std::max(all.maximum, part.maximum);
    }
    all.count += part.count;
    all.finite += part.finite;
    all.zeros += part.zeros;
    all.nans += part.nans;
    all.infinities += part.infinities;
}

}  // namespace rotoscope
