#include "rotoscope/numerics/circular_distance.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

namespace rotoscope {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// In [−π, π], sorted; the circle is cut at ±π, which no distance depends on.
std::vector<double> wrapped(std::span<const double> angles) {
    std::vector<double> result;
    result.reserve(angles.size());
    for (const double angle : angles) result.push_back(std::remainder(angle, two_pi));
    std::ranges::sort(result);
    return result;
}

/// An arc between neighbouring angles, on which F − G is constant: `excess` over the product of the samples' sizes.
struct Arc {
    std::int64_t excess;
    double length;
};

/// The arcs from the first angle on all the way round.
std::vector<Arc> find_arcs(const std::vector<double>& a, const std::vector<double>& b) {
    const auto step_up = static_cast<std::int64_t>(b.size());
    const auto step_down = static_cast<std::int64_t>(a.size());
    std::vector<Arc> arcs;
    arcs.reserve(a.size() + b.size());
    const double first = std::min(a.front(), b.front());
    std::int64_t excess = 0;
    for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
        const bool from_a = j == b.size() || (i < a.size() && a[i] <= b[j]);
        const double here = from_a ? a[i++] : b[j++];
        excess += from_a ? step_up : -step_down;
        double next = first + two_pi;
        if (i < a.size()) next = std::min(next, a[i]);
        if (j < b.size()) next = std::min(next, b[j]);
        if (next > here) arcs.push_back({excess, next - here});
    }
    return arcs;
}

/// The excess that half of the circle lies below or at. Sorts the arcs by it.
std::int64_t median_excess(std::vector<Arc>& arcs) {
    std::ranges::sort(arcs, {}, &Arc::excess);
    double total = 0.0;
    for (const Arc& arc : arcs) total += arc.length;
    double below = 0.0;
    for (const Arc& arc : arcs) {
        below += arc.length;
        if (below >= 0.5 * total) return arc.excess;
    }
    return arcs.back().excess;
}

}  // namespace

double circular_difference(double from, double to) noexcept { return std::remainder(to - from, two_pi); }

double circular_transport(std::span<const double> a, std::span<const double> b) {
    const auto finite = [](double angle) { return std::isfinite(angle); };
    if (a.empty() || b.empty() || !std::ranges::all_of(a, finite) || !std::ranges::all_of(b, finite)) return nan;
    std::vector<Arc> arcs = find_arcs(wrapped(a), wrapped(b));
    const std::int64_t median = median_excess(arcs);
    double sum = 0.0;
    for (const Arc& arc : arcs) sum += arc.length * static_cast<double>(std::abs(arc.excess - median));
    return sum / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

}  // namespace rotoscope
