#include "rope_model.hpp"

#include "rope_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// Where neither configuration nor option says how long sequences are.
constexpr std::uint64_t assumed_context = 4096;

/// Whether an entry of the configuration's list of layers is a local one.
bool is_local(const JsonEntry& type) {
    if (type.kind == JsonKind::boolean) return type.number != 0.0;
    if (type.kind != JsonKind::string)
        throw input_error("the configuration's list of layer types holds neither names nor truth values");
    if (type.text != "sliding_attention" && type.text != "full_attention")
        throw input_error(
            fmt::format("the configuration's layer type {} is not known; expected sliding_attention or full_attention",
                        quote(type.text)));
    return type.text == "sliding_attention";
}

std::vector<bool> listed_layers(const RopeParameters& parameters, std::string_view key, std::size_t layers) {
    const std::vector<JsonEntry> types = parameters.config.children(key);
    if (types.size() < layers)
        throw input_error(fmt::format("the configuration's {} names {} layers; the checkpoint has {}",
                                      quote(key.substr(1)), types.size(), layers));
    std::vector<bool> local;
    for (std::size_t i = 0; i < layers; ++i) local.push_back(is_local(types[i]));
    return local;
}

/// Which layers attend within a sliding window and so have the local schedule.
std::vector<bool> local_layers(const RopeParameters& parameters, const RopeTraits& traits, std::size_t layers) {
    const RopeKeys& keys = *traits.keys;
    std::vector<bool> local(layers, false);
    const bool has_window_key = !keys.local_window.front().empty();
    if (traits.local_pattern == 0 || (has_window_key && parameters.number(keys.local_window).value_or(0.0) == 0.0))
        return local;
    const std::string_view listed = parameters.find(keys.layer_types);
    if (!listed.empty() && !parameters.config.number(listed)) return listed_layers(parameters, listed, layers);
    const double pattern = parameters.number(keys.local_pattern).value_or(traits.local_pattern);
    if (!(pattern >= 1.0 && pattern <= 1e6 && pattern == std::floor(pattern)))
        throw input_error("the configuration's sliding_window_pattern is not a whole number from 1 on");
    for (std::size_t i = 0; i < layers; ++i) local[i] = (i + 1) % static_cast<std::size_t>(pattern) != 0;
    return local;
}

std::size_t read_rotary_dim(const RopeParameters& parameters, const RopeTraits& traits, std::size_t head_dim) {
    const double d = static_cast<double>(head_dim);
    const double fraction = parameters.number(traits.keys->rotary_fraction).value_or(traits.rotary_fraction);
    const double dim = parameters.number(traits.keys->rotary_dim).value_or(std::floor(d * fraction));
    if (!(dim >= 2.0 && dim <= d) || std::fmod(dim, 2.0) != 0.0)
        throw input_error(fmt::format("{} of {} head dimensions are rotated; expected an even number from 2 to {}",
                                      format_shortest(dim), head_dim, head_dim));
    if (traits.whole_heads && dim != d)
        throw input_error(fmt::format("{} of {} head dimensions are rotated, which this architecture does not know",
                                      format_shortest(dim), head_dim));
    return static_cast<std::size_t>(dim);
}

void read_context(const RopeParameters& parameters, const RopeTraits& traits, std::optional<std::uint64_t> option,
                  RopeModel& rope) {
    if (option && (*option < 1 || *option > longest_context))
        throw usage_error(fmt::format("--context: {} tokens; expected 1 to {}", format_count(*option),
                                      format_count(longest_context)));
    const std::optional<double> configured = parameters.number(traits.keys->context);
    if (!option && configured && !(*configured >= 1.0 && *configured <= static_cast<double>(longest_context)))
        throw input_error(fmt::format("the configuration's {} is not a number of tokens",
                                      quote(parameters.find(traits.keys->context).substr(1))));
    rope.context_given = option.has_value() || configured.has_value();
    rope.context = option ? *option : static_cast<std::uint64_t>(configured.value_or(assumed_context));
    if (!rope.context_given)
        rope.notes.push_back(
            fmt::format("the configuration does not say how long sequences are: {} tokens assumed; "
                        "--context sets them",
                        format_count(assumed_context)));
}

/// Scores are divided by its root.
double score_scalar(const RopeParameters& parameters, const Model& model, const RopeModel& rope) {
    const RopeTraits& traits = *model.architecture->rope;
    const bool broad = traits.broad_layers != 0 && model.layers == traits.broad_layers;
    const auto usual = static_cast<double>(broad ? model.model_dim / model.heads : rope.head_dim);
    const double scalar = parameters.number(traits.keys->score_scalar).value_or(usual);
    if (!(scalar > 0.0 && std::isfinite(scalar)))
        throw input_error("the configuration's query_pre_attn_scalar is not a positive number");
    return scalar;
}

void add_schedule(std::string name, const RopeSchedule& schedule, double scalar, RopeModel& rope) {
    RopeFrequencies scaled = scaled_rope_frequencies(schedule, static_cast<double>(rope.context));
    LayerSchedule layer{std::move(name), describe(schedule), std::move(scaled.frequencies), 1.0};
    layer.score_scale = scaled.attention_factor * scaled.attention_factor / std::sqrt(scalar);
    rope.schedules.push_back(std::move(layer));
}

void read_schedules(const RopeParameters& parameters, const Checkpoint& checkpoint, const Model& model,
                    RopeModel& rope) {
    const RopeTraits& traits = *model.architecture->rope;
    RopeSchedule schedule;
    schedule.rotary_dim = rope.rotary_dim;
    if (const auto base = parameters.number(traits.keys->base)) {
        schedule.base = *base;
    } else {
        schedule.base = traits.base;
        rope.notes.push_back(fmt::format("the configuration states no RoPE base: the family's own, {}, is used",
                                         format_shortest(schedule.base)));
    }
    RopeSchedule local = schedule;
    if (model.architecture->gguf) read_gguf_scaling(parameters, checkpoint, traits, schedule);
    else read_scaling(parameters, *traits.keys, schedule);
    const double scalar = score_scalar(parameters, model, rope);
    const std::vector<bool> local_by_layer = local_layers(parameters, traits, model.layers);
    const bool both = std::ranges::find(local_by_layer, true) != local_by_layer.end();
    add_schedule(both ? "global" : "", schedule, scalar, rope);
    if (both) {
        constexpr double family_base = 10000.0;
        local.base = parameters.number(traits.keys->local_base).value_or(family_base);
        const std::string kind = parameters.config.string(parameters.find(traits.keys->local_kind)).value_or("default");
        if (parse_scaling(kind) != RopeScaling::none)
            throw input_error(
                fmt::format("RoPE scaling {} of local layers is not known; expected default", quote(kind)));
        add_schedule("local", local, scalar, rope);
    }
    for (const bool each : local_by_layer) rope.schedule_of_layer.push_back(each ? 1 : 0);
}

}  // namespace

std::optional<double> configured_rope_base(const JsonTable& config, const Architecture& architecture) {
    if (architecture.rope == nullptr) return std::nullopt;
    for (const std::string_view key : architecture.rope->keys->base)
        if (const auto base = config.number(key); !key.empty() && base) return base;
    return std::nullopt;
}

std::string RopeModel::describe_schedules() const {
    std::string text;
    for (const LayerSchedule& layer : schedules)
        text += fmt::format("{}{}{}", text.empty() ? "" : "; ",
                            layer.name.empty() ? "" : layer.name + " layers: ", layer.description);
    if (rotary_dim != head_dim) text += fmt::format("; {} of {} dimensions rotated", rotary_dim, head_dim);
    return text;
}

RopeModel read_rope_model(const Checkpoint& checkpoint, const Model& model, std::optional<std::uint64_t> context) {
    const RopeTraits& traits = *model.architecture->rope;
    const RopeParameters parameters{configuration(checkpoint, *model.architecture)};
    RopeModel rope;
    try {
        if (model.heads == 0 || model.key_heads == 0 || model.pairs == 0 || model.model_dim == 0 || model.layers == 0)
            throw input_error("the configuration does not say how many heads of which size the model has");
        if (model.layers > checkpoint.tensors().size())
            throw input_error(fmt::format("the configuration states {} layers; there are {} tensors",
                                          format_count(model.layers), format_count(checkpoint.tensors().size())));
        if (model.heads % model.key_heads != 0)
            throw input_error(fmt::format("{} heads do not share {} key heads evenly", model.heads, model.key_heads));
        if (model.pairs > most_head_elements / 2)
            throw input_error(fmt::format("heads of {} pairs; expected at most {}", format_count(model.pairs),
                                          format_count(most_head_elements / 2)));
        rope.head_dim = 2 * model.pairs;
        rope.rotary_dim = read_rotary_dim(parameters, traits, rope.head_dim);
        read_context(parameters, traits, context, rope);
        read_schedules(parameters, checkpoint, model, rope);
    } catch (Error& error) {
        if (error.code() == ExitCode::usage) throw;
        throw error.in_file(checkpoint.path().string());
    }
    return rope;
}

}  // namespace rotoscope
