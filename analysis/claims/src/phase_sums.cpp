#include "rotoscope/claims/phase_sums.hpp"

#include <numbers>
#include <vector>

namespace rotoscope {
namespace {

constexpr double turn = 2.0 * std::numbers::pi;

double sum_sequentially(const NumberFormat& format, std::span<const double> angles) {
    double sum = 0.0;
    for (const double angle : angles) sum = format.add(sum, angle);
    return sum;
}

double sum_pairwise(const NumberFormat& format, std::span<const double> angles) {
    std::vector<double> level(angles.begin(), angles.end());
    for (std::size_t count = level.size(); count > 1; count = (count + 1) / 2) {
        for (std::size_t i = 0; i + 1 < count; i += 2) level[i / 2] = format.add(level[i], level[i + 1]);
        if (count % 2 == 1) level[count / 2] = level[count - 1];
    }
    return level.front();
}

double sum_compensated(const NumberFormat& format, std::span<const double> angles) {
    double sum = 0.0;
    double lost = 0.0;
    for (const double angle : angles) {
        const double term = format.add(angle, -lost);
        const double next = format.add(sum, term);
        lost = format.add(format.add(next, -sum), -term);
        sum = next;
    }
    return sum;
}

double sum_modulo(const NumberFormat& format, std::span<const double> angles) {
    const double rounded_turn = format.round(turn);
    double sum = 0.0;
    for (const double angle : angles) {
        sum = format.add(sum, angle);
        if (sum > std::numbers::pi) sum = format.add(sum, -rounded_turn);
    }
    return sum;
}

double sum_as(const NumberFormat& format, PhaseSum sum, std::span<const double> angles) {
    switch (sum) {
        case PhaseSum::sequential:
            return sum_sequentially(format, angles);
        case PhaseSum::pairwise:
            return sum_pairwise(format, angles);
        case PhaseSum::compensated:
            return sum_compensated(format, angles);
        case PhaseSum::modulo:
            return sum_modulo(format, angles);
    }
    return 0.0;
}

}  // namespace

std::string_view phase_sum_name(PhaseSum sum) noexcept {
    switch (sum) {
        case PhaseSum::sequential:
            return "sequential";
        case PhaseSum::pairwise:
            return "pairwise";
        case PhaseSum::compensated:
            return "compensated";
        case PhaseSum::modulo:
            return "modulo 2π";
    }
    return "";
}

PhaseError measure_phase_error(const NumberFormat& format, PhaseSum sum, std::span<const double> angles) {
    // In long double, with 64 bits, the sum of 2^20 numbers of 24 bits or fewer is exact.
    long double exact = 0.0L;
    long double travelled = 0.0L;
    for (const double angle : angles) {
        exact += static_cast<long double>(angle);
        travelled += exact;
    }
    const double u = format.unit_roundoff();
    const double t = static_cast<double>(angles.size());
    const auto total = static_cast<double>(exact);
    PhaseError result;
    const long double difference = static_cast<long double>(sum_as(format, sum, angles)) - exact;
    result.error = static_cast<double>(
        sum == PhaseSum::modulo ? std::abs(std::remainder(difference, 2.0L * std::numbers::pi_v<long double>))
                                : std::abs(difference));
    switch (sum) {
        case PhaseSum::sequential:
            result.predicted = u * static_cast<double>(travelled);
            break;
        case PhaseSum::pairwise:
            result.predicted = u * std::ceil(std::log2(t)) * total;
            break;
        case PhaseSum::compensated:
            result.predicted = (2.0 * u + t * u * u) * total;
            break;
        case PhaseSum::modulo:
            result.predicted = t * (std::numbers::pi * u + std::abs(format.round(turn) - turn));
            break;
    }
    return result;
}

double predicted_stall(const NumberFormat& format, double angle) {
    return std::exp2(std::ceil(std::log2(format.round(angle)) + format.precision));
}

double measure_stall(const NumberFormat& format, double angle, std::size_t most) {
    const double step = format.round(angle);
    double sum = 0.0;
    for (std::size_t t = 0; t < most; ++t) {
        const double next = format.add(sum, step);
        if (next == sum) return sum;
        sum = next;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace rotoscope
