#include "rotoscope/theory/frequency_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/direct_transform.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// Estimated nanoseconds on one thread, plans included: each constant from timings at T = 8192, N = 4096, good to a
/// factor of two. Only the choice between right answers hangs on them.
double fft_cost(double points) { return 0.7 * points * std::log2(points) + 1e4; }
double direct_cost(double samples, double frequencies) {
    return 0.12 * samples * 32.0 * std::ceil(frequencies / 32.0) + 50.0 * frequencies;
}
double chirp_z_cost(double samples, double frequencies) {
    return 3.0 * fft_cost(samples + frequencies) + 30.0 * (samples + frequencies);
}
double nonuniform_cost(double samples, double frequencies) {
    return fft_cost(2.0 * samples) + 25.0 * samples + 130.0 * frequencies;
}

void require(bool applies, Method method, std::string_view needs) {
    if (!applies) throw usage_error(fmt::format("{} needs {}", describe(method), needs));
}

/// X_n = Σ_l x_l e^{−2πi nl/N}: the transform of the samples folded modulo N.
std::vector<Complex> apply(const ForwardFft& fft, ThreadPool&, std::span<const Complex> samples) {
    std::vector<Complex> folded(fft.size());
    for (std::size_t l = 0; l < samples.size(); ++l) folded[l % fft.size()] += samples[l];
    std::vector<Complex> values(fft.size());
    fft(folded, values);
    return values;
}

std::vector<Complex> apply(const std::vector<Turns>& frequencies, ThreadPool& pool, std::span<const Complex> samples) {
    return direct_transform(pool, samples, frequencies);
}

template <class Transform>
std::vector<Complex> apply(const Transform& transform, ThreadPool&, std::span<const Complex> samples) {
    std::vector<Complex> values(transform.outputs());
    transform(samples, values);
    return values;
}

}  // namespace

std::string_view describe(Method method) noexcept {
    switch (method) {
        case Method::closed_form:
            return "closed form";
        case Method::fft:
            return "fast Fourier transform";
        case Method::chirp_z:
            return "chirp-z transform";
        case Method::nonuniform:
            return "non-uniform Fourier transform";
        case Method::direct:
            return "direct sum";
    }
    return "";
}

Method choose_method(const RotationBank& bank, std::size_t samples) {
    if (bank.spacing == Spacing::dft) return Method::fft;
    if (samples == 0) return Method::direct;
    const auto length = static_cast<double>(samples);
    const auto frequencies = static_cast<double>(bank.size());
    const double direct = direct_cost(length, frequencies);
    const double nonuniform = nonuniform_cost(length, frequencies);
    if (bank.spacing == Spacing::uniform && chirp_z_cost(length, frequencies) < std::min(direct, nonuniform))
        return Method::chirp_z;
    return direct <= nonuniform ? Method::direct : Method::nonuniform;
}

ResponsePlan::ResponsePlan(const RotationBank& bank, std::size_t samples, std::optional<Method> method)
    : samples_(samples),
      method_(method.value_or(choose_method(bank, samples))),
      plan_(make_plan(bank, samples, method_)) {}

ResponsePlan::Plan ResponsePlan::make_plan(const RotationBank& bank, std::size_t samples, Method method) {
    require(method != Method::closed_form, method, "an exponential window");
    require(samples > 0 || method == Method::fft || method == Method::direct, method, "at least one sample");
    if (method == Method::fft) {
        require(bank.spacing == Spacing::dft, method, "the frequencies of a DFT (dft:N)");
        return ForwardFft{bank.size()};
    }
    if (method == Method::chirp_z) {
        require(bank.spacing == Spacing::uniform, method, "uniformly spaced frequencies (linear:N:MIN:MAX)");
        return ChirpZ{samples, bank.size(), {.angle = bank.start, .angle_step = bank.step}};
    }
    if (method == Method::nonuniform) return NonuniformTransform{samples, bank.turns()};
    return bank.turns();
}

std::vector<Complex> ResponsePlan::operator()(ThreadPool& pool, std::span<const Complex> samples) const {
    if (samples.size() != samples_)
        throw internal_error(fmt::format("a response to {} samples; planned for {}", samples.size(), samples_));
    return std::visit([&](const auto& plan) { return apply(plan, pool, samples); }, plan_);
}

Response frequency_response(ThreadPool& pool, std::span<const Complex> samples, const RotationBank& bank,
                            std::optional<Method> method) {
    const ResponsePlan plan(bank, samples.size(), method);
    return {plan(pool, samples), plan.method()};
}

// s(n) = conj Σ_l conj(v_{T−1−l}) (a_n e^{−iw_n})^l.
std::vector<Complex> bank_state(ThreadPool& pool, std::span<const Complex> inputs, const RotationBank& bank,
                                std::span<const double> decays) {
    const auto own = decays_of_channels(bank, decays);
    std::vector<Complex> newest_first(inputs.rbegin(), inputs.rend());
    for (Complex& value : newest_first) value = std::conj(value);
    auto state = direct_transform(pool, newest_first, bank.turns(), own);
    for (Complex& value : state) value = std::conj(value);
    return state;
}

Response window_responses(ThreadPool& pool, std::span<const double> window, const RotationBank& bank, double tone,
                          std::optional<Method> method) {
    // H_n = conj Σ_l (w_l e^{iw'l}) e^{−i w_n l}: the tone goes into the samples, with exact phases, since w' − w_n is
    // no double and no DFT's frequency.
    const Turns heard = Turns::of_radians(tone);
    std::vector<Complex> samples(window.size());
    for (std::size_t l = 0; l < window.size(); ++l) samples[l] = window[l] * (heard * l).unit();
    Response response = frequency_response(pool, samples, bank, method);
    for (Complex& value : response.values) value = std::conj(value);
    return response;
}

Response decay_responses(std::span<const double> decays, std::uint64_t steps, const RotationBank& bank, double tone) {
    return {exponential_responses(bank, decays, tone, steps), Method::closed_form};
}

}  // namespace rotoscope
