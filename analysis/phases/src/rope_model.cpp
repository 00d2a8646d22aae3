#include "rope_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// Where neither configuration nor option says how long sequences are.
constexpr std::uint64_t assumed_context = 4096;
// Longer than any; products with it stay exact in double.
constexpr std::uint64_t longest_context = std::uint64_t{1} << 40;

/// Looks parameters up in a configuration.
struct Parameters {
    const JsonTable& config;

    /// The first of the pointers that leads to something other than null; "" where none does.
    [[nodiscard]] std::string_view find(const KeyChoice& keys) const {
        for (const std::string_view key : keys)
            if (!key.empty() && config.contains(key) && !config.is_null(key)) return key;
        return "";
    }
    [[nodiscard]] std::optional<double> number(const KeyChoice& keys) const {
        const std::string_view key = find(keys);
        if (key.empty()) return std::nullopt;
        const std::optional<double> value = config.number(key);
        if (!value) throw input_error(fmt::format("the configuration's {} is not a number", quote(key.substr(1))));
        return value;
    }
    void read(const KeyChoice& keys, double& value) const { value = number(keys).value_or(value); }
    [[nodiscard]] double require(const KeyChoice& keys, std::string_view kind) const {
        if (const auto value = number(keys)) return *value;
        const auto last = std::ranges::find_if(keys.rbegin(), keys.rend(), [](auto key) { return !key.empty(); });
        throw input_error(fmt::format("the configuration has no {}, which RoPE scaling {} needs",
                                      quote(last == keys.rend() ? "" : last->substr(1)), quote(kind)));
    }
    [[nodiscard]] std::vector<double> numbers(const KeyChoice& keys) const {
        std::vector<double> values;
        for (const JsonEntry& entry : config.children(find(keys))) values.push_back(entry.number);
        return values;
    }
};

RopeScaling parse_scaling(std::string_view kind) {
    if (kind == "default") return RopeScaling::none;
    if (kind == "linear") return RopeScaling::linear;
    if (kind == "dynamic") return RopeScaling::dynamic_ntk;
    if (kind == "yarn") return RopeScaling::yarn;
    if (kind == "llama3") return RopeScaling::llama3;
    if (kind == "longrope" || kind == "su") return RopeScaling::longrope;
    throw input_error(fmt::format(
        "the configuration's RoPE scaling {} is not known; expected default, linear, dynamic, yarn, llama3 or longrope",
        quote(kind)));
}

void read_scaling(const Parameters& parameters, const RopeKeys& keys, RopeSchedule& schedule) {
    const std::string_view object = parameters.find(keys.scaling);
    const std::string_view kind_key = parameters.find(keys.scaling_kind);
    if (object.empty() && kind_key.empty()) return;
    if (kind_key.empty())
        throw input_error(fmt::format("the configuration's {} names no rope_type", quote(object.substr(1))));
    const std::string kind = parameters.config.string(kind_key).value_or("");
    schedule.scaling = parse_scaling(kind);
    if (schedule.scaling == RopeScaling::none) return;
    schedule.original_context =
        parameters.number(keys.original_context).value_or(parameters.number(keys.context).value_or(0.0));
    if (schedule.scaling == RopeScaling::longrope) {
        schedule.short_factors = parameters.numbers(keys.short_factors);
        schedule.long_factors = parameters.numbers(keys.long_factors);
        // The stretch is that of the contexts where both are there (Phi-3).
        const double ratio = parameters.number(keys.context).value_or(0.0) / schedule.original_context;
        schedule.factor = ratio > 1.0 ? ratio : parameters.number(keys.factor).value_or(1.0);
    } else {
        schedule.factor = parameters.require(keys.factor, kind);
    }
    if (schedule.scaling == RopeScaling::llama3) {
        schedule.original_context = parameters.require(keys.original_context, kind);
        schedule.low_frequency_factor = parameters.require(keys.low_frequency_factor, kind);
        schedule.high_frequency_factor = parameters.require(keys.high_frequency_factor, kind);
    }
    parameters.read(keys.beta_fast, schedule.beta_fast);
    parameters.read(keys.beta_slow, schedule.beta_slow);
    schedule.truncate = parameters.config.boolean(parameters.find(keys.truncate)).value_or(true);
    schedule.attention_factor = parameters.number(keys.attention_factor);
    schedule.mscale = parameters.number(keys.mscale);
    schedule.mscale_all = parameters.number(keys.mscale_all);
}

/// Which layers attend within a sliding window and so have the local schedule.
std::vector<bool> local_layers(const Parameters& parameters, const RopeTraits& traits, std::size_t layers) {
    std::vector<bool> local(layers, false);
    if (traits.local_pattern == 0) return local;
    if (const std::string_view key = parameters.find(traits.keys->layer_types); !key.empty()) {
        const std::vector<JsonEntry> types = parameters.config.children(key);
        if (types.size() < layers)
            throw input_error(fmt::format("the configuration's {} names {} layers; the checkpoint has {}",
                                          quote(key.substr(1)), types.size(), layers));
        for (std::size_t i = 0; i < layers; ++i) {
            if (types[i].text != "sliding_attention" && types[i].text != "full_attention")
                throw input_error(fmt::format(
                    "the configuration's layer type {} is not known; expected sliding_attention or full_attention",
                    quote(types[i].text)));
            local[i] = types[i].text == "sliding_attention";
        }
        return local;
    }
    const double pattern = parameters.number(traits.keys->local_pattern).value_or(traits.local_pattern);
    if (!(pattern >= 1.0 && pattern <= 1e6 && pattern == std::floor(pattern)))
        throw input_error("the configuration's sliding_window_pattern is not a whole number from 1 on");
    for (std::size_t i = 0; i < layers; ++i) local[i] = (i + 1) % static_cast<std::size_t>(pattern) != 0;
    return local;
}

std::size_t read_rotary_dim(const Parameters& parameters, const RopeTraits& traits, std::size_t head_dim) {
    const double d = static_cast<double>(head_dim);
    const double fraction = parameters.number(traits.keys->rotary_fraction).value_or(traits.rotary_fraction);
    const double dim = parameters.number(traits.keys->rotary_dim).value_or(std::floor(d * fraction));
    if (!(dim >= 2.0 && dim <= d) || std::fmod(dim, 2.0) != 0.0)
        throw input_error(fmt::format("{} of {} head dimensions are rotated; expected an even number from 2 to {}",
                                      format_shortest(dim), head_dim, head_dim));
    return static_cast<std::size_t>(dim);
}

void read_context(const Parameters& parameters, const RopeTraits& traits, std::optional<std::uint64_t> option,
                  RopeModel& rope) {
    if (option && (*option < 1 || *option > longest_context))
        throw usage_error(fmt::format("--context: {} tokens; expected 1 to {}", format_count(*option),
                                      format_count(longest_context)));
    const std::optional<double> configured = parameters.number(traits.keys->context);
    if (!option && configured && !(*configured >= 1.0 && *configured <= static_cast<double>(longest_context)))
        throw input_error("the configuration's max_position_embeddings is not a number of tokens");
    rope.context_given = option.has_value() || configured.has_value();
    rope.context = option ? *option : static_cast<std::uint64_t>(configured.value_or(assumed_context));
    if (!rope.context_given)
        rope.notes.push_back(
            fmt::format("the configuration does not say how long sequences are: {} tokens assumed; "
                        "--context sets them",
                        format_count(assumed_context)));
}

void add_schedule(const Parameters& parameters, const RopeTraits& traits, std::string name, RopeSchedule schedule,
                  RopeModel& rope) {
    LayerSchedule layer{std::move(name), std::move(schedule), {}, 1.0};
    layer.at_context = scaled_rope_frequencies(layer.schedule, static_cast<double>(rope.context));
    const double scalar = parameters.number(traits.keys->score_scalar).value_or(static_cast<double>(rope.head_dim));
    if (!(scalar > 0.0 && std::isfinite(scalar)))
        throw input_error("the configuration's query_pre_attn_scalar is not a positive number");
    layer.score_scale = layer.at_context.attention_factor * layer.at_context.attention_factor / std::sqrt(scalar);
    rope.schedules.push_back(std::move(layer));
}

void read_schedules(const Parameters& parameters, const RopeTraits& traits, std::size_t layers, RopeModel& rope) {
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
    read_scaling(parameters, *traits.keys, schedule);
    const std::vector<bool> is_local = local_layers(parameters, traits, layers);
    const bool both = std::ranges::find(is_local, true) != is_local.end();
    add_schedule(parameters, traits, both ? "global" : "", std::move(schedule), rope);
    if (both) {
        constexpr double family_base = 10000.0;
        local.base = parameters.number(traits.keys->local_base).value_or(family_base);
        const std::string kind = parameters.config.string(parameters.find(traits.keys->local_kind)).value_or("default");
        if (parse_scaling(kind) != RopeScaling::none)
            throw input_error(
                fmt::format("RoPE scaling {} of local layers is not known; expected default", quote(kind)));
        add_schedule(parameters, traits, "local", std::move(local), rope);
    }
    for (const bool each : is_local) rope.schedule_of_layer.push_back(each ? 1 : 0);
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
                            layer.name.empty() ? "" : layer.name + " layers: ", describe(layer.schedule));
    if (rotary_dim != head_dim) text += fmt::format("; {} of {} dimensions rotated", rotary_dim, head_dim);
    return text;
}

RopeModel read_rope_model(const Checkpoint& checkpoint, const Model& model, std::optional<std::uint64_t> context) {
    const RopeTraits& traits = *model.architecture->rope;
    const Parameters parameters{checkpoint.config()};
    RopeModel rope;
    try {
        if (model.heads == 0 || model.key_heads == 0 || model.pairs == 0 || model.model_dim == 0 || model.layers == 0)
            throw input_error("the configuration does not say how many heads of which size the model has");
        if (model.layers > checkpoint.tensors().size())
            throw input_error(fmt::format("the configuration states {} layers; there are {} tensors",
                                          format_count(model.layers), format_count(checkpoint.tensors().size())));
        if (model.heads % model.key_heads != 0)
            throw input_error(fmt::format("{} heads do not share {} key heads evenly", model.heads, model.key_heads));
        rope.head_dim = 2 * model.pairs;
        rope.rotary_dim = read_rotary_dim(parameters, traits, rope.head_dim);
        read_context(parameters, traits, context, rope);
        read_schedules(parameters, traits, model.layers, rope);
    } catch (Error& error) {
        if (error.code() == ExitCode::usage) throw;
        throw error.in_file(checkpoint.path().string());
    }
    return rope;
}

}  // namespace rotoscope
