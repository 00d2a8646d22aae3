// How decay and rotation encode the distance between two tokens: the paper's Figure 1.
#pragma once

#include <cstdint>
#include <vector>

#include "rotoscope/core/figure.hpp"
#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// Of one channel of one sequence of tokens, the newest of which is t: element l is for τ = t − l, l = 0 … T.
///   gate       Π_{τ<κ≤t} a_κ             falls, by what was read on the way
///   rope       cos(w (t − τ))            the same for every sequence
///   selective  cos(Σ_{τ<κ≤t} φ_κ)        oscillates, by what was read on the way
///   both       gate · selective = Re Π_{τ<κ≤t} a_κ e^{iφ_κ}
struct DistanceEncoding {
    std::vector<double> gate, rope, selective, both;
};

/// Two sequences of `tokens` T tokens drawn with the seed: gates a_κ uniform on (0.9, 1), angles φ_κ uniform on (0,
/// 2w), so that Selective RoPE turns as fast as RoPE on average; w = 2π/16 radians per token.
[[nodiscard]] std::vector<DistanceEncoding> encode_distances(std::size_t tokens, std::uint64_t seed);

[[nodiscard]] Table distance_table(const std::vector<DistanceEncoding>& sequences);
[[nodiscard]] Figure distance_figure(const std::vector<DistanceEncoding>& sequences);

}  // namespace rotoscope
