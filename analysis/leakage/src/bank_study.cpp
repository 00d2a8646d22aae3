#include "bank_study.hpp"

#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/numerics/direct_transform.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t checked_rotations = 8;
constexpr std::size_t longest_check = std::size_t{1} << 22;
constexpr std::size_t most_maps = 4;
constexpr std::size_t most_map_rows = 64;
constexpr std::size_t map_tones = 256;
constexpr std::size_t tones_per_cell = 8;

/// w_l e^{iw'l}, whose transform at w_n is the conjugate of H(w' − w_n).
std::vector<Complex> heard_through(const std::vector<double>& window, double tone) {
    const Turns heard = Turns::of_radians(tone);
    std::vector<Complex> samples(window.size());
    for (std::size_t l = 0; l < window.size(); ++l) samples[l] = window[l] * (heard * l).unit();
    return samples;
}

/// The direct sums of a few rotations.
std::vector<Complex> direct_responses(const BankWindow& window, const RotationBank& bank, double tone,
                                      const std::vector<std::size_t>& chosen, ThreadPool& pool) {
    const auto all = bank.turns();
    std::vector<Turns> frequencies;
    std::vector<double> radii;
    for (const std::size_t n : chosen) {
        frequencies.push_back(all[n]);
        if (!window.decays.empty()) radii.push_back(window.decays[window.decays.size() > 1 ? n : 0]);
    }
    const std::vector<double> ones(window.decays.empty() ? 0 : window.length, 1.0);
    return direct_transform(pool, heard_through(window.decays.empty() ? window.samples : ones, tone), frequencies,
                            radii);
}

std::optional<double> measure_error(const BankWindow& window, const RotationBank& bank, const ToneResponse& found,
                                    ThreadPool& pool) {
    if (window.length > longest_check || found.method == Method::direct) return std::nullopt;
    const auto chosen = spread_indices(bank.size(), checked_rotations);
    const auto direct = direct_responses(window, bank, found.tone, chosen, pool);
    double worst = 0.0;
    for (std::size_t i = 0; i < chosen.size(); ++i)
        worst = std::max(worst, std::abs(found.response[chosen[i]] - std::abs(direct[i])) / window.gain(chosen[i]));
    return worst;
}

ToneResponse respond(const BankWindow& window, const ResponsePlan* plan, const RotationBank& bank, double tone,
                     ThreadPool& pool) {
    ToneResponse result;
    result.window = window.label;
    result.tone = tone;
    std::vector<Complex> values;
    if (plan == nullptr) {
        values = exponential_responses(bank, window.decays, tone, window.length);
    } else {
        values = (*plan)(pool, heard_through(window.samples, tone));
        result.method = plan->method();
    }
    result.response.reserve(values.size());
    result.level_db.reserve(values.size());
    for (std::size_t n = 0; n < values.size(); ++n) {
        result.response.push_back(std::abs(values[n]));
        result.level_db.push_back(decibels(result.response.back() / window.gain(n)));
    }
    result.error = measure_error(window, bank, result, pool);
    return result;
}

/// Σ_{l<T} a^l.
double exponential_gain(double decay, std::size_t length) {
    return exponential_response(decay, Turns{}, length).real();
}

/// Tones of a map, over the band or over what the bank hears: three times beyond its frequencies.
BankMap map_axes(const RotationBank& bank, const std::optional<std::string>& band) {
    BankMap map;
    map.rotations = spread_indices(bank.size(), most_map_rows);
    const auto [least, most] = std::ranges::minmax(bank.frequencies);
    ToneBand tones = parse_band(band);
    constexpr double wide = 50.0;
    if (!band && least > 0.0 && most > wide * least) tones = {least / 3.0, std::min(3.0 * most, std::numbers::pi)};
    if (!band && (least < 0.0 || most > std::numbers::pi)) tones = {least, std::max(most, least + 1e-3)};
    map.logarithmic = tones.low > 0.0 && tones.high > wide * tones.low;
    for (std::size_t i = 0; i < map_tones; ++i) {
        const double share = static_cast<double>(i) / (map_tones - 1);
        map.tones.push_back(map.logarithmic ? tones.low * std::pow(tones.high / tones.low, share)
                                            : tones.low + share * (tones.high - tones.low));
    }
    return map;
}

/// The tones of all cells, tones_per_cell spread over each.
std::vector<double> fine_tones(const BankMap& map) {
    std::vector<double> tones;
    const double span = static_cast<double>(map.tones.size() - 1);
    for (std::size_t i = 0; i < map.tones.size() * tones_per_cell; ++i) {
        const double share = ((static_cast<double>(i) + 0.5) / tones_per_cell - 0.5) / span;
        const double low = map.tones.front();
        const double high = map.tones.back();
        tones.push_back(map.logarithmic ? low * std::pow(high / low, share) : low + share * (high - low));
    }
    return tones;
}

/// The level of each cell of one rotation's row.
void add_map_row(BankMap& map, const std::vector<Complex>& values, const std::vector<double>& tones, double frequency,
                 double gain) {
    for (std::size_t cell = 0; cell < map.tones.size(); ++cell) {
        const std::size_t first = cell * tones_per_cell;
        double largest = 0.0;
        for (std::size_t i = first; i < first + tones_per_cell; ++i) largest = std::max(largest, std::abs(values[i]));
        if (frequency >= tones[first] && frequency <= tones[first + tones_per_cell - 1]) largest = gain;
        map.level_db.push_back(decibels(largest / gain));
    }
}

}  // namespace

double BankWindow::gain(std::size_t channel) const {
    if (!decays.empty()) return exponential_gain(decays[decays.size() > 1 ? channel : 0], length);
    return std::abs(std::accumulate(samples.begin(), samples.end(), 0.0));
}

std::vector<BankWindow> bank_windows(const WindowList& list, const std::optional<std::string>& decay,
                                     const RotationBank& bank, std::size_t length, Symmetry symmetry) {
    std::vector<BankWindow> windows{{"boxcar", {1.0}, {}, length}};
    for (const LeakageWindow& window : list.windows) {
        if (window.label == "boxcar") continue;
        const std::size_t own = window.size(length);
        if (const auto a = window.decay(own)) windows.push_back({window.label, {*a}, {}, own});
        else windows.push_back({window.label, {}, window.samples(own, symmetry), own});
    }
    if (!decay) return windows;
    DecayList decays = parse_decays(*decay, length);
    if (decays.values.size() == 1) {
        windows.push_back({decays.labels.front(), decays.values, {}, length});
        return windows;
    }
    (void)decays_of_channels(bank, decays.values);  // refuses another number
    double mean = 0.0;
    for (const double a : decays.values) mean += std::log(a) / static_cast<double>(decays.values.size());
    windows.push_back({"own decays", std::move(decays.values), {}, length});
    windows.push_back(
        {fmt::format("shared decay, α = {:.4g}", -mean * static_cast<double>(length)), {std::exp(mean)}, {}, length});
    return windows;
}

BankStudy study_bank(const RotationBank& bank, const std::vector<BankWindow>& windows, const std::vector<double>& tones,
                     std::size_t length, Context& context) {
    BankStudy study{bank, length, {}};
    std::map<std::size_t, ResponsePlan> plans;
    for (const BankWindow& window : windows) {
        const ResponsePlan* plan = nullptr;
        if (window.decays.empty()) plan = &plans.try_emplace(window.length, bank, window.length).first->second;
        for (const double tone : tones) {
            throw_if_stopped();
            study.responses.push_back(respond(window, plan, bank, tone, context.pool));
        }
    }
    return study;
}

std::vector<BankMap> map_bank(const RotationBank& bank, const std::vector<BankWindow>& windows,
                              const std::optional<std::string>& band, Context& context) {
    const BankMap axes = map_axes(bank, band);
    const std::vector<double> fine = fine_tones(axes);
    const RotationBank tones =
        axes.logarithmic ? explicit_bank(fine) : linear_bank(fine.size(), fine.front(), fine.back());
    std::map<std::size_t, ResponsePlan> plans;
    std::vector<BankMap> maps;
    for (const BankWindow& window : windows) {
        if (maps.size() == most_maps) break;
        if (window.label == "boxcar" && windows.size() > 2) continue;
        BankMap map = axes;
        map.window = window.label;
        for (const std::size_t n : map.rotations) {
            throw_if_stopped();
            std::vector<Complex> values;
            if (window.decays.empty()) {
                const auto& plan = plans.try_emplace(window.length, tones, window.length).first->second;
                values = plan(context.pool, heard_through(window.samples, bank.frequencies[n]));
            } else {
                const double own = window.decays[window.decays.size() > 1 ? n : 0];
                values = exponential_responses(tones, std::vector<double>{own}, bank.frequencies[n], window.length);
            }
            add_map_row(map, values, fine, bank.frequencies[n], window.gain(n));
        }
        maps.push_back(std::move(map));
    }
    return maps;
}

std::optional<std::uint64_t> bank_study_bytes(std::uint64_t length, std::uint64_t rotations, std::uint64_t rows) {
    // Samples, the transform's buffers and factors (NonuniformTransform: 4T + 18N doubles, the FFT as much again); a
    // row of the table with its text.
    const auto samples = checked_multiply(length, 160);
    const auto bank = checked_multiply(rotations, 400);
    const auto table = checked_multiply(rows, 400);
    if (!samples || !bank || !table) return std::nullopt;
    const auto sum = checked_add(*samples, *bank);
    return sum ? checked_add(*sum, *table) : std::nullopt;
}

}  // namespace rotoscope
