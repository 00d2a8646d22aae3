// The discrete prolate spheroidal (Slepian) window of order 0: O(M) for each of about 60 bisection steps.
//
// The tridiagonal matrix whose eigenvectors are the Slepian sequences (Percival and Walden 1993, 8.3; W = NW/M) has the
// diagonal τ² cos 2πW, τ = (M − 1)/2 − t, and the off-diagonal e_t = t(M − t)/2 between t − 1 and t. Its norm is M²/4,
// but its largest eigenvalues are only about 4πNW apart: an eigenvector found from these numbers is wrong by M²/NW
// epsilons. But diagonal + e_t + e_{t+1} = (M² − 1)/4 − s_t with s_t = 2τ² sin² πW: up to the constant the matrix is
// −(L + S), L the Laplacian of a chain with weights e, S = diag(s). So the window is the eigenvector of the *smallest*
// eigenvalue of L + S, all numbers are of the size of (πNW)², and eliminations add where they would have subtracted.
//
// The eigenvector is symmetric: half the chain is enough. For even M the edge in the middle joins equals and drops out;
// for odd M the middle sample counts half.
#include "window_generators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope::detail {
namespace {

struct HalfChain {
    std::vector<double> weight;  ///< weight[t] = e_t, between t − 1 and t; weight[rows] = 0 ends the chain
    std::vector<double> s;
    double last_mass;  ///< ½ for the middle sample of odd M, otherwise 1
};

HalfChain make_chain(std::size_t count, double nw) {
    const auto m = static_cast<double>(count);
    const double sine = std::sin(std::numbers::pi * nw / m);
    const std::size_t rows = (count + 1) / 2;
    HalfChain chain{std::vector<double>(rows + 1), std::vector<double>(rows), count % 2 == 1 ? 0.5 : 1.0};
    for (std::size_t row = 0; row < rows; ++row) {
        const auto t = static_cast<double>(row);
        const double tau = 0.5 * (m - 1.0) - t;
        chain.weight[row] = 0.5 * t * (m - t);
        chain.s[row] = 2.0 * (tau * sine) * (tau * sine);
    }
    return chain;
}

double mass(const HalfChain& chain, std::size_t t) { return t + 1 == chain.s.size() ? chain.last_mass : 1.0; }

/// Eliminates L + S − xB, B the masses. The pivot of row t is weight[t+1] + rest[t], and what row t passes on to the
/// next is weight·rest/(weight + rest): no difference of large numbers. Returns whether x is below the spectrum: all
/// pivots are positive (Sylvester's law of inertia). `pivots`, if given, are kept.
bool is_below_spectrum(const HalfChain& chain, double x, std::vector<double>* pivots = nullptr) {
    const std::size_t rows = chain.s.size();
    double passed = 0.0;
    for (std::size_t t = 0; t < rows; ++t) {
        const double rest = (chain.s[t] - x) * mass(chain, t) + passed;
        const double pivot = chain.weight[t + 1] + rest;
        if (!(pivot > 0.0)) return false;
        if (pivots != nullptr) (*pivots)[t] = pivot;
        passed = chain.weight[t + 1] * (rest / pivot);
    }
    return true;
}

/// The largest number found below the spectrum, a few roundings from the smallest eigenvalue, which lies between the
/// extremes of S: L only adds, and nothing to a constant vector.
double bound_smallest_eigenvalue(const HalfChain& chain) {
    double low = 0.0;
    double high = chain.s.front();
    const double resolution = 4.0 * std::numeric_limits<double>::epsilon() * high;
    while (high - low > resolution) {
        const double middle = 0.5 * (low + high);
        (is_below_spectrum(chain, middle) ? low : high) = middle;
    }
    return low;
}

/// Inverse iteration from x, below the spectrum and far closer to the smallest eigenvalue than the next is.
std::vector<double> find_eigenvector(const HalfChain& chain, double x) {
    const std::size_t rows = chain.s.size();
    std::vector<double> pivots(rows);
    if (!is_below_spectrum(chain, x, &pivots)) throw internal_error("dpss: the shift is not below the spectrum");
    std::vector<double> v(rows, 1.0);
    for (int step = 0; step < 4; ++step) {
        v[rows - 1] *= chain.last_mass;
        for (std::size_t t = 1; t < rows; ++t) v[t] += chain.weight[t] / pivots[t - 1] * v[t - 1];
        v[rows - 1] /= pivots[rows - 1];
        for (std::size_t t = rows - 1; t-- > 0;) v[t] = (v[t] + chain.weight[t + 1] * v[t + 1]) / pivots[t];
        const double largest = *std::max_element(v.begin(), v.end());
        for (double& value : v) value /= largest;
    }
    return v;
}

}  // namespace

void generate_dpss(const WindowArguments& arguments, std::span<double> window) {
    const double nw = arguments[0];
    const std::size_t count = window.size();
    const auto m = static_cast<double>(count);
    if (2.0 * nw >= m)
        throw usage_error(
            fmt::format("window dpss: NW is {} for {} samples; expected less than half of them", nw, count));
    const HalfChain chain = make_chain(count, nw);
    const std::vector<double> half = find_eigenvector(chain, bound_smallest_eigenvalue(chain));
    // SciPy's scale: the largest sample is 1; for even M the continuous maximum between the two middle ones, about.
    const double scale = count % 2 == 0 ? m * m / (m * m + nw) : 1.0;
    for (std::size_t t = 0; t < half.size(); ++t) window[t] = window[count - 1 - t] = scale * half[t];
}

}  // namespace rotoscope::detail
