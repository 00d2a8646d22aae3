// Times responses of banks of rotations at the sizes of the NumPy peer: T = 8192 real samples, W = 4096 frequencies, 16
// decays, magnitudes wanted, 2 threads. Plans are made outside of the timing, as the peer's are, and the caller keeps
// the memory for the results.
//
// relative_error is the largest |ours − definition| over the largest |definition|, the definition being the sum itself,
// term by term, with phases reduced exactly, at 16 of the frequencies.
#include "support/direct_sums.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <vector>

#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/numerics/chirp_z.hpp"
#include "rotoscope/numerics/fft.hpp"
#include "rotoscope/theory/frequency_response.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {
namespace {

using test::Complex;
using Signals = std::vector<std::vector<Complex>>;

constexpr std::size_t samples = 8192;
constexpr std::size_t frequencies = 4096;
constexpr std::size_t decay_count = 16;

std::vector<double> draw_signal() {
    const GaussianDraws draws(0, RandomStream::test);
    std::vector<double> v(samples);
    draws.fill(0, v);
    return v;
}

/// 1, then 1 − a from 1e-4 to 1e-1 in equal ratios.
std::array<double, decay_count> make_decays() {
    std::array<double, decay_count> decays{1.0};
    for (std::size_t i = 1; i < decay_count; ++i)
        decays[i] = 1.0 - std::pow(10.0, -4.0 + 3.0 * static_cast<double>(i - 1) / (decay_count - 2));
    return decays;
}

const std::vector<double> signal = draw_signal();
const std::array<double, decay_count> decays = make_decays();

/// v_t a^t, the power a running product taken anew every 64 samples.
void decay_signal(double a, std::span<double> out) {
    constexpr std::size_t block = 64;
    std::array<double, block> powers;
    for (std::size_t i = 0; i < block; ++i) powers[i] = std::pow(a, static_cast<double>(i));
    for (std::size_t begin = 0; begin < samples; begin += block) {
        const double first = std::pow(a, static_cast<double>(begin));
        for (std::size_t i = 0; i < block; ++i) out[begin + i] = signal[begin + i] * (first * powers[i]);
    }
}

Signals decayed_signals() {
    Signals signals;
    for (const double a : decays) {
        std::vector<double> x(samples);
        decay_signal(a, x);
        signals.emplace_back(x.begin(), x.end());
    }
    return signals;
}

void take_magnitudes(std::span<const Complex> values, std::span<double> out) {
    for (std::size_t n = 0; n < out.size(); ++n)
        out[n] = std::sqrt(values[n].real() * values[n].real() + values[n].imag() * values[n].imag());
}

/// The magnitudes [decay, frequency] against the definition, w(n) being the frequency n and a(d, n) the decay.
double error_of(std::span<const double> magnitudes, std::size_t sets, const std::function<double(std::size_t)>& w,
                const std::function<double(std::size_t, std::size_t)>& a) {
    const std::vector<Complex> v(signal.begin(), signal.end());
    double largest = 0.0;
    double difference = 0.0;
    for (std::size_t d = 0; d < sets; ++d)
        for (std::size_t n = 0; n < frequencies; n += frequencies / 15) {
            const double exact = std::abs(test::direct_sum(v, w(n), a(d, n)));
            largest = std::max(largest, exact);
            difference = std::max(difference, std::abs(magnitudes[d * frequencies + n] - exact));
        }
    return difference / largest;
}

/// Times respond(pool, d, row) over the 16 decays, one a chunk; row d of the magnitudes is for decay d.
template <class Respond>
std::vector<double> time_rows(benchmark::State& state, const Respond& respond) {
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    std::vector<double> magnitudes(decay_count * frequencies);
    for (auto _ : state) {
        pool.for_chunks(decay_count, 1, [&](std::size_t d, std::size_t) {
            respond(d, std::span(magnitudes).subspan(d * frequencies, frequencies));
        });
        benchmark::DoNotOptimize(magnitudes.data());
        benchmark::ClobberMemory();
    }
    return magnitudes;
}

double decay_of_set(std::size_t d, std::size_t) { return decays[d]; }

/// Window and FFT of the DFT's first T/2 frequencies; the window is part of the work.
void uniform(benchmark::State& state) {
    const RealFft fft(samples);
    const auto magnitudes = time_rows(state, [&](std::size_t d, std::span<double> row) {
        thread_local std::vector<double> decayed(samples);
        thread_local std::vector<Complex> values(samples / 2 + 1);
        decay_signal(decays[d], decayed);
        fft(decayed, values);
        take_magnitudes(values, row);
    });
    static const double error = error_of(
        magnitudes, decay_count,
        [](std::size_t n) { return 2.0 * std::numbers::pi * static_cast<double>(n) / samples; }, decay_of_set);
    state.counters["relative_error"] = error;
}

/// The arc from 0 to 0.05π, the decayed signals ready.
void chirp_z_arc(benchmark::State& state) {
    constexpr double step = 0.05 * std::numbers::pi / frequencies;
    const ChirpZ transform(samples, frequencies, {.angle_step = step});
    const Signals signals = decayed_signals();
    const auto magnitudes = time_rows(state, [&](std::size_t d, std::span<double> row) {
        thread_local std::vector<Complex> values(frequencies);
        transform(signals[d], values);
        take_magnitudes(values, row);
    });
    static const double error =
        error_of(magnitudes, decay_count, [](std::size_t n) { return step * static_cast<double>(n); }, decay_of_set);
    state.counters["relative_error"] = error;
}

/// The circles |z| = 1/a from 0 to π, a transform for each decay.
void chirp_z_spiral(benchmark::State& state) {
    constexpr double step = std::numbers::pi / frequencies;
    std::vector<ChirpZ> transforms;
    for (const double a : decays)
        transforms.emplace_back(samples, frequencies, ChirpContour{.angle_step = step, .log_radius = -std::log(a)});
    const std::vector<Complex> v(signal.begin(), signal.end());
    const auto magnitudes = time_rows(state, [&](std::size_t d, std::span<double> row) {
        thread_local std::vector<Complex> values(frequencies);
        transforms[d](v, values);
        take_magnitudes(values, row);
    });
    static const double error =
        error_of(magnitudes, decay_count, [](std::size_t n) { return step * static_cast<double>(n); }, decay_of_set);
    state.counters["relative_error"] = error;
}

/// w_n = 10000^(−n/4096).
RotationBank geometric_bank() { return parse_rotation_bank("rope:8192:10000"); }

/// The method is the one that the library chooses.
void geometric(benchmark::State& state) {
    const RotationBank bank = geometric_bank();
    const ResponsePlan plan(bank, samples);
    const Signals signals = decayed_signals();
    const auto magnitudes = time_rows(state, [&](std::size_t d, std::span<double> row) {
        thread_local ThreadPool alone(1);  // the signals run in parallel, not each of them
        take_magnitudes(plan(alone, signals[d]), row);
    });
    static const double error =
        error_of(magnitudes, decay_count, [&](std::size_t n) { return bank.frequencies[n]; }, decay_of_set);
    state.counters["relative_error"] = error;
    state.SetLabel(std::string(describe(plan.method())));
}

void geometric_plan(benchmark::State& state) {
    const RotationBank bank = geometric_bank();
    for (auto _ : state) benchmark::DoNotOptimize(ResponsePlan(bank, samples));
}

/// a_n = 1 − w_n/100, one signal. The newest sample counts full, so the signal is handed over newest first.
void own_decay(benchmark::State& state) {
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    const RotationBank bank = geometric_bank();
    std::vector<double> own;
    for (const double w : bank.frequencies) own.push_back(1.0 - 1e-2 * w);
    const std::vector<Complex> newest_last(signal.rbegin(), signal.rend());
    std::vector<double> magnitudes(frequencies);
    for (auto _ : state) {
        take_magnitudes(bank_state(pool, newest_last, bank, own), magnitudes);
        benchmark::DoNotOptimize(magnitudes.data());
        benchmark::ClobberMemory();
    }
    static const double error = error_of(
        magnitudes, 1, [&](std::size_t n) { return bank.frequencies[n]; },
        [&](std::size_t, std::size_t n) { return own[n]; });
    state.counters["relative_error"] = error;
}

BENCHMARK(uniform)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(chirp_z_arc)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(chirp_z_spiral)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(geometric)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(geometric_plan)->Unit(benchmark::kMillisecond);
BENCHMARK(own_decay)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rotoscope
