// The frequencies that RoPE models really use: the geometric schedule and what stretches it to longer contexts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// How a schedule was stretched beyond the context that the model was first trained on.
enum class RopeScaling {
    none,         ///< w_n = base^(−2n/d)
    linear,       ///< position interpolation, arXiv 2306.15595
    dynamic_ntk,  ///< base that grows with the sequence
    yarn,         ///< arXiv 2309.00071
    llama3,       ///< as published with Llama 3.1
    longrope,     ///< arXiv 2402.13753; "su" in early Phi-3
    divided,      ///< each frequency by a divisor of its own: what GGUF files make of llama3
};

/// "none", "linear", "dynamic NTK", "YaRN", "llama3", "LongRoPE", "divided".
[[nodiscard]] std::string_view scaling_name(RopeScaling scaling) noexcept;

/// RoPE over the first `rotary_dim` = d elements of a head. What a kind of scaling does not name below it ignores.
/// With w_n = base^(−2n/d), n = 0 … d/2 − 1, s = factor, L = original_context, λ_n = 2π/w_n:
///
///     linear       w_n/s
///     dynamic_ntk  base·(s·T/L − (s − 1))^(d/(d − 2)) in place of base, T = max(context, L)
///     yarn         w_n·(1 − r_n) + (w_n/s)·r_n, r_n = clamp((n − low)/(high − low), 0, 1), low = ⌊D(beta_fast)⌋,
///                  high = ⌈D(beta_slow)⌉, D(b) = d·ln(L/(2πb))/(2 ln base), low ≥ 0, high ≤ d − 1; the floor and
///                  ceiling only where `truncate`
///     llama3       w_n where λ_n < L/high_frequency_factor, w_n/s where λ_n > L/low_frequency_factor, between them
///                  (1 − m)·w_n/s + m·w_n, m = (L/λ_n − low_frequency_factor)/(high − low_frequency_factor)
///     longrope     w_n/long_factors[n] where context > L, else w_n/short_factors[n]
///     divided      w_n/divisors[n]
///
/// YaRN and LongRoPE also multiply cosines and sines by an attention factor: the one given, else 0.1 ln s + 1 (with
/// mscale m and mscale_all m': (0.1 m ln s + 1)/(0.1 m' ln s + 1)) and sqrt(1 + ln s/ln L), each 1 for s ≤ 1.
struct RopeSchedule {
    double base = 10000.0;
    std::size_t rotary_dim = 0;
    RopeScaling scaling = RopeScaling::none;
    double factor = 1.0;
    double original_context = 0.0;  ///< tokens
    double beta_fast = 32.0;        ///< rotations within the original context
    double beta_slow = 1.0;
    bool truncate = true;
    double low_frequency_factor = 1.0;
    double high_frequency_factor = 4.0;
    std::vector<double> short_factors;  ///< [d/2]
    std::vector<double> long_factors;   ///< [d/2]
    std::vector<double> divisors;       ///< [d/2]
    std::optional<double> attention_factor;
    std::optional<double> mscale;
    std::optional<double> mscale_all;
};

/// What a schedule comes to.
struct RopeFrequencies {
    std::vector<double> frequencies;  ///< w_n [d/2], radians per token
    double attention_factor = 1.0;    ///< of cosines and sines: scores carry its square
};

/// The frequencies at sequences of `context` tokens (only dynamic_ntk and longrope depend on it). Throws Error (input)
/// that names the parameter where one is missing or out of its range.
[[nodiscard]] RopeFrequencies scaled_rope_frequencies(const RopeSchedule& schedule, double context);

/// For people: "base 500000, llama3 (factor 8, original context 8192)", "base 500000, divided (by 1 to 8)".
[[nodiscard]] std::string describe(const RopeSchedule& schedule);

}  // namespace rotoscope
