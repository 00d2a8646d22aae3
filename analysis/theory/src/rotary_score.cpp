#include "rotoscope/theory/rotary_score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <numeric>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

void check_sizes(std::span<const double> query, std::span<const double> key, std::size_t pairs) {
    if (query.size() != 2 * pairs || key.size() != 2 * pairs)
        throw internal_error(
            fmt::format("a query of {} and a key of {} elements with {} angles", query.size(), key.size(), pairs));
}

Complex pair_of_vector(PairLayout layout, std::span<const double> vector, std::size_t n) {
    const auto [first, second] = pair_indices(layout, n, vector.size() / 2);
    return {vector[first], vector[second]};
}

}  // namespace

double rotary_score(PairLayout layout, std::span<const double> query, std::span<const double> key,
                    std::span<const double> relative_angles) {
    check_sizes(query, key, relative_angles.size());
    Complex sum = 0.0;
    for (std::size_t n = 0; n < relative_angles.size(); ++n)
        sum += std::conj(pair_of_vector(layout, key, n)) * std::polar(1.0, relative_angles[n]) *
               pair_of_vector(layout, query, n);
    return sum.real();
}

std::vector<double> rotation_partial_sums(std::span<const double> frequencies, double distance) {
    std::vector<double> moduli;
    Complex sum = 0.0;
    for (const double frequency : frequencies) {
        sum += std::polar(1.0, distance * frequency);
        moduli.push_back(std::abs(sum));
    }
    return moduli;
}

double rope_trend(std::span<const double> frequencies, double distance) {
    const std::vector<double> moduli = rotation_partial_sums(frequencies, distance);
    return std::accumulate(moduli.begin(), moduli.end(), 0.0) / static_cast<double>(moduli.size());
}

double rope_score_bound(PairLayout layout, std::span<const double> query, std::span<const double> key,
                        std::span<const double> frequencies, double distance) {
    check_sizes(query, key, frequencies.size());
    double largest_step = 0.0;
    Complex next = 0.0;  // h_P
    for (std::size_t i = frequencies.size(); i-- > 0;) {
        const Complex h = pair_of_vector(layout, query, i) * std::conj(pair_of_vector(layout, key, i));
        largest_step = std::max(largest_step, std::abs(next - h));
        next = h;
    }
    return largest_step * static_cast<double>(frequencies.size()) * rope_trend(frequencies, distance);
}

}  // namespace rotoscope
