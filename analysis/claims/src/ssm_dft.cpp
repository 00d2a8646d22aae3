#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <algorithm>
#include <array>
#include <complex>
#include <numbers>

#include "rotoscope/numerics/fft.hpp"
#include "rotoscope/theory/frequency_response.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;
using Signal = std::vector<Complex>;

constexpr ClaimInput inputs[] = {
    {"N", "rotations by 2πn/N", ClaimInput::Kind::whole, 64, 1024, 2, 65536},
    {"turns", "the longest input is this many times N, and a third", ClaimInput::Kind::whole, 3, 7, 1, 1000},
};

/// s_t = e^{iw_n} s_{t−1} + v_t as it reads, s = 0 before v_0.
Signal recur(const Signal& v, std::size_t n) {
    Signal state(n);
    for (const Complex value : v)
        for (std::size_t k = 0; k < n; ++k)
            state[k] =
                std::polar(1.0, 2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n)) * state[k] +
                value;
    return state;
}

/// The FFT of the first N inputs, with what comes after folded onto them, or left out.
Signal transform(const Signal& v, std::size_t n, bool fold) {
    Signal folded(n), spectrum(n);
    for (std::size_t t = 0; t < (fold ? v.size() : std::min(n, v.size())); ++t) folded[t % n] += v[t];
    const ForwardFft fft(n);
    fft(folded, spectrum);
    return spectrum;
}

/// Largest | |a| − |b| |.
double moduli_difference(const Signal& a, const Signal& b) {
    double largest = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) largest = std::max(largest, std::abs(std::abs(a[k]) - std::abs(b[k])));
    return largest;
}

double difference(const Signal& a, const Signal& b) {
    double largest = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) largest = std::max(largest, std::abs(a[k] - b[k]));
    return largest;
}

/// Rotating by −w_n, that is conjugating twice: the DFT of the input counted backwards from the newest token.
double backwards_difference(const Signal& v, std::size_t n) {
    Signal conjugated = v;
    for (Complex& value : conjugated) value = std::conj(value);
    Signal state = dft_bank_state(conjugated, n);
    for (Complex& value : state) value = std::conj(value);
    return difference(state, transform(Signal(v.rbegin(), v.rend()), n, true));
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t n = run.inputs.whole("N");
    const std::array lengths{n - n / 3, n, run.inputs.whole("turns") * n + n / 3};
    Draws draws(run.seed);
    const RotationBank bank = dft_bank(n);
    double recurrence = 0.0, library = 0.0, moduli = 0.0, backwards = 0.0, magnitude = 0.0, unfolded = 0.0, phase = 0.0;
    for (const std::size_t length : lengths) {
        Signal v(length);
        double total = 0.0;
        const std::vector<double> parts = draws.normals(2 * length);
        for (std::size_t t = 0; t < length; ++t) total += std::abs(v[t] = {parts[2 * t], parts[2 * t + 1]});
        const Signal truth = recur(v, n);
        const Signal state = dft_bank_state(v, n);
        const std::array one{1.0};
        recurrence = std::max(recurrence, difference(state, truth));
        library = std::max(library, difference(state, bank_state(run.pool, v, bank, one)));
        moduli = std::max(moduli, moduli_difference(truth, transform(v, n, true)));
        backwards = std::max(backwards, backwards_difference(v, n));
        unfolded = std::max(unfolded, moduli_difference(truth, transform(v, n, false)));
        phase = std::max(phase, difference(truth, transform(v, n, true)));
        magnitude = std::max(magnitude, total);
    }
    const double longest = static_cast<double>(lengths.back());
    const double tolerance = unit_roundoff * magnitude * (10.0 * longest + 64.0);
    const std::string derivation =
        "relative to Σ|v|: T steps of a rotation whose angle (up to 2π, 3u), sine and product round: 10u each, and 64u "
        "for the transform";
    return {
        {{Role::statement, "the recurrence is the phase e^{iw(t−1)} times the folded DFT", Relation::equal, recurrence,
          0.0, tolerance, derivation},
         {Role::statement, "the same with exact phases", Relation::equal, library, 0.0,
          unit_roundoff * magnitude * (longest + 128.0), "relative to Σ|v|: a sum of T terms and 128u"},
         {Role::statement, "moduli are those of the folded DFT", Relation::equal, moduli, 0.0, tolerance, derivation},
         {Role::statement, "rotation by −w: the DFT counted backwards from the newest token", Relation::equal,
          backwards, 0.0, unit_roundoff * magnitude * 128.0, "relative to Σ|v|: 128u for two transforms"},
         {Role::control, "for t > N what comes after token N − 1 does not count", Relation::equal, unfolded, 0.0,
          tolerance, derivation},
         {Role::control, "the state is the folded DFT without a phase", Relation::equal, phase, 0.0, tolerance,
          derivation}},
        {"for t > N the inputs alias in time: N rotations hold N numbers"}};
}

}  // namespace

Claim ssm_dft() {
    return {
        "ssm.dft", "A.4",          "A state of N rotations by 2πn/N is the N-point DFT of its inputs, up to a phase",
        "",        Verdict::holds, "the state is a geometric sum; beyond N tokens the input is folded modulo N",
        false,     inputs,         run};
}

}  // namespace rotoscope
