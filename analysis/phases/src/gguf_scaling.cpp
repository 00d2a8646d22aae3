// How llama.cpp stretches the schedule of a GGUF file: src/llama-model.cpp (load_hparams, get_rope_factors),
// src/llama-context.cpp, and ggml_rope_cache_init and rope_yarn of ggml/src/ggml-cpu/ops.cpp.
#include "rope_model.hpp"
#include "rope_parameters.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// A parameter that other families' code reads; a value that changes nothing is let pass.
struct UnknownParameter {
    std::string_view key;
    double neutral;
};
constexpr std::array unknown_parameters{
    UnknownParameter{"/rope.scaling.alpha", 0.0},
    UnknownParameter{"/rope.scaling.yarn_ext_factor", 1.0},
    UnknownParameter{"/rope.scaling.yarn_attn_factor", 1.0},
    UnknownParameter{"/rope.scaling.yarn_log_multiplier", 0.0},
};

[[noreturn]] void refuse(std::string_view what) { throw input_error(fmt::format("{} is not known", what)); }

void refuse_unknown(const RopeParameters& parameters, const RopeTraits& traits, double base) {
    for (const UnknownParameter& each : unknown_parameters)
        if (parameters.number({each.key}).value_or(each.neutral) != each.neutral)
            refuse(fmt::format("what {} does to this architecture", quote(each.key.substr(1))));
    if (traits.local_pattern == 0 && parameters.number(traits.keys->local_base).value_or(base) != base)
        refuse("which layers of this architecture have 'rope.freq_base_swa'");
}

/// A number for each pair; empty without the tensor.
std::vector<double> read_divisors(const Checkpoint& checkpoint, std::string_view name, std::size_t pairs) {
    const TensorInfo* const tensor = checkpoint.find(name);
    if (tensor == nullptr) return {};
    check_shape(*tensor, {pairs});
    return checkpoint.read_all<double>(*tensor);
}

std::string scaling_kind(const RopeParameters& parameters, const RopeKeys& keys) {
    const std::string_view key = parameters.find(keys.scaling_kind);
    if (key.empty()) return "";
    const auto kind = parameters.config.string(key);
    if (!kind || (*kind != "none" && *kind != "linear" && *kind != "yarn" && *kind != "longrope"))
        throw input_error(fmt::format("RoPE scaling {} is not known; expected none, linear, yarn or longrope",
                                      quote(kind.value_or(""))));
    return *kind;
}

/// Which of the two a model takes depends on its context only; the attention factor is what the file says.
void read_longrope(const RopeParameters& parameters, const RopeKeys& keys, std::string_view kind,
                   RopeSchedule& schedule) {
    if ((!kind.empty() && kind != "longrope") || schedule.factor != 1.0 || !schedule.divisors.empty())
        refuse(fmt::format("RoPE scaling {} by {} beside factors for short and long contexts", quote(kind),
                           format_shortest(schedule.factor)));
    schedule.scaling = RopeScaling::longrope;
    const double ratio = parameters.number(keys.context).value_or(0.0) / schedule.original_context;
    if (ratio > 1.0) schedule.factor = ratio;
    schedule.attention_factor = parameters.number(keys.attention_factor).value_or(1.0);
}

void read_yarn(const RopeParameters& parameters, const RopeKeys& keys, RopeSchedule& schedule) {
    if (parameters.find(keys.factor).empty())
        throw input_error("the configuration has no 'rope.scaling.factor', which RoPE scaling 'yarn' needs");
    schedule.scaling = RopeScaling::yarn;
    parameters.read(keys.beta_fast, schedule.beta_fast);
    parameters.read(keys.beta_slow, schedule.beta_slow);
    // A factor of the file multiplies YaRN's own.
    if (const auto factor = parameters.number(keys.attention_factor))
        schedule.attention_factor = *factor * (schedule.factor > 1.0 ? 0.1 * std::log(schedule.factor) + 1.0 : 1.0);
}

}  // namespace

void read_gguf_scaling(const RopeParameters& parameters, const Checkpoint& checkpoint, const RopeTraits& traits,
                       RopeSchedule& schedule) {
    const RopeKeys& keys = *traits.keys;
    const std::size_t pairs = schedule.rotary_dim / 2;
    refuse_unknown(parameters, traits, schedule.base);
    const std::string kind = scaling_kind(parameters, keys);
    // Without a kind it is linear; a factor of 0 stands for none.
    if (kind != "none") parameters.read(keys.factor, schedule.factor);
    if (schedule.factor == 0.0) schedule.factor = 1.0;
    schedule.original_context =
        parameters.number(keys.original_context).value_or(parameters.number(keys.context).value_or(0.0));
    schedule.divisors = read_divisors(checkpoint, "rope_freqs.weight", pairs);
    schedule.short_factors = read_divisors(checkpoint, "rope_factors_short.weight", pairs);
    schedule.long_factors = read_divisors(checkpoint, "rope_factors_long.weight", pairs);
    if (kind == "longrope" || !schedule.short_factors.empty() || !schedule.long_factors.empty()) {
        read_longrope(parameters, keys, kind, schedule);
        return;
    }
    if (kind == "yarn") read_yarn(parameters, keys, schedule);
    else if (schedule.factor != 1.0) schedule.scaling = RopeScaling::linear;
    if (!schedule.divisors.empty() && schedule.scaling != RopeScaling::none)
        refuse(fmt::format("RoPE scaling by {} beside 'rope_freqs.weight'", format_shortest(schedule.factor)));
    if (!schedule.divisors.empty()) schedule.scaling = RopeScaling::divided;
    if (schedule.scaling != RopeScaling::yarn && parameters.number(keys.attention_factor).value_or(1.0) != 1.0)
        refuse("'rope.scaling.attn_factor' without YaRN or LongRoPE");
}

}  // namespace rotoscope
