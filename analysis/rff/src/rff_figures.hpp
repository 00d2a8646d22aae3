// Figures of `rotoscope rff`.
#pragma once

#include "error_study.hpp"
#include "kernel_study.hpp"
#include "matrix_study.hpp"
#include "rotation_study.hpp"
#include "temperature_study.hpp"

#include <string>
#include <vector>

namespace rotoscope {

/// Errors against D, log-log: bands over the seeds, the closed form of the first order, fitted slopes.
[[nodiscard]] Figure error_figure(const RffOptions& options, const ErrorResults& results, const std::string& note);
/// Output errors and unreliable rows against the norm.
[[nodiscard]] Figure norm_figure(const RffOptions& options, const std::vector<ErrorResults>& results,
                                 const std::string& note);
/// Variance against the angle, closed form and simulated.
[[nodiscard]] Figure kernel_figure(const RffOptions& options, const KernelResults& results);
/// Exact, estimated, difference: one figure for each kind, of this name.
[[nodiscard]] std::string matrix_figure_name(const FeatureSeries& series);
[[nodiscard]] std::vector<Figure> matrix_figures(const MatrixResults& results, const std::string& note);
/// Error against σ with the minimisers, for both products.
[[nodiscard]] Figure temperature_figure(const TemperatureResults& results);
/// Figure 2 of arXiv 2511.17388, and its distance against ε.
[[nodiscard]] Figure spectrum_figure(const SpectraResults& results, Index dimension);
/// Implicit against learned rotations.
[[nodiscard]] Figure rotation_figure(const RffOptions& options, const RotationResults& results,
                                     const std::string& note);

}  // namespace rotoscope
