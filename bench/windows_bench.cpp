// Times windows and their figures of merit: the cases `smart`, `sweep` and `generate` of the NumPy peer, with the same
// 24 windows. Two threads where the peer has two.
//
// relative_error is the largest over the windows and the three figures that follow, each from sums term by term: the
// amplitude of the highest side lobe, the equivalent noise bandwidth and the amplitude half a bin off. The side lobe is
// looked for beyond the edge of the main lobe on a grid of 64 points a bin, then by sections between two of its points.
#include "support/direct_sums.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/numerics/fft.hpp"
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

/// |W(bin)|.
double amplitude(const std::vector<test::Complex>& window, double bin) {
    return std::abs(test::direct_sum(window, 2.0 * std::numbers::pi * bin / static_cast<double>(window.size())));
}

/// The largest |W| within `reach` bins of one that is a maximum of a grid so fine, by 16 golden sections.
double largest_near(const std::vector<test::Complex>& window, double bin, double reach) {
    constexpr double golden = 0.6180339887498949;
    double low = bin - reach;
    double high = bin + reach;
    for (int i = 0; i < 16; ++i) {
        const double left = high - golden * (high - low);
        const double right = low + golden * (high - low);
        (amplitude(window, left) < amplitude(window, right) ? low : high) =
            amplitude(window, left) < amplitude(window, right) ? left : right;
    }
    return amplitude(window, 0.5 * (low + high));
}

/// Beyond `edge` bins and up to N/4.
double largest_side_lobe(const std::vector<double>& window, double edge) {
    constexpr std::size_t points_per_bin = 64;
    std::vector<double> padded(points_per_bin * window.size(), 0.0);
    std::ranges::copy(window, padded.begin());
    const RealFft fft(padded.size());
    std::vector<test::Complex> spectrum(fft.bins());
    fft(padded, spectrum);
    const auto first = spectrum.begin() + static_cast<std::ptrdiff_t>(std::ceil(edge * points_per_bin));
    const auto last = spectrum.begin() + static_cast<std::ptrdiff_t>(points_per_bin * window.size() / 4);
    const auto largest =
        std::max_element(first, last, [](const auto& a, const auto& b) { return std::norm(a) < std::norm(b); });
    return largest_near({window.begin(), window.end()},
                        static_cast<double>(largest - spectrum.begin()) / points_per_bin, 1.0 / points_per_bin);
}

double error_of(const std::vector<double>& window, const FiguresOfMerit& figures) {
    const std::vector<test::Complex> samples(window.begin(), window.end());
    const double n = static_cast<double>(window.size());
    const double peak = amplitude(samples, 0.0);
    const double energy = std::pow(test::euclidean_norm(samples), 2);
    const auto off = [](double ours, double exact) { return std::abs(ours / exact - 1.0); };
    double error = std::max(off(figures.noise_bandwidth, n * energy / (peak * peak)),
                            off(std::pow(10.0, -figures.scallop_loss_db / 20.0), amplitude(samples, 0.5) / peak));
    if (figures.highest_side_lobe && figures.main_lobe_edge)
        error = std::max(error, off(std::pow(10.0, figures.highest_side_lobe->level_db / 20.0),
                                    largest_side_lobe(window, *figures.main_lobe_edge) / peak));
    return error;
}

double error_of(const std::vector<std::vector<double>>& windows, const std::vector<FiguresOfMerit>& figures) {
    double error = 0.0;
    for (std::size_t i = 0; i < windows.size(); ++i) error = std::max(error, error_of(windows[i], figures[i]));
    return error;
}

void figures_of_24_windows(benchmark::State& state) {
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    const auto bank = make_bank(4096);
    for (auto _ : state) benchmark::DoNotOptimize(figures_of_merit(pool, bank));
    static const double error = error_of(bank, figures_of_merit(pool, bank));
    state.counters["relative_error"] = error;
}
BENCHMARK(figures_of_24_windows)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void sweep_of_7_lengths(benchmark::State& state) {
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    std::vector<std::vector<double>> windows;
    for (const std::size_t n : sweep_lengths)
        for (auto& window : make_bank(n)) windows.push_back(std::move(window));
    for (auto _ : state) benchmark::DoNotOptimize(figures_of_merit(pool, windows));
    static const double error = error_of(windows, figures_of_merit(pool, windows));
    state.counters["relative_error"] = error;
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
