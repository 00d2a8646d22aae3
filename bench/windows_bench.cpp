// Times windows and their figures of merit: the cases `smart`, `sweep` and `generate` of the NumPy peer, with the same
// 24 windows. Two threads where the peer has two.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

constexpr std::array<std::size_t, 7> sweep_lengths{256, 512, 1024, 2048, 4096, 8192, 16384};

/// The peer's bank. Its Gaussian and exponential widths are shares of N.
std::vector<std::vector<double>> make_bank(std::size_t n) {
    const std::string length = std::to_string(n);
    const auto share = [n](double divisor) { return std::to_string(static_cast<double>(n) / divisor); };
    const std::string list =
        "boxcar,triang,bartlett,hann,hamming,blackman,nuttall,blackmanharris,flattop,bohman,parzen,cosine,barthann,"
        "lanczos,tukey:0.5,gaussian:std=" +
        share(8.0) + ",general_gaussian:1.5:" + share(6.0) +
        ",kaiser:beta=8.6,kaiser:beta=14,chebwin:100,taylor:4:30,dpss:3,exponential:" + share(17.38) +
        ",exponential:" + share(4.0) + ":center=0";
    std::vector<std::vector<double>> bank;
    for (const WindowSpec& spec : parse_windows(list)) bank.push_back(make_window(spec, n));
    return bank;
}

void figures_of_24_windows(benchmark::State& state) {
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    const auto bank = make_bank(4096);
    for (auto _ : state) benchmark::DoNotOptimize(figures_of_merit(pool, bank));
}
BENCHMARK(figures_of_24_windows)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void sweep_of_7_lengths(benchmark::State& state) {
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    std::vector<std::vector<double>> windows;
    for (const std::size_t n : sweep_lengths)
        for (auto& window : make_bank(n)) windows.push_back(std::move(window));
    for (auto _ : state) benchmark::DoNotOptimize(figures_of_merit(pool, windows));
}
BENCHMARK(sweep_of_7_lengths)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void generate_24_windows(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(make_bank(4096));
}
BENCHMARK(generate_24_windows)->Unit(benchmark::kMillisecond);

void generate_dpss(benchmark::State& state) {
    const WindowSpec spec = parse_window("dpss:3");
    for (auto _ : state) benchmark::DoNotOptimize(make_window(spec, static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(generate_dpss)->Arg(4096)->Arg(16384)->Unit(benchmark::kMillisecond);

void figures_of_one_window(benchmark::State& state, const char* text) {
    const auto window = make_window(parse_window(text), 4096);
    const FigureAnalyser analyse(window.size());
    for (auto _ : state) benchmark::DoNotOptimize(analyse(window));
}
BENCHMARK_CAPTURE(figures_of_one_window, hann, "hann")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(figures_of_one_window, chebwin, "chebwin:100")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(figures_of_one_window, decay, "decay:4")->Unit(benchmark::kMicrosecond);

void fall_off_in_closed_form(benchmark::State& state, const char* text) {
    const WindowSpec spec = parse_window(text);
    for (auto _ : state) benchmark::DoNotOptimize(closed_form_fall_off(spec));
}
BENCHMARK_CAPTURE(fall_off_in_closed_form, hann, "hann")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(fall_off_in_closed_form, cos3, "cos:3")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rotoscope

BENCHMARK_MAIN();
