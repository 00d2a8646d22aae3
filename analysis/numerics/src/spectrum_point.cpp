#include "spectrum_point.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace rotoscope::detail {
namespace {

constexpr std::size_t block = 64;
constexpr std::size_t lanes = 8;
constexpr std::size_t moments = 6;  // b^m cos, b^m sin for m = 0, 1, 2

using BlockTable = std::array<std::array<double, block>, moments>;

/// The angle 2πft/N, its whole turns removed before they cost digits.
double angle_of(double f, double t, double n) {
    const double turns = f / n * t;
    return 2.0 * std::numbers::pi * (turns - std::nearbyint(turns));
}

BlockTable make_block_table(double f, double n) {
    BlockTable table;
    for (std::size_t b = 0; b < block; ++b) {
        const auto t = static_cast<double>(b);
        const double angle = angle_of(f, t, n);
        const double c = std::cos(angle);
        const double s = -std::sin(angle);
        table[0][b] = c;
        table[1][b] = s;
        table[2][b] = t * c;
        table[3][b] = t * s;
        table[4][b] = t * t * c;
        table[5][b] = t * t * s;
    }
    return table;
}

/// Σ_b w_b · table[m][b] for each m. Eight partial sums each, so that the compiler may use vectors.
std::array<double, moments> block_sums(const double* w, std::size_t count, const BlockTable& table) {
    std::array<std::array<double, lanes>, moments> partial{};
    std::size_t b = 0;
    for (; b + lanes <= count; b += lanes)
        for (std::size_t m = 0; m < moments; ++m)
            for (std::size_t lane = 0; lane < lanes; ++lane) partial[m][lane] += w[b + lane] * table[m][b + lane];
    for (std::size_t m = 0; m < moments; ++m)
        for (std::size_t rest = b; rest < count; ++rest) partial[m][rest - b] += w[rest] * table[m][rest];
    std::array<double, moments> sums{};
    for (std::size_t m = 0; m < moments; ++m)
        for (const double value : partial[m]) sums[m] += value;
    return sums;
}

}  // namespace

PowerPoint power_at(std::span<const double> samples, double f) {
    const auto n = static_cast<double>(samples.size());
    const double middle = 0.5 * (n - 1.0);  // moments about the middle keep the derivatives small
    const BlockTable table = make_block_table(f, n);
    // Σ w e, Σ τ w e, Σ τ² w e with τ = t − middle.
    double w_re = 0.0, w_im = 0.0, first_re = 0.0, first_im = 0.0, second_re = 0.0, second_im = 0.0;
    for (std::size_t begin = 0; begin < samples.size(); begin += block) {
        const auto s = block_sums(samples.data() + begin, std::min(block, samples.size() - begin), table);
        const double tau = static_cast<double>(begin) - middle;
        const double angle = angle_of(f, tau, n);
        const double c = std::cos(angle);
        const double d = -std::sin(angle);
        const auto add = [c, d](double re, double im, double& sum_re, double& sum_im) {
            sum_re += c * re - d * im;
            sum_im += c * im + d * re;
        };
        add(s[0], s[1], w_re, w_im);
        add(s[2] + tau * s[0], s[3] + tau * s[1], first_re, first_im);
        add(s[4] + tau * (2.0 * s[2] + tau * s[0]), s[5] + tau * (2.0 * s[3] + tau * s[1]), second_re, second_im);
    }
    // W′ = −iκ Σ τ w e and W″ = −κ² Σ τ² w e with κ = 2π/N.
    const double kappa = 2.0 * std::numbers::pi / n;
    const double slope = 2.0 * kappa * (w_re * first_im - w_im * first_re);
    const double curvature =
        2.0 * kappa * kappa * (first_re * first_re + first_im * first_im - w_re * second_re - w_im * second_im);
    return {w_re * w_re + w_im * w_im, slope, curvature};
}

TurningPoint refine_turning_point(std::span<const double> samples, double start, double reach) {
    constexpr int most_steps = 16;
    constexpr double quadratic = 1e-6;    // Newton's next step would be its square, 1e-12 bins: it is not evaluated
    constexpr double resolution = 1e-10;  // where convergence is linear
    double bin = start;
    double previous = 0.0;
    bool was_multiple = false;
    PowerPoint point = power_at(samples, bin);
    for (int step = 0; step < most_steps; ++step) {
        double change = -point.slope / point.curvature;
        // At a multiple zero (W of triangles and Parzen's window touches 0) steps shrink by a constant ratio r only:
        // the sum of all that are left is change/(1 − r). The next step is then no longer one of that series.
        const double ratio = previous != 0.0 ? change / previous : 0.0;
        const bool is_multiple = ratio > 0.3 && ratio < 0.95;
        if (is_multiple) change /= 1.0 - ratio;
        was_multiple = was_multiple || is_multiple;
        if (!(std::abs(bin + change - start) <= reach)) break;
        if (std::abs(change) < (was_multiple ? resolution : quadratic))
            return {bin + change, std::max(0.0, point.power + 0.5 * point.slope * change)};
        previous = is_multiple ? 0.0 : change;
        bin += change;
        point = power_at(samples, bin);
    }
    return {bin, point.power};
}

double refine_crossing(std::span<const double> samples, double level, double low, double high, double start) {
    constexpr int most_steps = 60;  // bisection alone needs 50
    double bin = start;
    for (int step = 0; step < most_steps; ++step) {
        const PowerPoint point = power_at(samples, bin);
        (point.power > level ? low : high) = bin;
        double next = bin - (point.power - level) / point.slope;
        if (!(next >= low && next <= high)) next = 0.5 * (low + high);
        const double change = std::abs(next - bin);
        bin = next;
        if (change < 1e-7 * high) break;  // Newton's next step would be about its square
    }
    return bin;
}

}  // namespace rotoscope::detail
