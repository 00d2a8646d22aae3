// One pass over the query and key rows of a group of heads, in bounded memory: what all figures of fixed RoPE come
// from.
#pragma once

#include "pair_sums.hpp"
#include "rope_model.hpp"

#include <complex>
#include <optional>
#include <span>
#include <vector>

namespace rotoscope {

/// Of one pair of one head, in the notation of rope_spectrum.hpp; biases are in the coupling, not in the norms.
struct PairSums {
    double query_energy = 0.0;  ///< ‖u_n‖²
    double key_energy = 0.0;    ///< ‖g_n‖²
    std::complex<double> coupling;
};

struct HeadSums {
    std::vector<PairSums> pairs;  ///< [P]
    double unrotated = 0.0;       ///< r
};

/// A key head with the query heads that share it and are asked for: what is computed, and sharded, as a whole.
struct HeadGroup {
    std::size_t layer = 0;
    std::size_t key_head = 0;
    std::vector<std::size_t> heads;  ///< ascending
};

struct GroupSums {
    std::vector<HeadSums> heads;                     ///< as in HeadGroup
    std::optional<WeightHistogram> query_histogram;  ///< of the weights as stored
    std::optional<WeightHistogram> key_histogram;
};

/// Reads the rows of groups of one layer, ascending. histogram_limit: the range of the histograms; none: no histograms.
/// Takes about a megabyte beside the result and the mapped rows. Throws Error (input) for what cannot be read.
[[nodiscard]] std::vector<GroupSums> sum_groups(const Checkpoint& checkpoint, const RopeModel& rope, PairLayout layout,
                                                const LayerProjections& layer, std::span<const HeadGroup> groups,
                                                std::optional<double> histogram_limit);

}  // namespace rotoscope
