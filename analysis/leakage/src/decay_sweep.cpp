#include "decay_sweep.hpp"

#include "parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/tone_resolution.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_alphas = 10'000;
constexpr double largest_alpha = 700.0;  // e^{−α} is a number
constexpr std::size_t bank_channels = 32;
constexpr std::size_t most_means = 9;

/// `resolved`: also the separations at which tones are told apart, which take longest.
SweptDecay study_decay(double alpha, const FigureAnalyser& analyse, std::size_t length, bool resolved) {
    const WindowSpec spec = parse_window("decay:" + format_shortest(alpha));
    const std::vector<double> window = make_window(spec, length);
    SweptDecay result;
    result.alpha = alpha;
    result.figures = analyse(window);
    if (const auto fall_off = closed_form_fall_off(spec)) result.figures.fall_off = fall_off;
    result.noise_loss_db = noise_loss_db(result.figures.noise_bandwidth);
    const LobeProfile lobes(window);
    for (std::size_t i = 0; resolved && i < std::size(resolved_levels); ++i)
        result.resolution[i] = lobes.resolution(resolved_levels[i]);
    for (std::size_t i = 0; i < std::size(weak_separations); ++i)
        result.weakest_db[i] = lobes.masking_level_db(weak_separations[i]);
    return result;
}

}  // namespace

std::vector<double> parse_sweep(const std::string& text) {
    constexpr std::string_view expected = "MIN:MAX[:COUNT] with 0 ≤ MIN < MAX ≤ 700, as in 0:10:81";
    const auto parts = split_text(text.empty() ? "0:10:81" : text, ':');
    const auto refuse = [&]() -> Error {
        return usage_error(fmt::format("--sweep-range: {}; expected {}", quote(text), expected));
    };
    if (parts.size() < 2 || parts.size() > 3) throw refuse();
    const double least = require_finite("--sweep-range", parts[0], expected);
    const double most = require_finite("--sweep-range", parts[1], expected);
    const auto count = parts.size() == 3 ? parse_whole(parts[2]) : std::optional<std::size_t>(81);
    if (!(least >= 0.0 && least < most && most <= largest_alpha)) throw refuse();
    if (!count || *count < 2 || *count > most_alphas)
        throw usage_error(fmt::format("--sweep-range: {} values; expected 2 to {}", quote(parts[2]), most_alphas));
    std::vector<double> alphas;
    for (std::size_t i = 0; i < *count; ++i)
        alphas.push_back(least + (most - least) * static_cast<double>(i) / static_cast<double>(*count - 1));
    return alphas;
}

std::vector<double> spread_decays(double mean, std::size_t channels) {
    std::vector<double> alphas;
    for (std::size_t n = 0; n < channels; ++n)
        alphas.push_back(2.0 * mean * (static_cast<double>(n) + 0.5) / static_cast<double>(channels));
    return alphas;
}

DecaySweep sweep_decays(const std::vector<double>& alphas, std::size_t length, const LeakageOptions& options,
                        Context& context) {
    DecaySweep sweep;
    sweep.length = length;
    sweep.channels = bank_channels;
    const FigureAnalyser analyse(length, {options.width_level, 16});
    std::vector<double> all = alphas;
    for (std::size_t i = 0; i < most_means; ++i) {
        // Up to half the sweep's end, so that the channels' own α stay within it.
        const double mean = 0.5 * alphas.back() * static_cast<double>(i + 1) / most_means;
        sweep.means.push_back(mean);
        all.push_back(mean);
        const auto own = spread_decays(mean, bank_channels);
        all.insert(all.end(), own.begin(), own.end());
    }
    std::vector<SweptDecay> studied(all.size());
    context.progress.begin("decays", all.size());
    context.pool.for_chunks(all.size(), 4, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            throw_if_stopped();
            studied[i] = study_decay(all[i], analyse, length, i < alphas.size());
        }
    });
    context.progress.end();
    const auto cut = studied.begin() + static_cast<std::ptrdiff_t>(alphas.size());
    sweep.decays.assign(studied.begin(), cut);
    sweep.spread.assign(cut, studied.end());  // for each mean: the shared decay, then its channels
    return sweep;
}

}  // namespace rotoscope
