// Kinds of random features by name: KIND:DRAWS, as in trig:orthogonal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/theory/attention_errors.hpp"

namespace rotoscope {

/// "trig", "offset", "positive", "hyperbolic" or "oprf" and, unless the draws are independent, ":orthogonal",
/// ":hadamard" or ":sobol".
[[nodiscard]] std::string feature_name(const FeatureSeries& series);

/// The kind of features of that name, "trig" as above.
[[nodiscard]] std::string_view kind_name(FeatureKind kind);

/// Kinds from a list of names separated by commas. A kind alone, or with ":iid", has independent draws; draws alone
/// mean trigonometric features; "all" is every kind with independent and with orthogonal draws. Throws Error (usage)
/// for a name that there is not, with the nearest one, and for one that comes twice.
[[nodiscard]] std::vector<FeatureSeries> parse_features(std::string_view list);

}  // namespace rotoscope
