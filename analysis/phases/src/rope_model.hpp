// How a model with fixed RoPE turns its queries and keys: head sizes, schedules by layer, where the rows are.
#pragma once

#include "rope_traits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/theory/rope_schedule.hpp"

namespace rotoscope {

// Longer than any; products with it stay exact in double.
inline constexpr std::uint64_t longest_context = std::uint64_t{1} << 40;
// Some 32 times those of the largest heads.
inline constexpr std::size_t most_head_elements = std::size_t{1} << 14;

/// A schedule that some of the layers share.
struct LayerSchedule {
    std::string name;                 ///< "global", "local" where a model has both; else empty
    std::string description;          ///< "base 1e+06, …"
    std::vector<double> frequencies;  ///< at the context [P], radians per token
    double score_scale = 1.0;  ///< of K: attention factor² over the root of the head dimension (or of its stand-in)
};

struct RopeModel {
    std::size_t head_dim = 0;    ///< d
    std::size_t rotary_dim = 0;  ///< the first elements of each head, 2P
    std::uint64_t context = 0;   ///< tokens
    bool context_given = false;  ///< by the user or the configuration
    std::vector<LayerSchedule> schedules;
    std::vector<std::size_t> schedule_of_layer;
    std::vector<std::string> notes;  ///< what the numbers leave out, for the output

    [[nodiscard]] std::size_t pairs() const noexcept { return rotary_dim / 2; }
    [[nodiscard]] const LayerSchedule& schedule(std::size_t layer) const { return schedules[schedule_of_layer[layer]]; }
    /// "base 1e+06, …" of every schedule, with the share of the head that is rotated where that is not all.
    [[nodiscard]] std::string describe_schedules() const;
};

/// The base that the configuration states; nothing where it does not.
[[nodiscard]] std::optional<double> configured_rope_base(const JsonTable& config, const Architecture& architecture);

/// From the configuration; `context` overrides its own. Throws Error (input) for a kind of scaling that is not known
/// (none is assumed), parameters that are missing or out of range, and sizes that contradict each other.
[[nodiscard]] RopeModel read_rope_model(const Checkpoint& checkpoint, const Model& model,
                                        std::optional<std::uint64_t> context);

/// Throws Error (input) that names the tensor where it is of another shape, or not of floating-point type.
void check_shape(const TensorInfo& tensor, const std::vector<std::uint64_t>& expected);

/// Rows of a projection that make up heads: element e of head h is row first + h·stride + e.
struct HeadRows {
    const TensorInfo* weight = nullptr;
    const TensorInfo* bias = nullptr;  ///< null where there is none
    std::size_t first = 0;
    std::size_t stride = 0;

    [[nodiscard]] std::size_t row(std::size_t head, std::size_t element) const {
        return first + head * stride + element;
    }
};

/// What one layer's queries and keys are made of.
struct LayerProjections {
    HeadRows query;
    HeadRows key;
    std::size_t columns = 0;         ///< of the weights: the model dimension
    std::vector<float> gain;         ///< of the input norm [columns]; empty without one
    std::vector<float> offset;       ///< of the input norm [columns]: LayerNorm's bias; empty without one
    std::vector<double> query_gain;  ///< of the head's norm [d]; empty without one
    std::vector<double> key_gain;

    /// Bytes of the weights that one query head or key head has.
    [[nodiscard]] std::uint64_t head_bytes(std::size_t head_dim) const;
};

/// Finds a layer's tensors. Throws Error (input) that names what is missing or of another shape than expected.
[[nodiscard]] LayerProjections find_projections(const Checkpoint& checkpoint, const Model& model, const RopeModel& rope,
                                                std::size_t layer);

}  // namespace rotoscope
