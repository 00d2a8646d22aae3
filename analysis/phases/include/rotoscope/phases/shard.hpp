// `rotoscope phases --shard` and `rotoscope merge`: one analysis spread over processes or machines.
//
// A part is a file part-I-of-N.json (schema rotoscope.part/1) of one JSON object:
//
//     schema, version    "rotoscope.part/1", the version that wrote it
//     shard, of          I and N
//     groups             [begin, end): its groups of heads, a key head and the query heads that share it, numbered by
//                        layer, then key head
//     fingerprint        SHA-256 of the member job, as written
//     job                what was asked of which model: options, inputs with their hashes, sizes, frequencies, notes
//     sums               a row for each head: ‖u_n‖², ‖g_n‖², Re c_n, Im c_n of its pairs n = 0 … P − 1, then r
//                        (rope_spectrum.hpp has the quantities)
//     counts             with histograms: for each group a row of its query weights and one of its key weights: below
//                        the range, 256 bins, above it, not a number
//     sha256             of all bytes before the line that it stands on
//
// Numbers are the shortest that read back as the same double; "NaN", "Infinity" and "-Infinity" are strings. What the
// merged Result needs is in every part: neither the checkpoint nor the other machines are asked again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {

/// Part `index` of `count`, from 0.
struct Shard {
    static constexpr std::size_t most = std::size_t{1} << 20;

    std::size_t index = 0;
    std::size_t count = 1;
};

/// What was written.
struct WrittenPart {
    std::filesystem::path file;
    std::size_t groups = 0;      ///< of the part
    std::size_t all_groups = 0;  ///< of the whole
    std::uint64_t bytes = 0;     ///< of weights that the part read
};

/// Analyses one part of a model with fixed RoPE and writes it into `folder`, which is made. The groups of heads are
/// shared out in order, so that each part reads about as many bytes; the plan depends on the job and the number of
/// parts only. Where there are fewer groups than parts some parts have none. Throws as analyse_phases does, Error
/// (usage) for a model with Selective RoPE, Error (output) where the file cannot be written.
WrittenPart write_phases_part(const PhasesOptions& options, Shard shard, const std::filesystem::path& folder,
                              Context& context);

struct MergedPhases {
    Result result;  ///< what analyse_phases would have returned in one piece, to the last bit
    bool hash_inputs = false;
};

/// All parts of one run, in any order. Throws Error (input) for a part that is missing, given twice, damaged, of
/// another run, another number of parts or another version.
[[nodiscard]] MergedPhases merge_phases(const std::vector<std::filesystem::path>& files, Context& context);

}  // namespace rotoscope
