#include "rope_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {

std::string_view RopeParameters::find(const KeyChoice& keys) const {
    for (const std::string_view key : keys)
        if (!key.empty() && config.contains(key) && !config.is_null(key)) return key;
    return "";
}

std::optional<double> RopeParameters::number(const KeyChoice& keys) const {
    const auto number_at = [&](std::string_view key) {
        if (const std::optional<double> value = config.number(key)) return *value;
        throw input_error(fmt::format("the configuration's {} is not a number", quote(key.substr(1))));
    };
    const std::string_view key = find(keys);
    if (key.empty()) return std::nullopt;
    const double value = number_at(key);
    for (const std::string_view each : keys)
        if (const std::string_view other = find({each}); !other.empty() && number_at(other) != value)
            throw input_error(fmt::format("the configuration's {} is {}, and {} is {}; expected one value",
                                          quote(key.substr(1)), format_shortest(value), quote(other.substr(1)),
                                          format_shortest(number_at(other))));
    return value;
}

double RopeParameters::require(const KeyChoice& keys, std::string_view kind) const {
    if (const auto value = number(keys)) return *value;
    const auto last = std::ranges::find_if(keys.rbegin(), keys.rend(), [](auto key) { return !key.empty(); });
    throw input_error(fmt::format("the configuration has no {}, which RoPE scaling {} needs",
                                  quote(last == keys.rend() ? "" : last->substr(1)), quote(kind)));
}

std::vector<double> RopeParameters::numbers(const KeyChoice& keys) const {
    std::vector<double> values;
    for (const JsonEntry& entry : config.children(find(keys))) values.push_back(entry.number);
    return values;
}

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

namespace {

/// The key of the kind of scaling; "" where none is stated. Several must state the same, as numbers must.
std::string_view find_kind(const RopeParameters& parameters, const RopeKeys& keys) {
    const auto kind = [&](std::string_view key) { return parameters.config.string(key).value_or(""); };
    const std::string_view first = parameters.find(keys.scaling_kind);
    for (const std::string_view key : keys.scaling_kind)
        if (const std::string_view other = parameters.find({key});
            !other.empty() && parse_scaling(kind(other)) != parse_scaling(kind(first)))
            throw input_error(
                fmt::format("the configuration's {} is {}, and {} is {}; expected one kind of RoPE scaling",
                            quote(first.substr(1)), quote(kind(first)), quote(other.substr(1)), quote(kind(other))));
    return first;
}

}  // namespace

void read_scaling(const RopeParameters& parameters, const RopeKeys& keys, RopeSchedule& schedule) {
    const std::string_view object = parameters.find(keys.scaling);
    const std::string_view kind_key = find_kind(parameters, keys);
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

}  // namespace rotoscope
