#include "cosine_sums.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace rotoscope::detail {

using std::numbers::pi;

double cosine_sum(std::span<const double> terms, double u) {
    const double c = std::cos(pi * u);
    double b1 = 0.0;
    double b2 = 0.0;
    for (std::size_t k = terms.size(); k-- > 1;) {
        const double b0 = terms[k] + 2.0 * c * b1 - b2;
        b2 = b1;
        b1 = b0;
    }
    return terms[0] + c * b1 - b2;
}

double cosine_sum_tail(std::span<const double> terms, double f) {
    constexpr std::size_t moments = 8;  // the ninth is below (K/f)¹⁶: 1e-16 at f = 100 for K = 10 terms
    const double inverse_square = 1.0 / (f * f);
    std::array<double, moments> moment{};
    std::array<double, moments> magnitude{};
    for (std::size_t k = 0; k < terms.size(); ++k) {
        double term = k % 2 == 0 ? terms[k] : -terms[k];
        for (std::size_t m = 0; m < moments; ++m) {
            moment[m] += term;
            magnitude[m] += std::abs(term);
            term *= static_cast<double>(k * k);
        }
    }
    const double rounding = 2.0 * static_cast<double>(terms.size()) * std::numeric_limits<double>::epsilon();
    double sum = 0.0;
    double power = 1.0 / f;
    for (std::size_t m = 0; m < moments; ++m) {
        if (std::abs(moment[m]) > rounding * magnitude[m]) sum += moment[m] * power;
        power *= inverse_square;
    }
    return sum * std::sin(pi * f);
}

std::vector<double> general_cosine_terms(const WindowArguments& arguments) {
    std::vector<double> terms(arguments.size());
    for (std::size_t k = 0; k < terms.size(); ++k) terms[k] = arguments[k];
    return terms;
}

std::vector<double> general_hamming_terms(const WindowArguments& arguments) {
    return {arguments[0], 1.0 - arguments[0]};
}

std::vector<double> taylor_terms(const WindowArguments& arguments) {
    const double nbar = arguments[0];
    const double a = std::acosh(std::pow(10.0, arguments[1] / 20.0)) / pi;
    const double sigma_squared = nbar * nbar / (a * a + (nbar - 0.5) * (nbar - 0.5));
    std::vector<double> terms{1.0};
    for (double m = 1.0; m < nbar; ++m) {
        double numerator = std::fmod(m, 2.0) == 1.0 ? 1.0 : -1.0;
        double denominator = 1.0;
        for (double i = 1.0; i < nbar; ++i) {
            numerator *= 1.0 - m * m / sigma_squared / (a * a + (i - 0.5) * (i - 0.5));
            if (i != m) denominator *= 1.0 - m * m / (i * i);
        }
        terms.push_back(numerator / denominator);  // twice F_m = numerator / (2 denominator)
    }
    return terms;
}

}  // namespace rotoscope::detail
