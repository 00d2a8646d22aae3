#include "power_grid.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/interruption.hpp"

namespace rotoscope::detail {
namespace {

constexpr std::size_t count = GridPolynomial::count;
using Matrix = std::array<std::array<double, count>, count>;

/// Column i: the coefficients of the polynomial that is 1 at node i − 5½ and 0 at the others.
Matrix lagrange_coefficients() {
    Matrix matrix{};
    for (std::size_t i = 0; i < count; ++i) {
        const long double node = static_cast<long double>(i) - 5.5L;
        std::array<long double, count> product{1.0L};
        for (std::size_t j = 0; j < count; ++j) {
            if (j == i) continue;
            const long double other = static_cast<long double>(j) - 5.5L;
            for (std::size_t power = count; power-- > 0;)
                product[power] = ((power > 0 ? product[power - 1] : 0.0L) - other * product[power]) / (node - other);
        }
        for (std::size_t power = 0; power < count; ++power) matrix[power][i] = static_cast<double>(product[power]);
    }
    return matrix;
}

/// What a thread keeps between windows: fresh pages for each cost as much as the transforms. Beyond 64 MiB nothing is.
struct Workspace {
    static constexpr std::size_t most_kept = std::size_t{1} << 23;

    std::vector<double> powers;
    std::vector<std::complex<double>> modulated;
    std::vector<std::complex<double>> bins;
    std::vector<double> grid;

    void shrink() {
        if (powers.size() > most_kept) *this = {};
    }
};
thread_local Workspace workspace;

/// Rows a power of two apart would share their places in the cache.
std::size_t row_stride(std::size_t n) { return n + 24; }

void write_powers(std::span<const std::complex<double>> bins, double* out) {
    for (std::size_t k = 0; k < bins.size(); ++k)
        out[k] = bins[k].real() * bins[k].real() + bins[k].imag() * bins[k].imag();
}

}  // namespace

PowerGrid::~PowerGrid() {
    if (values_.size() <= Workspace::most_kept) workspace.grid = std::move(values_);
}

PowerGridMaker::PowerGridMaker(std::size_t n, std::size_t points_per_bin)
    : n_(n), points_per_bin_(points_per_bin), fft_(n), real_fft_(n), step_(n) {
    if (n % 2 == 0) half_fft_.emplace(n / 2);
    for (std::size_t t = 0; t < n; ++t)
        step_[t] =
            std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(n * points_per_bin));
}

std::span<const double> PowerGridMaker::powers_by_offset(std::span<const double> samples) const {
    const std::size_t last_row = points_per_bin_ / 2;
    auto& [powers, modulated, bins, grid] = workspace;
    powers.resize((last_row + 1) * row_stride(n_));
    modulated.assign(samples.begin(), samples.end());
    bins.resize(n_);
    const std::span all_bins(bins);

    const std::span whole = all_bins.first(real_fft_.bins());
    real_fft_(samples, whole);
    write_powers(whole, powers.data());
    for (std::size_t row = 1; row <= last_row; ++row) {
        throw_if_stopped();  // a row of a million samples takes a tenth of a second
        // Written out: std::complex checks each product for NaN.
        for (std::size_t t = 0; t < n_; ++t) {
            const double re = modulated[t].real() * step_[t].real() - modulated[t].imag() * step_[t].imag();
            const double im = modulated[t].real() * step_[t].imag() + modulated[t].imag() * step_[t].real();
            modulated[t] = {re, im};
        }
        double* out = powers.data() + row * row_stride(n_);
        if (row < last_row || !half_fft_) {
            fft_(modulated, all_bins);
            write_powers(all_bins, out);
            continue;
        }
        // The frequencies 2k + ½ by n/2 points, since e^{−2πi(2k + ½)t/n} turns by −i from t to t + n/2; the
        // conjugates of the others are among them: P(2k + 1 + ½) = P(n − 2k − 2 + ½).
        const std::size_t half = n_ / 2;
        for (std::size_t t = 0; t < half; ++t) modulated[t] += modulated[t + half];
        const std::span even = all_bins.first(half);
        (*half_fft_)(std::span(modulated).first(half), even);
        for (std::size_t k = 0; k < half; ++k) out[n_ - 1 - 2 * k] = out[2 * k] = std::norm(even[k]);
    }
    return powers;
}

PowerGrid PowerGridMaker::operator()(std::span<const double> samples) const {
    const std::span<const double> powers = powers_by_offset(samples);
    const std::size_t p = points_per_bin_;
    const std::size_t last = p * n_ / 2;
    const std::size_t margin = PowerGrid::margin;
    std::vector<double> values = std::move(workspace.grid);
    values.resize(last + 1 + 2 * margin);
    const std::size_t stride = row_stride(n_);
    for (std::size_t k = 0; k <= last / p; ++k) {
        double* out = values.data() + margin + k * p;
        const std::size_t points = std::min(p, last + 1 - k * p);
        for (std::size_t r = 0; r < std::min(points, p / 2 + 1); ++r) out[r] = powers[r * stride + k];
        // P(k + r/p) = P(n − k − r/p), which is offset p − r beyond n − k − 1.
        for (std::size_t r = p / 2 + 1; r < points; ++r) out[r] = powers[(p - r) * stride + n_ - 1 - k];
    }
    for (std::size_t i = 1; i <= margin; ++i) {
        values[margin - i] = values[margin + i];
        values[margin + last + i] = values[margin + last - i];
    }
    workspace.shrink();
    return {std::move(values), p};
}

GridPolynomial::GridPolynomial(const PowerGrid& grid, std::ptrdiff_t k) {
    static const Matrix matrix = lagrange_coefficients();
    std::array<double, count> values{};
    for (std::size_t i = 0; i < count; ++i) values[i] = grid[k - 5 + static_cast<std::ptrdiff_t>(i)];
    for (std::size_t power = 0; power < count; ++power) {
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i) sum += matrix[power][i] * values[i];
        coefficients_[power] = sum;
    }
}

double GridPolynomial::derivative(std::size_t m, double s) const {
    double sum = 0.0;
    for (std::size_t power = count; power-- > m;) {
        double factor = 1.0;
        for (std::size_t i = 0; i < m; ++i) factor *= static_cast<double>(power - i);
        sum = sum * s + factor * coefficients_[power];
    }
    return sum;
}

double GridPolynomial::integral(double a, double b) const {
    double at_a = 0.0;
    double at_b = 0.0;
    for (std::size_t power = count; power-- > 0;) {
        const double term = coefficients_[power] / static_cast<double>(power + 1);
        at_a = at_a * a + term;
        at_b = at_b * b + term;
    }
    return at_b * b - at_a * a;
}

}  // namespace rotoscope::detail
