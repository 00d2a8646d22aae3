#include "rotoscope/theory/leakage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/fft.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// (24·2^−53)^{1/3}: where the series' remainder falls to 2^−53.
constexpr double series_limit = 1.3860e-5;

/// ln a and what of the quotient depends on a alone.
struct Decay {
    double log;
    double one;           // a
    double one_less_one;  // a − 1
    double all;           // a^T
    double all_less_one;  // a^T − 1
};

/// What depends on δ alone.
struct Detuning {
    double angle;     // −δ in [−π, π]
    SineVersine one;  // of −δ
    SineVersine all;  // of −δT
};

void check_decay(double decay) {
    if (!(decay >= 0.0 && decay <= 1.0)) throw usage_error(fmt::format("a decay of {}; expected 0 to 1", decay));
}

Decay make_decay(double decay, double steps) {
    check_decay(decay);
    const double log = std::log(decay);
    return {log, decay, decay - 1.0, std::exp(log * steps), std::expm1(log * steps)};
}

Detuning make_detuning(Turns detuning, std::uint64_t steps) {
    const double angle = (-detuning).radians();
    return {angle, sine_versine(angle), sine_versine((-(detuning * steps)).radians())};
}

double check_steps(std::uint64_t steps) {
    if (steps > std::uint64_t{1} << 52) throw internal_error(fmt::format("{} steps; expected at most 2^52", steps));
    return static_cast<double>(steps);
}

/// e^{x + iy} − 1 from e^x, e^x − 1 and y: for x ≤ 0 both terms of the real part are ≤ 0 where cos y ≥ 0, and elsewhere
/// their sum e^x cos y − 1 is at most −1.
Complex exponential_less_one(double exponential, double less_one, SineVersine y) {
    return {less_one * (1.0 - y.versine) - y.versine, exponential * y.sine};
}

Complex quotient(Complex a, Complex b) {
    const double scale = 1.0 / (b.real() * b.real() + b.imag() * b.imag());
    return {(a.real() * b.real() + a.imag() * b.imag()) * scale, (a.imag() * b.real() - a.real() * b.imag()) * scale};
}

Complex response(const Decay& a, const Detuning& d, double steps) {
    if (std::abs(a.log) * steps + std::abs(d.angle) * steps < series_limit) {
        const Complex kappa(a.log, d.angle);
        return steps *
               (1.0 + kappa * (0.5 * (steps - 1.0)) + kappa * kappa * ((steps - 1.0) * (2.0 * steps - 1.0) / 12.0));
    }
    return quotient(exponential_less_one(a.all, a.all_less_one, d.all),
                    exponential_less_one(a.one, a.one_less_one, d.one));
}

}  // namespace

Complex exponential_response(double decay, Turns detuning, std::uint64_t steps) {
    const double count = check_steps(steps);
    if (steps == 0) return 0.0;
    return response(make_decay(decay, count), make_detuning(detuning, steps), count);
}

Complex exponential_response(double decay, double frequency, double tone, std::uint64_t steps) {
    return exponential_response(decay, Turns::of_radians(tone) - Turns::of_radians(frequency), steps);
}

std::vector<double> decays_of_channels(const RotationBank& bank, std::span<const double> decays) {
    if (decays.empty() || (decays.size() != 1 && decays.size() != bank.size()))
        throw usage_error(
            fmt::format("{} decays for {} rotations; expected 1 or {}", decays.size(), bank.size(), bank.size()));
    std::ranges::for_each(decays, check_decay);
    std::vector<double> own(bank.size(), decays[0]);
    if (decays.size() > 1) std::ranges::copy(decays, own.begin());
    return own;
}

std::vector<Complex> exponential_responses(const RotationBank& bank, std::span<const double> decays, double tone,
                                           std::uint64_t steps) {
    const auto own = decays_of_channels(bank, decays);
    if (decays.size() == 1) {
        const auto row = exponential_response_sweep(bank, decays, tone, steps);
        return {row.data(), row.data() + row.size()};
    }
    const auto frequencies = bank.turns();
    const Turns heard = Turns::of_radians(tone);
    std::vector<Complex> responses(bank.size());
    for (std::size_t n = 0; n < bank.size(); ++n)
        responses[n] = exponential_response(own[n], heard - frequencies[n], steps);
    return responses;
}

RowMatrix<Complex> exponential_response_sweep(const RotationBank& bank, std::span<const double> decays, double tone,
                                              std::uint64_t steps) {
    const double count = check_steps(steps);
    std::vector<Decay> rows;
    for (const double decay : decays) rows.push_back(make_decay(decay, count));
    const auto frequencies = bank.turns();
    const Turns heard = Turns::of_radians(tone);
    RowMatrix<Complex> responses =
        RowMatrix<Complex>::Zero(static_cast<Eigen::Index>(decays.size()), static_cast<Eigen::Index>(bank.size()));
    if (steps == 0) return responses;
    for (std::size_t n = 0; n < bank.size(); ++n) {
        const Detuning detuning = make_detuning(heard - frequencies[n], steps);
        for (std::size_t row = 0; row < rows.size(); ++row)
            responses(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(n)) =
                response(rows[row], detuning, count);
    }
    return responses;
}

double steady_state_response(double decay, double detuning) {
    if (!(decay >= 0.0 && decay < 1.0))
        throw usage_error(fmt::format("a decay of {}; a steady state needs 0 to less than 1", decay));
    const SineVersine d = make_detuning(Turns::of_radians(detuning), 1).one;
    return 1.0 / std::abs(exponential_less_one(decay, decay - 1.0, d));
}

std::vector<double> gate_window(std::span<const double> gates) {
    std::vector<double> window(gates.size());
    double product = 1.0;
    for (std::size_t l = 0; l < gates.size(); ++l) {
        window[l] = product;
        product *= gates[gates.size() - 1 - l];
    }
    return window;
}

std::vector<Complex> dft_bank_state(std::span<const Complex> inputs, std::size_t channels) {
    if (channels == 0) throw usage_error("a bank of 0 rotations; expected at least 1");
    std::vector<Complex> folded(channels);
    for (std::size_t t = 0; t < inputs.size(); ++t) folded[t % channels] += inputs[t];
    std::vector<Complex> state(channels);
    ForwardFft{channels}(folded, state);
    if (inputs.empty()) return state;
    for (std::size_t n = 0; n < channels; ++n)
        state[n] *= (Turns::of_fraction(n, channels) * (inputs.size() - 1)).unit();
    return state;
}

}  // namespace rotoscope
