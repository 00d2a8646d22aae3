// Parameters of RoPE in a model's configuration.
#pragma once

#include "rope_traits.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/theory/rope_schedule.hpp"

namespace rotoscope {

/// Looks parameters up in a configuration.
struct RopeParameters {
    const JsonTable& config;

    /// The first of the pointers that leads to something other than null; "" where none does.
    [[nodiscard]] std::string_view find(const KeyChoice& keys) const;
    /// Nothing where there is none. Throws Error (input) for what is not a number, and where several places hold
    /// different ones: a configuration that was edited has an older place beside a newer one, and which of them counts
    /// is for each reader to guess.
    [[nodiscard]] std::optional<double> number(const KeyChoice& keys) const;
    /// Leaves the value as it is where there is none.
    void read(const KeyChoice& keys, double& value) const { value = number(keys).value_or(value); }
    /// Throws Error (input) where there is none that this kind of scaling needs.
    [[nodiscard]] double require(const KeyChoice& keys, std::string_view kind) const;
    [[nodiscard]] std::vector<double> numbers(const KeyChoice& keys) const;
};

/// "default", "linear", "dynamic", "yarn", "llama3", "longrope", "su". Throws Error (input) for another kind.
[[nodiscard]] RopeScaling parse_scaling(std::string_view kind);

/// How config.json stretches a schedule whose base and rotary dimension are set.
void read_scaling(const RopeParameters& parameters, const RopeKeys& keys, RopeSchedule& schedule);

/// How a GGUF file does, by its entries and its tensors of divisors. Throws Error (input) for what llama.cpp reads in a
/// way that is not known here.
void read_gguf_scaling(const RopeParameters& parameters, const Checkpoint& checkpoint, const RopeTraits& traits,
                       RopeSchedule& schedule);

}  // namespace rotoscope
