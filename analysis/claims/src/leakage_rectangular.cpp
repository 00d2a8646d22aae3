#include "leakage_parts.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"T", "tokens of the window", ClaimInput::Kind::whole, 4096, 16384, 256, 1048576},
    {"w", "frequency of the rotation, radians per token", ClaimInput::Kind::real, 0.7, 0.7, -3.2, 3.2},
};

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t length = run.inputs.whole("T");
    const std::size_t steps = std::min<std::size_t>(length, 512);
    const double w = run.inputs.real("w");
    const FiguresOfMerit figures = figures_of_merit(parse_window("rectangular"), length);
    const FiguresOfMerit hann = figures_of_merit(parse_window("hann"), length);
    const double n = static_cast<double>(length);
    // |sin πf/(N sin πf/N)| exceeds the continuous |sin πf/πf| by (πf/N)²/6: less than 2e-3 dB here.
    const double sampling = 20.0 / std::numbers::ln10 * std::pow(std::numbers::pi * 1.5 / n, 2) / 6.0;
    const double steps_now = static_cast<double>(steps);
    double dirichlet = 0.0;
    for (int i = 1; i <= 64; ++i) {
        const double delta = (i / 8.0 + 0.03) * 2.0 * std::numbers::pi / steps_now;
        dirichlet = std::max(dirichlet, std::abs(std::abs(exponential_response(1.0, 0.0, delta, steps)) -
                                                 std::abs(std::sin(delta * steps_now / 2.0) / std::sin(delta / 2.0))));
    }
    // ∫_{−1}^{1} sinc² = (2/π)·Si(2π), Si(2π) = 1.41815157613262845.
    const double leakage = 1.0 - 2.0 / std::numbers::pi * 1.41815157613262845;
    return {
        {{Role::statement, "the recurrence answers as the closed form", Relation::equal,
          largest_response_difference(1.0, w, steps), 0.0, response_tolerance(steps),
          "T terms turned up to T times, 6u each, and angles rounded by 4uT: uT(10T + 64)"},
         {Role::statement, "the closed form is the Dirichlet kernel", Relation::equal, dirichlet, 0.0,
          unit_roundoff * steps_now * 160.0, "60u of each of two functions, relative to T, and the angle δT by 40u"},
         {Role::statement, "highest side lobe (dB)", Relation::equal, figures.highest_side_lobe.value().level_db,
          -13.26, half_a_centidecibel + sampling, "the printed digits, and (πf/N)²/6 of sampling"},
         {Role::statement, "noise bandwidth (bins)", Relation::equal, figures.noise_bandwidth, 1.0,
          4.0 * unit_roundoff * n, "N Σw²/(Σw)² of ones"},
         {Role::statement, "leakage factor", Relation::equal, figures.leakage_factor.value(), leakage,
          1e-8 + std::pow(std::numbers::pi / n, 2), "1 − (2/π) Si(2π); sampling changes it by less than (π/N)²"},
         {Role::statement, "fall-off (dB/octave)", Relation::equal, figures.fall_off.value().db_per_octave, -6.02, 0.3,
          "20 log10 2 for 1/f; 0.3 for the fit of the envelope"},
         {Role::control, "Hann's highest side lobe (dB) is the rectangle's", Relation::equal,
          hann.highest_side_lobe.value().level_db, -13.26, half_a_centidecibel + sampling, "as above"}},
        {"rotation without decay hears a tone through a rectangular window: side lobes at −13.26 dB, 9.72 % of the "
         "energy outside the main lobe"}};
}

}  // namespace

Claim leakage_rectangular() {
    return {"leakage.rectangular",
            "Harris 1978",
            "A rotation without decay leaks as a rectangular window",
            "",
            Verdict::holds,
            "its response to a tone is the Dirichlet kernel",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
