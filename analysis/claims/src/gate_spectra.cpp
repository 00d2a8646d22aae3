#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <complex>
#include <numbers>

#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/rotation.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "head dimension, even", ClaimInput::Kind::whole, 16, 64, 2, 256},
    {"T", "tokens", ClaimInput::Kind::whole, 24, 64, 2, 4096},
    {"base", "base of the fixed rotation's frequencies", ClaimInput::Kind::real, 1e4, 1e4, 1, 1e9},
};

using Spectrum = std::vector<std::complex<double>>;

/// A row of Table 3.
struct Transition {
    std::string_view name;
    bool decays, rotates, selective;
};
constexpr std::array rows{
    Transition{"decay, fixed", true, false, false},    Transition{"decay, selective", true, false, true},
    Transition{"rotation, fixed", false, true, false}, Transition{"rotation, selective", false, true, true},
    Transition{"both, fixed", true, true, false},      Transition{"both, selective", true, true, true},
};

/// Eigenvalues of one token's transition matrix, one for each e^{±iφ_n}, and what they should be.
struct TokenSpectrum {
    Spectrum values;
    std::vector<double> gates, angles;
};

TokenSpectrum token_spectrum(const Transition& row, const std::vector<double>& fixed_angles, bool first,
                             const TokenSpectrum& before, Draws& draws) {
    TokenSpectrum token = before;
    const std::size_t pairs = fixed_angles.size();
    if (first || row.selective)
        for (std::size_t n = 0; n < pairs; ++n) {
            token.gates[n] = row.decays ? draws.uniform(0.6, 0.99) : 1.0;
            token.angles[n] = !row.rotates ? 0.0 : row.selective ? draws.uniform(-3.0, 3.0) : fixed_angles[n];
        }
    const auto d = static_cast<Index>(2 * pairs);
    Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(d, d);
    for (Index column = 0; column < d; ++column) {
        const std::span<double> x(matrix.data() + column * d, static_cast<std::size_t>(d));
        rotate_pairs<double>(PairLayout::half_split, x, token.angles);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] *= token.gates[i % pairs];
    }
    const Eigen::VectorXcd values = matrix.eigenvalues();
    token.values.assign(values.begin(), values.end());
    return token;
}

struct Spectra {
    std::vector<TokenSpectrum> tokens;
    double off = 0.0;  ///< largest distance of an expected eigenvalue a e^{±iφ} from the nearest one found

    [[nodiscard]] double largest(double (*measure)(std::complex<double>)) const {
        double value = 0.0;
        for (const TokenSpectrum& token : tokens)
            for (const auto& each : token.values) value = std::max(value, measure(each));
        return value;
    }
    /// The largest distance that the eigenvalues move between two tokens.
    [[nodiscard]] double movement() const {
        double moved = 0.0;
        for (std::size_t t = 1; t < tokens.size(); ++t)
            for (const auto& each : tokens[t].values) moved = std::max(moved, nearest(each, tokens[0].values));
        return moved;
    }
    static double nearest(std::complex<double> value, const Spectrum& others) {
        double least = 1e300;
        for (const auto& other : others) least = std::min(least, std::abs(value - other));
        return least;
    }
};

Spectra measure(const ClaimRun& run, const Transition& row, Draws& draws) {
    const std::vector<double> fixed = rope_frequencies(run.inputs.real("base"), run.inputs.whole("d") / 2 * 2);
    Spectra spectra;
    TokenSpectrum token{{}, std::vector<double>(fixed.size()), std::vector<double>(fixed.size())};
    for (std::size_t t = 0; t < run.inputs.whole("T"); ++t) {
        token = token_spectrum(row, fixed, t == 0, token, draws);
        spectra.tokens.push_back(token);
        for (std::size_t n = 0; n < fixed.size(); ++n)
            for (const double sign : {1.0, -1.0})
                spectra.off = std::max(
                    spectra.off, Spectra::nearest(std::polar(token.gates[n], sign * token.angles[n]), token.values));
    }
    return spectra;
}

/// The eigenvalues of all tokens.
Curve eigenvalues(std::string label, const Spectra& spectra, Color color, Marker marker) {
    std::vector<double> re, im;
    for (const TokenSpectrum& token : spectra.tokens)
        for (const auto& value : token.values) {
            re.push_back(value.real());
            im.push_back(value.imag());
        }
    return make_points(std::move(label), std::move(re), std::move(im), color, marker);
}

Curve unit_circle() {
    std::vector<double> x, y;
    for (int i = 0; i <= 180; ++i) {
        x.push_back(std::cos(i * std::numbers::pi / 90.0));
        y.push_back(std::sin(i * std::numbers::pi / 90.0));
    }
    return make_curve("", x, y, 0, Dash::dotted);
}

Figure draw(const std::array<Spectra, rows.size()>& all) {
    constexpr std::array titles{"decay", "rotation", "both"};  // rows 2i and 2i + 1: fixed and selective
    Figure figure;
    figure.name = "gate_spectra";
    figure.caption =
        "Eigenvalues of a token's state transition in the unit disk, all tokens: decay lies on the positive reals, "
        "rotation on the circle, both inside; fixed gates have one set, selective ones another for every token.";
    figure.columns = 3;
    figure.height = 0.42;
    for (std::size_t i = 0; i < titles.size(); ++i) {
        Panel panel;
        panel.title = titles[i];
        panel.equal_axes = true;
        panel.x = linear_axis("real part");
        panel.y = linear_axis("imaginary part");
        for (Axis* axis : {&panel.x, &panel.y}) {
            axis->minimum = -1.15;
            axis->maximum = 1.15;
            axis->ticks = {{-1.0, "−1"}, {0.0, "0"}, {1.0, "1"}};
        }
        panel.marks.emplace_back(unit_circle());
        panel.marks.emplace_back(eigenvalues("selective", all[2 * i + 1], 6, Marker::circle));
        panel.marks.emplace_back(eigenvalues("fixed", all[2 * i], 0, Marker::cross));
        panel.legend = Legend::above;
        figure.panels.push_back(std::move(panel));
    }
    return figure;
}

double imaginary(std::complex<double> value) { return std::abs(value.imag()); }
double off_circle(std::complex<double> value) { return std::abs(std::abs(value) - 1.0); }
double modulus(std::complex<double> value) { return std::abs(value); }

ClaimOutcome run(const ClaimRun& run) {
    Draws draws(run.seed);
    std::array<Spectra, rows.size()> all;
    double off = 0.0, fixed_movement = 0.0, selective_movement = 1e300;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        all[r] = measure(run, rows[r], draws);
        off = std::max(off, all[r].off);
        if (rows[r].selective) selective_movement = std::min(selective_movement, all[r].movement());
        else fixed_movement = std::max(fixed_movement, all[r].movement());
    }
    const double d = static_cast<double>(run.inputs.whole("d"));
    // The matrices are normal, so an eigenvalue moves by at most the backward error, 10du for the QR algorithm.
    const double tolerance = unit_roundoff * (10.0 * d + 16.0);
    const std::string derivation =
        "normal matrices: an eigenvalue moves by at most the backward error of the QR algorithm, 10du, and 16u";
    return {{{Role::statement, "decay: largest imaginary part", Relation::equal,
              std::max(all[0].largest(imaginary), all[1].largest(imaginary)), 0.0, tolerance, derivation},
             {Role::statement, "rotation: largest distance from the unit circle", Relation::equal,
              std::max(all[2].largest(off_circle), all[3].largest(off_circle)), 0.0, tolerance, derivation},
             {Role::statement, "both: smallest distance inside the unit circle", Relation::at_least,
              1.0 - std::max(all[4].largest(modulus), all[5].largest(modulus)), 0.01, tolerance,
              "gates are drawn below 0.99"},
             {Role::statement, "every a e^{±iφ} is an eigenvalue: largest distance", Relation::equal, off, 0.0,
              tolerance, derivation},
             {Role::statement, "fixed gates: largest movement between tokens", Relation::equal, fixed_movement, 0.0,
              tolerance, derivation},
             {Role::statement, "selective gates: smallest of the largest movements", Relation::at_least,
              selective_movement, 0.001, 0.0, "they depend on the token"},
             {Role::control, "rotation: largest imaginary part", Relation::equal, all[3].largest(imaginary), 0.0,
              tolerance, derivation},
             {Role::control, "both: largest distance from the unit circle", Relation::equal, all[5].largest(off_circle),
              0.0, tolerance, derivation}},
            {},
            {},
            {draw(all)}};
}

}  // namespace

Claim gate_spectra() {
    return {"gate.spectra",
            "Table 3",
            "Decay has eigenvalues on the positive reals, rotation on the unit circle, both in the disk, and selective "
            "gates move them",
            "",
            Verdict::holds,
            "the transition is block-diagonal with eigenvalues a e^{±iφ}",
            false,
            inputs,
            run,
            "gate_spectra"};
}

}  // namespace rotoscope
