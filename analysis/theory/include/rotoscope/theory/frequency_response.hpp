// What a bank of rotations under any window answers to a tone, each time by the cheapest way that is exact enough.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/numerics/chirp_z.hpp"
#include "rotoscope/numerics/fft.hpp"
#include "rotoscope/numerics/nonuniform_transform.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {

/// How responses were computed. All agree to 1e-10 of the largest response; direct is the sum itself.
enum class Method {
    closed_form,  ///< geometric series, leakage.hpp: exponential windows at any frequencies
    fft,          ///< folding and one FFT: the frequencies of a DFT
    chirp_z,      ///< ChirpZ: uniformly spaced frequencies
    nonuniform,   ///< NonuniformTransform: any frequencies
    direct,       ///< direct_transform: any frequencies
};

/// The method in words, as in "chirp-z transform".
[[nodiscard]] std::string_view describe(Method method) noexcept;

/// Responses [n] and how they were found.
struct Response {
    std::vector<std::complex<double>> values;
    Method method;
};

/// The cheapest method for T samples at the frequencies of a bank: fft for a DFT's frequencies; otherwise direct,
/// nonuniform or, where the spacing is uniform, chirp_z, by estimates of their times on one thread.
[[nodiscard]] Method choose_method(const RotationBank& bank, std::size_t samples);

/// X(w_n) = Σ_{l=0}^{T−1} x_l e^{−i w_n l} at each frequency of a bank, for many signals x of one length: the plans,
/// kernels and positions are made once. Const and safe from any number of threads.
class ResponsePlan {
public:
    /// By the method given, or the cheapest. Memory: frequencies + samples, times small factors (no T·N matrix). Throws
    /// Error (usage) for a method that does not apply: closed_form, fft on another bank than a DFT's, chirp_z on one
    /// that is not linear, chirp_z or nonuniform on no samples.
    ResponsePlan(const RotationBank& bank, std::size_t samples, std::optional<Method> method = {});

    [[nodiscard]] Method method() const noexcept { return method_; }
    /// X(w_n) of each frequency. Throws Error (internal) for another number of samples.
    [[nodiscard]] std::vector<std::complex<double>> operator()(ThreadPool& pool,
                                                               std::span<const std::complex<double>> samples) const;

private:
    using Direct = std::vector<Turns>;
    using Plan = std::variant<Direct, ForwardFft, ChirpZ, NonuniformTransform>;

    [[nodiscard]] static Plan make_plan(const RotationBank& bank, std::size_t samples, Method method);

    std::size_t samples_;
    Method method_;
    Plan plan_;
};

/// The same for one signal.
[[nodiscard]] Response frequency_response(ThreadPool& pool, std::span<const std::complex<double>> samples,
                                          const RotationBank& bank, std::optional<Method> method = {});

/// The state of a bank with its own decay for each channel (or one for all) after the inputs v_0 … v_{T−1}, s = 0
/// before: s(n) = Σ_{t=0}^{T−1} v_t (a_n e^{iw_n})^{T−1−t}, by the direct sum. Throws Error (usage) for another number
/// of decays or one that is not in [0, 1].
[[nodiscard]] std::vector<std::complex<double>> bank_state(ThreadPool& pool,
                                                           std::span<const std::complex<double>> inputs,
                                                           const RotationBank& bank, std::span<const double> decays);

/// H_n = Σ_{l=0}^{T−1} w_l e^{−i(w' − w_n)l}: what channel n, whose past is weighted by the window w (w_0 the newest
/// token), makes of the tone e^{iw't}: after it s_T(n) = e^{iw'T} H_n, |s_T(n)| = |H_n|. The window is any, as that of
/// data-dependent gates (gate_window).
[[nodiscard]] Response window_responses(ThreadPool& pool, std::span<const double> window, const RotationBank& bank,
                                        double tone, std::optional<Method> method = {});

/// The same for exponential windows of `steps` tokens, one decay for all channels or one for each, in closed form.
[[nodiscard]] Response decay_responses(std::span<const double> decays, std::uint64_t steps, const RotationBank& bank,
                                       double tone);

}  // namespace rotoscope
