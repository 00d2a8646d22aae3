#include "pair_sums.hpp"

#include <algorithm>

#include "rotoscope/core/lanes.hpp"

namespace rotoscope {
namespace {

using Floats = Lanes<float>;
using Integers = Lanes<std::int32_t>;

constexpr std::size_t lanes = PairAccumulator::lanes;
constexpr std::size_t width = lane_count<float>;  // lanes of one register; the sums of all are alike on every machine
static_assert(lanes % width == 0);

/// The eight sums of a block of columns in one register's lanes.
struct BlockSums {
    Floats sums[8] = {};

    [[gnu::always_inline]] void add(Floats q0, Floats q1, Floats k0, Floats k1) {
        sums[0] += q0 * q0;
        sums[1] += q1 * q1;
        sums[2] += k0 * k0;
        sums[3] += k1 * k1;
        sums[4] += q0 * k0;
        sums[5] += q1 * k1;
        sums[6] += q1 * k0;
        sums[7] += q0 * k1;
    }
};

/// Lanes first … first + width − 1 of one block of at most PairAccumulator::block columns.
template <bool has_gain>
BlockSums sum_block(const float* q0, const float* q1, const float* k0, const float* k1, const float* gain,
                    std::size_t columns, std::size_t first) {
    BlockSums block;
    std::size_t j = first;
    for (; j + width <= columns; j += lanes) {
        if constexpr (has_gain) {
            const Floats g = load_lanes(gain + j);
            block.add(load_lanes(q0 + j) * g, load_lanes(q1 + j) * g, load_lanes(k0 + j) * g, load_lanes(k1 + j) * g);
        } else {
            block.add(load_lanes(q0 + j), load_lanes(q1 + j), load_lanes(k0 + j), load_lanes(k1 + j));
        }
    }
    if (j < columns) {
        const std::size_t rest = columns - j;
        const Floats g = has_gain ? load_lanes(gain + j, rest) : Floats{} + 1.0F;
        block.add(load_lanes(q0 + j, rest) * g, load_lanes(q1 + j, rest) * g, load_lanes(k0 + j, rest) * g,
                  load_lanes(k1 + j, rest) * g);
    }
    return block;
}

double sum_lanes(const std::array<double, lanes>& values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum;
}

/// To sums[0 … width − 1].
[[gnu::always_inline]] inline void add_lanes(double* sums, const Floats& block) {
    for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += static_cast<double>(block[lane]);
}

// Bins are found for so many values, then counted: numbers that are read back from memory are cheaper to take one by
// one than out of a vector.
constexpr std::size_t bin_block = 1024;

/// The place in WeightHistogram::counts() of each of at most bin_block values; of what is not a number, 0. How many of
/// those there are.
std::uint64_t find_bins(std::span<const float> values, float scale, std::int32_t* found) {
    constexpr float origin = static_cast<float>(WeightHistogram::bins) / 2.0F + 1.0F;  // 0 is below the range
    constexpr float last = static_cast<float>(WeightHistogram::bins) + 1.0F;
    Integers nans{};
    for (std::size_t j = 0; j < values.size(); j += width) {
        const float* const from = values.data() + j;
        const std::size_t count = values.size() - j;
        const Floats x = count >= width ? load_lanes(from) : load_lanes(from, count);
        Floats place = x * scale + origin;
        place = place >= 0.0F ? place : Floats{};  // NaN too
        place = place <= last ? place : Floats{} + last;
        nans -= x != x;
        store_lanes(found + j, __builtin_convertvector(place, Integers));
    }
    std::uint64_t nan = 0;
    for (std::size_t lane = 0; lane < width; ++lane) nan += static_cast<std::uint64_t>(nans[lane]);
    return nan;
}

}  // namespace

void PairAccumulator::add(const float* q0, const float* q1, const float* k0, const float* k1, const float* gain,
                          std::size_t columns) {
    for (std::size_t j = 0; j < columns; j += block) {
        const std::size_t count = std::min(block, columns - j);
        for (std::size_t first = 0; first < lanes; first += width) {
            const BlockSums sums = gain != nullptr
                                       ? sum_block<true>(q0 + j, q1 + j, k0 + j, k1 + j, gain + j, count, first)
                                       : sum_block<false>(q0 + j, q1 + j, k0 + j, k1 + j, nullptr, count, first);
            for (std::size_t i = 0; i < sums_.size(); ++i) add_lanes(sums_[i].data() + first, sums.sums[i]);
        }
    }
}

PairProducts PairAccumulator::total() const {
    return {sum_lanes(sums_[0]), sum_lanes(sums_[1]), sum_lanes(sums_[2]), sum_lanes(sums_[3]),
            sum_lanes(sums_[4]), sum_lanes(sums_[5]), sum_lanes(sums_[6]), sum_lanes(sums_[7])};
}

double dot_product(const float* a, const float* b, std::size_t columns) {
    std::array<double, lanes> total{};
    for (std::size_t j = 0; j < columns; j += PairAccumulator::block) {
        const std::size_t end = std::min(j + PairAccumulator::block, columns);
        for (std::size_t first = 0; first < lanes; first += width) {
            Floats sum{};
            std::size_t i = j + first;
            for (; i + width <= end; i += lanes) sum += load_lanes(a + i) * load_lanes(b + i);
            if (i < end) sum += load_lanes(a + i, end - i) * load_lanes(b + i, end - i);
            add_lanes(total.data() + first, sum);
        }
    }
    return sum_lanes(total);
}

void WeightHistogram::add(std::span<const float> values) {
    // Neighbouring values often fall into one bin: counters of their own for each of four places do not wait for each
    // other. 32 bits hold what a part of 2^20 values counts.
    constexpr std::size_t tables = 4;
    constexpr std::size_t part = std::size_t{1} << 20;
    const auto scale = static_cast<float>(static_cast<double>(bins) / 2.0 / limit_);
    while (!values.empty()) {
        const std::span<const float> now = values.first(std::min(values.size(), part));
        std::array<std::array<std::uint32_t, bins + 2>, tables> counters{};
        std::uint64_t nan = 0;
        for (std::size_t begin = 0; begin < now.size(); begin += bin_block) {
            const std::span<const float> block = now.subspan(begin, std::min(bin_block, now.size() - begin));
            alignas(64) std::array<std::int32_t, bin_block> found;
            nan += find_bins(block, scale, found.data());
            std::size_t i = 0;
            for (; i + tables <= block.size(); i += tables)
                for (std::size_t table = 0; table < tables; ++table)
                    ++counters[table][static_cast<std::size_t>(found[i + table])];
            for (; i < block.size(); ++i) ++counters[0][static_cast<std::size_t>(found[i])];
        }
        for (const auto& table : counters)
            for (std::size_t bin = 0; bin < table.size(); ++bin) counts_[bin] += table[bin];
        counts_[0] -= nan;
        nan_ += nan;
        values = values.subspan(now.size());
    }
}

void WeightHistogram::add(const WeightHistogram& other) {
    for (std::size_t bin = 0; bin < counts_.size(); ++bin) counts_[bin] += other.counts_[bin];
    nan_ += other.nan_;
}

}  // namespace rotoscope
