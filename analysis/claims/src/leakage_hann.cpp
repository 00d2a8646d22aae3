#include "leakage_parts.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"N", "samples of the window", ClaimInput::Kind::whole, 4096, 16384, 256, 1048576},
    {"w", "frequency of the rotation, radians per token", ClaimInput::Kind::real, 0.7, 0.7, -3.2, 3.2},
};

/// Gates whose window is a falling Hann half, w_l = cos²(πl/2N): g_{T−1−l} = w_{l+1}/w_l. Seen from the newest token
/// the whole window of a Hann taper needs a gate above 1 on its rising half, so the half is what gates can make.
double half_hann_difference(std::size_t n, double w, ThreadPool& pool) {
    std::vector<double> gates(n, 1.0), window(n);
    for (std::size_t l = 0; l < n; ++l)
        window[l] = std::pow(std::cos(0.5 * std::numbers::pi * static_cast<double>(l) / static_cast<double>(n)), 2);
    for (std::size_t l = 0; l + 1 < n; ++l) gates[n - 1 - l] = window[l + 1] / window[l];
    const std::vector<double> made = gate_window(gates);
    const RotationBank bank = explicit_bank({w});
    double largest = 0.0;
    for (int i = -16; i <= 16; ++i) {
        const double tone = w + i / 2.0 * 2.0 * std::numbers::pi / static_cast<double>(n);
        std::complex<double> state = 0.0;
        for (std::size_t t = 0; t < n; ++t)
            state = gates[t] * std::polar(1.0, w) * state + std::polar(1.0, tone * static_cast<double>(t));
        largest =
            std::max(largest, std::abs(std::abs(state) - std::abs(window_responses(pool, made, bank, tone).values[0])));
    }
    return largest;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t length = run.inputs.whole("N");
    const double n = static_cast<double>(length);
    const FiguresOfMerit figures = figures_of_merit(parse_window("hann"), length);
    const FiguresOfMerit hamming = figures_of_merit(parse_window("hamming"), length);
    const FiguresOfMerit rectangle = figures_of_merit(parse_window("rectangular"), length);
    const std::size_t steps = std::min<std::size_t>(length, 512);
    const double sampling = 20.0 / std::numbers::ln10 * std::pow(std::numbers::pi * 2.5 / n, 2);
    return {{{Role::statement, "the recurrence with the gates of a Hann half answers as its window", Relation::equal,
              half_hann_difference(steps, run.inputs.real("w"), run.pool), 0.0, 2.0 * response_tolerance(steps),
              "as for a constant gate, uT(10T + 64), twice for quotient and product"},
             {Role::statement, "highest side lobe (dB)", Relation::equal, figures.highest_side_lobe.value().level_db,
              -31.47, half_a_centidecibel + sampling, "the printed digits, and sampling"},
             {Role::statement, "noise bandwidth (bins)", Relation::equal, figures.noise_bandwidth, 1.5,
              8.0 * unit_roundoff * n, "N Σw²/(Σw)² = 1.5 exactly"},
             {Role::statement, "fall-off (dB/octave)", Relation::equal, figures.fall_off.value().db_per_octave, -18.06,
              0.3, "1/f³; 0.3 for the fit of the envelope"},
             {Role::statement, "leakage factor (%)", Relation::equal, 100.0 * figures.leakage_factor.value(), 0.0514,
              0.00005 + 1.0 / (n * n), "the printed digits"},
             {Role::statement, "its leakage factor over the rectangle's", Relation::at_most,
              figures.leakage_factor.value() / rectangle.leakage_factor.value(), 0.01, 0.0,
              "less than a hundredth: what a taper buys"},
             {Role::control, "Hamming's highest side lobe (dB) is Hann's", Relation::equal,
              hamming.highest_side_lobe.value().level_db, -31.47, half_a_centidecibel + sampling, "as above"}},
            {"gates of at most 1 can make a window that falls with age, as half a Hann; not one that rises again"}};
}

}  // namespace

Claim leakage_hann() {
    return {"leakage.hann",
            "Harris 1978",
            "A Hann window leaks far less than a rectangle",
            "",
            Verdict::holds,
            "its side lobes fall as 1/f³ from −31.47 dB",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
