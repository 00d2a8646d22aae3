#include "rotoscope/theory/selective_response.hpp"

#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// Σ_{τ≤t} e^{i(Φ_t − Φ_τ)} (Π_{τ<κ≤t} a_κ) e^{iw'τ}, term by term, the phases in long double.
Complex direct(std::span<const double> angles, std::span<const double> gates, double tone, std::size_t t) {
    std::complex<long double> sum = 0.0L;
    long double weight = 1.0L;
    long double phase = 0.0L;
    for (std::size_t tau = t + 1; tau-- > 0;) {
        sum += weight * std::polar(1.0L, phase + static_cast<long double>(tone) * static_cast<long double>(tau));
        weight *= static_cast<long double>(gates[tau]);
        phase += static_cast<long double>(angles[tau]);
    }
    return {static_cast<double>(sum.real()), static_cast<double>(sum.imag())};
}

/// The documented bound, of the largest response there can be.
double bound(std::span<const double> gates, std::size_t t) {
    double total = 0.0;
    double weight = 1.0;
    for (std::size_t tau = t + 1; tau-- > 0; weight *= gates[tau]) total += weight;
    return (0x1p-52 * static_cast<double>(t + 1) + 1e-13) * total;
}

TEST(SelectiveResponses, AreTheSumAtEveryStep) {
    const std::size_t length = 260;  // past four restarts of the carriers
    const RotationBank tones = parse_rotation_bank("linear:21:-3:3");
    const auto angles = test::random_numbers(length, -2.0, 2.0, 1);
    for (const double lowest_gate : {0.0, 0.9, 1.0}) {
        const auto gates = test::random_numbers(length, lowest_gate, 1.0, 2);
        const auto found = selective_responses(angles, gates, tones);
        ASSERT_EQ(found.rows(), static_cast<Eigen::Index>(length));
        for (std::size_t t = 0; t < length; ++t)
            for (std::size_t n = 0; n < tones.size(); ++n)
                ASSERT_LE(std::abs(found(static_cast<Eigen::Index>(t), static_cast<Eigen::Index>(n)) -
                                   direct(angles, gates, tones.frequencies[n], t)),
                          bound(gates, t))
                    << t << ' ' << n;
    }
}

// With constant angle and gate the channel is a fixed rotation: s_T = e^{iw't} H(w' − w) after t + 1 = T tokens.
TEST(SelectiveResponses, OfAConstantRotationAreTheClosedForm) {
    const std::size_t length = 20000;
    const RotationBank tones = explicit_bank({0.3, 0.31, -1.0, 0.3001});
    for (const double decay : {1.0, 0.999}) {
        SelectiveResponse channel(tones);
        for (std::size_t t = 0; t < length; ++t) channel.add(0.3, decay);
        std::vector<Complex> states(tones.size());
        channel.states(states);
        const std::vector<double> gates(length, decay);
        for (std::size_t n = 0; n < tones.size(); ++n) {
            const double tone = tones.frequencies[n];
            const Complex expected =
                test::exact_phasor(tone, length - 1.0) * exponential_response(decay, 0.3, tone, length);
            EXPECT_LE(std::abs(states[n] - expected), bound(gates, length - 1)) << n;
        }
    }
}

TEST(SelectiveResponses, RefuseArraysThatDisagree) {
    const RotationBank tones = explicit_bank({0.3, 0.31});
    EXPECT_THROW((void)selective_responses(std::vector<double>{1.0}, {}, tones), Error);
    SelectiveResponse channel(tones);
    EXPECT_THROW(channel.add(INFINITY, 1.0), Error);
    std::vector<Complex> one(1);
    EXPECT_THROW(channel.states(one), Error);
}

TEST(Spectrogram, IsTheRecurrencesModulusAtEveryStride) {
    const std::size_t length = 200;
    const auto signal = test::random_signal(length, 3);
    const RotationBank bank = parse_rotation_bank("rope:24:100");
    const auto own = test::random_numbers(bank.size(), 0.5, 1.0, 4);
    for (const std::vector<double>& decays : {own, std::vector<double>{0.95}})
        for (const std::size_t stride : {1U, 7U, 200U, 201U}) {
            const auto found = spectrogram(signal, bank, decays, stride);
            ASSERT_EQ(found.rows(), static_cast<Eigen::Index>(length / stride));
            for (std::size_t n = 0; n < bank.size(); ++n) {
                const double decay = decays[decays.size() == 1 ? 0 : n];
                const auto turn =
                    std::polar(static_cast<long double>(decay), static_cast<long double>(bank.frequencies[n]));
                std::complex<long double> state = 0.0L;
                for (std::size_t t = 0; t < length; ++t) {
                    state = turn * state + std::complex<long double>(signal[t].real(), signal[t].imag());
                    if ((t + 1) % stride != 0) continue;
                    const auto row = static_cast<Eigen::Index>((t + 1) / stride - 1);
                    // (200·2^−52 + 1e-13) Σ|v|.
                    ASSERT_NEAR(found(row, static_cast<Eigen::Index>(n)), static_cast<double>(std::abs(state)),
                                1.5e-13 * test::absolute_sum(signal))
                        << t << ' ' << n;
                }
            }
        }
    EXPECT_THROW((void)spectrogram(signal, bank, own, 0), Error);
    EXPECT_THROW((void)spectrogram(signal, bank, std::vector<double>(5, 0.5)), Error);
}

// The last row of a DFT bank without decay is |the folded DFT| (A.4).
TEST(Spectrogram, OfADftBankEndsInTheFoldedDft) {
    const auto signal = test::random_signal(1000, 5);
    const auto moduli = spectrogram(signal, dft_bank(96), std::vector<double>{1.0}, 1000);
    const auto state = dft_bank_state(signal, 96);
    for (std::size_t n = 0; n < state.size(); ++n)
        EXPECT_NEAR(moduli(0, static_cast<Eigen::Index>(n)), std::abs(state[n]),
                    (1000.0 * 0x1p-52 + 1e-13) * test::absolute_sum(signal));
}

}  // namespace
}  // namespace rotoscope
