// Optimal temperatures of a pair of unit vectors (Theorem 1), and the spectra of Figure 2.
#pragma once

#include <vector>

#include "rotoscope/rff/rff.hpp"
#include "rotoscope/theory/feature_temperature.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace rotoscope {

struct TemperatureMinimum {
    double angle = 0.0;  ///< radians
    FeatureProduct product = FeatureProduct::conjugated;
    double count = 0.0;        ///< D; infinite for the limit
    double temperature = 0.0;  ///< σ that minimises the error
    double least = 0.0;        ///< error there
    double at_one = 0.0;       ///< error at σ = 1
};

/// Mean squared errors at one angle, product and D over σ, in closed form and, at fewer σ, simulated.
struct TemperatureCurve {
    double angle = 0.0;
    FeatureProduct product = FeatureProduct::conjugated;
    Index count = 0;
    std::vector<double> sigma;
    std::vector<double> expected;
    std::vector<double> simulated_sigma;
    std::vector<Estimate> simulated;
};

struct TemperatureResults {
    Index dimension = 0;
    Index repeats = 0;
    std::vector<TemperatureMinimum> minima;  ///< 30, 60, … 150 degrees; D = 1, 16, the counts, and the limit
    std::vector<TemperatureCurve> curves;    ///< the same angles at D = 16
};

[[nodiscard]] TemperatureResults study_temperature(const RffOptions& options, Index dimension, Context& context);

/// Temperatures of P pairs: RoPE's ε^(2n/d) and rfa's tan(φ/2), φ evenly spaced up to (1 − ε)π, the largest 1; n = 0 …
/// P − 1, RoPE's descending and rfa's ascending.
struct Spectra {
    double epsilon = 0.0;
    std::vector<double> rope;
    std::vector<double> rfa;
    SpectrumDistance distance;       ///< of the two
    SpectrumDistance code_distance;  ///< of rfa's from RoPE's at the base 500000 of the paper's code
};

struct SpectraResults {
    std::vector<Spectra> chosen;  ///< of the epsilons asked for
    std::vector<Spectra> swept;   ///< from 1e-7 to 0.5
};

/// Throws Error (usage) where d is odd or an ε is outside (0, 1).
[[nodiscard]] SpectraResults study_spectra(const RffOptions& options, Index dimension);

}  // namespace rotoscope
