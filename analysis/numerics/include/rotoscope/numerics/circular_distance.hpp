// How far apart angles, and distributions of angles, are on the circle.
#pragma once

#include <span>

namespace rotoscope {

/// to − from modulo 2π, in [−π, π] (radians): the shorter way round. Within an ulp of `to − from` as it rounds; NaN
/// where either is not finite.
[[nodiscard]] double circular_difference(double from, double to) noexcept;

/// The circular Wasserstein-1 distance of two samples of angles, radians in [0, π]: how far their masses have to be
/// moved on average, each the shorter way round. With F and G the samples' distribution functions over [0, 2π),
///
///     W1 = min_α ∫ |F(θ) − G(θ) − α| dθ,
///
/// where the minimum is at the median of F − G (Rabin, Delon & Gousseau 2011, Transportation distances on the circle,
/// 10.1007/s10851-011-0284-0, section 3; Cabrelli & Molter 1995, 10.1016/0377-0427(93)E0213-6). A sample turned by δ is
/// |δ| away as long as no mass is nearer the other way round. Exactly 0 for equal samples; in O(N log N) for N angles
/// together, to about N ε π, ε = 2^−53. NaN where a sample is empty or has an angle that is not finite.
[[nodiscard]] double circular_transport(std::span<const double> a, std::span<const double> b);

}  // namespace rotoscope
