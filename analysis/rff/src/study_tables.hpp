// Tables of the kernel, temperature, spectra and rotation studies.
#pragma once

#include "kernel_study.hpp"
#include "rotation_study.hpp"
#include "temperature_study.hpp"

#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// One row for each kind of features and angle.
[[nodiscard]] Table kernel_table(const RffOptions& options, const KernelResults& results);
/// One row for each product, angle and D.
[[nodiscard]] Table temperature_minimum_table(const TemperatureResults& results);
/// One row for each product, angle and σ.
[[nodiscard]] Table temperature_error_table(const TemperatureResults& results);
/// One row for each ε and pair.
[[nodiscard]] Table spectrum_table(const SpectraResults& results);
/// One row for each ε: those asked for, then the sweep.
[[nodiscard]] Table spectrum_distance_table(const SpectraResults& results);
/// One row for each kind of rotation and channel, and one for all channels together.
[[nodiscard]] Table rotation_table(const RotationResults& results);
/// With and without the real factor.
[[nodiscard]] Table recurrence_table(const RotationResults& results);

/// Short forms for the terminal.
[[nodiscard]] Table terminal_kernel_table(const RffOptions& options, const KernelResults& results);
[[nodiscard]] Table terminal_temperature_table(const TemperatureResults& results);
[[nodiscard]] Table terminal_spectrum_table(const SpectraResults& results);
[[nodiscard]] Table terminal_rotation_table(const RotationResults& results);

/// The largest |simulated − expected| of mean and variance in standard errors; nothing without a closed form or with
/// heavy tails.
[[nodiscard]] std::optional<double> largest_deviation(const FeatureSeries& series,
                                                      const std::vector<KernelPoint>& points);

}  // namespace rotoscope
