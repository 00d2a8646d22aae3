#include "value_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace rotoscope {
namespace {

constexpr std::size_t width = 8;
using Doubles [[gnu::vector_size(width * sizeof(double))]] = double;
using Integers [[gnu::vector_size(width * sizeof(std::int64_t))]] = std::int64_t;
template <class Scalar>
struct Narrow {
    using type [[gnu::vector_size(width * sizeof(Scalar))]] = Scalar;
};

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Scalar>
double first_finite(std::span<const Scalar> values) {
    const auto first = std::find_if(values.begin(), values.end(), [](Scalar value) { return std::isfinite(value); });
    return first == values.end() ? 0.0 : static_cast<double>(*first);
}

/// Eight running results side by side. Comparisons give −1 where true, so counts run downwards.
struct Lanes {
    Doubles sum{};
    Doubles squares{};
    Doubles minimum = infinity - Doubles{};
    Doubles maximum = -infinity - Doubles{};
    Integers finite{};
    Integers zeros{};
    Integers nans{};

    /// Without looking for what is not finite: it leaves `squares` not finite.
    [[gnu::always_inline]] void add_finite(Doubles value, double shift) {
        const Doubles away = value - shift;
        sum += away;
        squares += away * away;
        minimum = value < minimum ? value : minimum;
        maximum = value > maximum ? value : maximum;
        zeros += value == 0.0;
    }

    [[gnu::always_inline]] void add(Doubles value, double shift) {
        const Integers is_finite = value - value == 0.0;
        const Doubles away = is_finite ? value - shift : Doubles{};
        sum += away;
        squares += away * away;
        const Doubles low = is_finite ? value : infinity - Doubles{};
        const Doubles high = is_finite ? value : -infinity - Doubles{};
        minimum = low < minimum ? low : minimum;
        maximum = high > maximum ? high : maximum;
        finite += is_finite;
        zeros += value == 0.0;
        nans += value != value;
    }
};

template <class Vector>
auto total(const Vector& lanes) {
    auto sum = lanes[0];
    for (std::size_t i = 1; i < width; ++i) sum += lanes[i];
    return sum;
}

}  // namespace

double ValueStatistics::standard_deviation() const {
    if (finite < 2) return std::numeric_limits<double>::quiet_NaN();
    return std::sqrt(squares / static_cast<double>(finite - 1));
}

template <class Scalar>
ValueStatistics measure_values(std::span<const Scalar> values) {
    const double shift = first_finite(values);
    Lanes lanes;
    typename Narrow<Scalar>::type loaded;
    const std::size_t whole = values.size() / width * width;
    for (std::size_t i = 0; i < whole; i += width) {
        std::memcpy(&loaded, values.data() + i, sizeof loaded);
        lanes.add_finite(__builtin_convertvector(loaded, Doubles), shift);
    }
    if (std::isfinite(total(lanes.squares))) {
        lanes.finite[0] = -static_cast<std::int64_t>(whole);
    } else {  // rare: once more, with care
        lanes = Lanes();
        for (std::size_t i = 0; i < whole; i += width) {
            std::memcpy(&loaded, values.data() + i, sizeof loaded);
            lanes.add(__builtin_convertvector(loaded, Doubles), shift);
        }
    }
    ValueStatistics result;
    result.count = values.size();
    if (whole < values.size()) {  // the rest, filled up with NaN
        loaded = std::numeric_limits<Scalar>::quiet_NaN() - typename Narrow<Scalar>::type{};
        std::memcpy(&loaded, values.data() + whole, (values.size() - whole) * sizeof(Scalar));
        lanes.add(__builtin_convertvector(loaded, Doubles), shift);
    }
    const std::size_t filled = (width - values.size() % width) % width;
    result.finite = static_cast<std::uint64_t>(-total(lanes.finite));
    result.zeros = static_cast<std::uint64_t>(-total(lanes.zeros));
    result.nans = static_cast<std::uint64_t>(-total(lanes.nans)) - filled;
    result.infinities = result.count - result.finite - result.nans;
    if (result.finite == 0) return result;
    const auto n = static_cast<double>(result.finite);
    const double sum = total(lanes.sum);
    result.mean = shift + sum / n;
    result.squares = std::max(0.0, total(lanes.squares) - sum * (sum / n));
    result.minimum = lanes.minimum[0];
    result.maximum = lanes.maximum[0];
    for (std::size_t k = 1; k < width; ++k) {
        result.minimum = std::min(result.minimum, lanes.minimum[k]);
        result.maximum = std::max(result.maximum, lanes.maximum[k]);
    }
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
