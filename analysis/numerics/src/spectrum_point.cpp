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

/// e^{−2πi ft/N} at t = first, first + step, …: a sine and cosine at every eighth, the others from their products.
template <std::size_t size>
void fill_phasors(double f, double n, double first, double step, std::size_t count, std::array<double, size>& re,
                  std::array<double, size>& im) {
    constexpr std::size_t group = 8;
    static_assert(size % group == 0);
    std::array<double, group> fine_re;
    std::array<double, group> fine_im;
    for (std::size_t i = 0; i < group; ++i) {
        const double angle = angle_of(f, static_cast<double>(i) * step, n);
        fine_re[i] = std::cos(angle);
        fine_im[i] = -std::sin(angle);
    }
    for (std::size_t begin = 0; begin < count; begin += group) {
        const double angle = angle_of(f, first + static_cast<double>(begin) * step, n);
        const double c = std::cos(angle);
        const double s = -std::sin(angle);
        for (std::size_t i = 0; i < group; ++i) {
            re[begin + i] = c * fine_re[i] - s * fine_im[i];
            im[begin + i] = c * fine_im[i] + s * fine_re[i];
        }
    }
}

BlockTable make_block_table(double f, double n) {
    BlockTable table;
    fill_phasors(f, n, 0.0, 1.0, block, table[0], table[1]);
    for (std::size_t b = 0; b < block; ++b) {
        const auto t = static_cast<double>(b);
        table[2][b] = t * table[0][b];
        table[3][b] = t * table[1][b];
        table[4][b] = t * table[2][b];
        table[5][b] = t * table[3][b];
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
    constexpr std::size_t run = 64;  // blocks whose phasors are computed together
    std::array<double, run> block_re;
    std::array<double, run> block_im;
    const std::size_t blocks = (samples.size() + block - 1) / block;
    for (std::size_t index = 0; index < blocks; ++index) {
        const std::size_t begin = index * block;
        const double tau = static_cast<double>(begin) - middle;
        if (index % run == 0)
            fill_phasors(f, n, tau, static_cast<double>(block), std::min(run, blocks - index), block_re, block_im);
        const auto s = block_sums(samples.data() + begin, std::min(block, samples.size() - begin), table);
        const double c = block_re[index % run];
        const double d = block_im[index % run];
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
