#include "measured.hpp"

#include "quantities.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rotoscope {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view token_range = "token_range";

std::vector<ChannelKey> read_keys(PhaseKind kind, const Table& channels) {
    const std::size_t channel = channels.column(channel_word(kind));
    const auto integer = [&](std::size_t row, std::size_t column) {
        return static_cast<std::size_t>(std::get<std::int64_t>(channels.at(row, column)));
    };
    std::vector<ChannelKey> keys;
    for (std::size_t row = 0; row < channels.rows(); ++row)
        keys.push_back(
            {integer(row, channels.column("layer")), integer(row, channels.column("head")), integer(row, channel)});
    return keys;
}

/// How far apart vocabulary entries are in the angle they add, |temperature·Σ taps|·(max z − min z), for the rows of
/// layer 0; NaN for the others, and where what a token adds depends on its neighbours.
std::vector<double> read_token_ranges(const PhaseMeasurements& measured) {
    std::vector<double> ranges(measured.channels.rows(), nan);
    if (!measured.linear || !measured.vocabulary) return ranges;
    const std::vector<double> temperature = measured.channels.numbers("temperature");
    const std::vector<double> tap_sum = measured.channels.numbers("tap_sum");
    const std::vector<double> low = measured.vocabulary->numbers("projected_min");
    const std::vector<double> high = measured.vocabulary->numbers("projected_max");
    for (std::size_t i = 0; i < low.size(); ++i) ranges[i] = std::abs(temperature[i] * tap_sum[i]) * (high[i] - low[i]);
    return ranges;
}

}  // namespace

std::optional<std::size_t> MeasuredChannels::find(const ChannelKey& key) const {
    const auto found = std::ranges::lower_bound(keys, key);
    if (found == keys.end() || *found != key) return std::nullopt;
    return static_cast<std::size_t>(found - keys.begin());
}

double MeasuredChannels::value(std::size_t row, std::size_t quantity) const {
    return values[row * quantities(kind).size() + quantity];
}

double MeasuredChannels::value(const ChannelKey& key, std::size_t quantity) const {
    const auto row = find(key);
    return row ? value(*row, quantity) : nan;
}

std::vector<double> MeasuredChannels::increments_of(const ChannelKey& key) const {
    const auto layer = std::ranges::find(increments, key.layer, &LayerIncrements::layer);
    if (layer == increments.end()) return {};
    return layer->sampled.finite(key.head * layer->pairs + key.channel, layer->channels);
}

std::vector<Column> quantity_columns(PhaseKind kind, const Table& channels) {
    std::vector<Column> columns;
    for (const Quantity& quantity : quantities(kind))
        columns.push_back(
            quantity.name == token_range
                ? Column{std::string(token_range), "rad",
                         "largest less smallest total angle that a vocabulary entry adds in layer 0, "
                         "|temperature·(sum of taps)|·(max z - min z); missing where SiLU or a gate makes "
                         "it depend on its neighbours"}
                : channels.columns()[channels.column(quantity.name)]);
    return columns;
}

MeasuredChannels read_channels(std::size_t snapshot, PhaseKind kind, PhaseMeasurements measured,
                               std::size_t checkpoints) {
    MeasuredChannels result;
    result.snapshot = snapshot;
    result.kind = kind;
    result.keys = read_keys(kind, measured.channels);
    const std::size_t count = quantities(kind).size();
    result.values.resize(result.keys.size() * count);
    for (std::size_t q = 0; q < count; ++q) {
        const std::string_view name = quantities(kind)[q].name;
        const std::vector<double> column =
            name == token_range ? read_token_ranges(measured) : measured.channels.numbers(name);
        for (std::size_t row = 0; row < column.size(); ++row) result.values[row * count + q] = column[row];
    }
    if (measured.linear && measured.tokens && measured.tokens->rows() <= most_rows / checkpoints) {
        result.token_angles = measured.tokens->numbers("total_angle");
        result.vocabulary = result.token_angles.size() / measured.vocabulary->rows();
    }
    result.increments = std::move(measured.increments);
    return result;
}

}  // namespace rotoscope
