// Tables of attention errors.
#pragma once

#include "error_study.hpp"

#include <vector>

#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// One row for each kind of features and number of frequencies.
[[nodiscard]] Table error_table(const RffOptions& options, const ErrorResults& results);
/// One row for each kind, count and seed.
[[nodiscard]] Table seed_table(const RffOptions& options, const ErrorResults& results);
/// One row for each kind.
[[nodiscard]] Table slope_table(const RffOptions& options, const ErrorResults& results);
/// One row for each kind and norm.
[[nodiscard]] Table norm_table(const RffOptions& options, const std::vector<ErrorResults>& results);

/// For the terminal: output errors by kind and count; all errors at the largest count; output errors by norm.
[[nodiscard]] Table terminal_error_table(const RffOptions& options, const ErrorResults& results);
[[nodiscard]] Table terminal_largest_table(const RffOptions& options, const ErrorResults& results);
[[nodiscard]] Table terminal_norm_table(const RffOptions& options, const std::vector<ErrorResults>& results);

}  // namespace rotoscope
