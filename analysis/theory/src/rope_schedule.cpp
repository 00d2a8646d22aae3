#include "rotoscope/theory/rope_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;

void require(bool fits, std::string_view parameter, double found, std::string_view expected) {
    if (!fits)
        throw input_error(
            fmt::format("RoPE scaling: {} is {}; expected {}", parameter, format_shortest(found), expected));
}

void check_factor(const RopeSchedule& schedule) {
    require(schedule.factor >= 1.0 && std::isfinite(schedule.factor), "factor", schedule.factor, "at least 1");
}

void check_original_context(const RopeSchedule& schedule) {
    require(schedule.original_context > 1.0 && std::isfinite(schedule.original_context), "the original context",
            schedule.original_context, "more than 1 token");
}

void check_factors(const std::vector<double>& factors, std::size_t pairs, std::string_view name) {
    if (factors.size() != pairs)
        throw input_error(fmt::format("RoPE scaling: {} has {} numbers; expected one for each of {} pairs", name,
                                      factors.size(), pairs));
    for (const double factor : factors)
        require(factor > 0.0 && std::isfinite(factor), name, factor, "positive numbers");
}

/// Beyond them a double does not say where in its turn an angle is.
void check_angles(const std::vector<double>& frequencies, double context) {
    for (const double frequency : frequencies)
        require(frequency * std::max(context, 1.0) < 0x1p52, "a frequency", frequency,
                fmt::format("angles below 2^52 rad within {} tokens", format_shortest(context)));
}

double grown_base(const RopeSchedule& schedule, double context) {
    check_factor(schedule);
    check_original_context(schedule);
    const auto d = static_cast<double>(schedule.rotary_dim);
    require(schedule.rotary_dim > 2, "the rotary dimension", d, "more than 2 for dynamic NTK");
    const double length = std::max(context, schedule.original_context);
    const double stretch = schedule.factor * length / schedule.original_context - (schedule.factor - 1.0);
    return schedule.base * std::pow(stretch, d / (d - 2.0));
}

/// The pair, as a real number, that makes `rotations` turns within the original context.
double correction_index(const RopeSchedule& schedule, double rotations) {
    return static_cast<double>(schedule.rotary_dim) * std::log(schedule.original_context / (rotations * two_pi)) /
           (2.0 * std::log(schedule.base));
}

void stretch_yarn(const RopeSchedule& schedule, std::vector<double>& w) {
    check_factor(schedule);
    check_original_context(schedule);
    require(schedule.beta_slow > 0.0 && schedule.beta_fast >= schedule.beta_slow, "beta_fast", schedule.beta_fast,
            "at least beta_slow, which is positive");
    require(schedule.base > 1.0, "the base", schedule.base, "more than 1 for YaRN");
    double low = correction_index(schedule, schedule.beta_fast);
    double high = correction_index(schedule, schedule.beta_slow);
    if (schedule.truncate) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, static_cast<double>(schedule.rotary_dim) - 1.0);
    if (low == high) high += 0.001;  // as the reference implementations have it
    for (std::size_t n = 0; n < w.size(); ++n) {
        const double ramp = std::clamp((static_cast<double>(n) - low) / (high - low), 0.0, 1.0);
        w[n] = w[n] * (1.0 - ramp) + w[n] / schedule.factor * ramp;
    }
}

void stretch_llama3(const RopeSchedule& schedule, std::vector<double>& w) {
    check_factor(schedule);
    check_original_context(schedule);
    const double low = schedule.low_frequency_factor;
    const double high = schedule.high_frequency_factor;
    require(low > 0.0 && high > low, "high_freq_factor", high, "more than low_freq_factor, which is positive");
    for (double& each : w) {
        const double rotations = schedule.original_context * each / two_pi;
        if (rotations > high) continue;
        const double smooth = std::max(0.0, (rotations - low) / (high - low));
        each = (1.0 - smooth) * each / schedule.factor + smooth * each;
    }
}

void divide(std::vector<double>& w, const std::vector<double>& divisors) {
    for (std::size_t n = 0; n < w.size(); ++n) w[n] /= divisors[n];
}

void stretch_longrope(const RopeSchedule& schedule, double context, std::vector<double>& w) {
    check_original_context(schedule);
    check_factors(schedule.short_factors, w.size(), "short_factor");
    check_factors(schedule.long_factors, w.size(), "long_factor");
    divide(w, context > schedule.original_context ? schedule.long_factors : schedule.short_factors);
}

double attention_factor(const RopeSchedule& schedule) {
    if (schedule.attention_factor) {
        require(*schedule.attention_factor > 0.0 && std::isfinite(*schedule.attention_factor), "attention_factor",
                *schedule.attention_factor, "a positive number");
        return *schedule.attention_factor;
    }
    if (schedule.factor <= 1.0) return 1.0;
    const double log_factor = std::log(schedule.factor);
    if (schedule.scaling == RopeScaling::longrope)
        return std::sqrt(1.0 + log_factor / std::log(schedule.original_context));
    if (schedule.mscale && schedule.mscale_all)
        return (0.1 * *schedule.mscale * log_factor + 1.0) / (0.1 * *schedule.mscale_all * log_factor + 1.0);
    return 0.1 * log_factor + 1.0;
}

}  // namespace

std::string_view scaling_name(RopeScaling scaling) noexcept {
    switch (scaling) {
        case RopeScaling::none:
            return "none";
        case RopeScaling::linear:
            return "linear";
        case RopeScaling::dynamic_ntk:
            return "dynamic NTK";
        case RopeScaling::yarn:
            return "YaRN";
        case RopeScaling::llama3:
            return "llama3";
        case RopeScaling::longrope:
            return "LongRoPE";
        case RopeScaling::divided:
            return "divided";
    }
    return "";
}

RopeFrequencies scaled_rope_frequencies(const RopeSchedule& schedule, double context) {
    require(schedule.base > 0.0 && std::isfinite(schedule.base), "the base", schedule.base, "a positive number");
    RopeFrequencies result;
    const double base = schedule.scaling == RopeScaling::dynamic_ntk ? grown_base(schedule, context) : schedule.base;
    result.frequencies = rope_frequencies(base, schedule.rotary_dim);
    switch (schedule.scaling) {
        case RopeScaling::none:
        case RopeScaling::dynamic_ntk:
            break;
        case RopeScaling::linear:
            check_factor(schedule);
            for (double& each : result.frequencies) each /= schedule.factor;
            break;
        case RopeScaling::yarn:
            stretch_yarn(schedule, result.frequencies);
            result.attention_factor = attention_factor(schedule);
            break;
        case RopeScaling::llama3:
            stretch_llama3(schedule, result.frequencies);
            break;
        case RopeScaling::longrope:
            stretch_longrope(schedule, context, result.frequencies);
            result.attention_factor = attention_factor(schedule);
            break;
        case RopeScaling::divided:
            check_factors(schedule.divisors, result.frequencies.size(), "divisors");
            divide(result.frequencies, schedule.divisors);
            break;
    }
    check_angles(result.frequencies, context);
    return result;
}

std::string describe(const RopeSchedule& schedule) {
    const bool whole = schedule.base == std::floor(schedule.base) && schedule.base < 1e15;  // 500000, not 5e+05
    std::string text = "base " + (whole ? fmt::format("{:.0f}", schedule.base) : format_shortest(schedule.base));
    if (schedule.scaling == RopeScaling::none) return text;
    if (schedule.scaling == RopeScaling::divided && !schedule.divisors.empty()) {
        const auto [least, most] = std::ranges::minmax(schedule.divisors);
        return text + fmt::format(", divided (by {} to {})", format_significant(least, 6), format_significant(most, 6));
    }
    text += fmt::format(", {} (factor {}", scaling_name(schedule.scaling), format_significant(schedule.factor, 6));
    if (schedule.scaling != RopeScaling::linear)
        text += fmt::format(", original context {}", format_shortest(schedule.original_context));
    return text + ")";
}

}  // namespace rotoscope
