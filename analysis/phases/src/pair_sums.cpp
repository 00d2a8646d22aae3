#include "pair_sums.hpp"

#include <algorithm>
#include <cstring>

namespace rotoscope {
namespace {

constexpr std::size_t lanes = PairAccumulator::lanes;
using Floats [[gnu::vector_size(lanes * sizeof(float))]] = float;
using Integers [[gnu::vector_size(lanes * sizeof(float))]] = std::int32_t;

Floats load(const float* values) {
    Floats vector;
    std::memcpy(&vector, values, sizeof vector);
    return vector;
}

/// The first `count` < lanes values, then zeros.
Floats load_part(const float* values, std::size_t count) {
    Floats vector{};
    std::memcpy(&vector, values, count * sizeof(float));
    return vector;
}

struct BlockSums {
    Floats sums[8] = {};

    void add(Floats q0, Floats q1, Floats k0, Floats k1) {
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

/// One block of at most PairAccumulator::block columns.
template <bool has_gain>
BlockSums sum_block(const float* q0, const float* q1, const float* k0, const float* k1, const float* gain,
                    std::size_t columns) {
    BlockSums block;
    std::size_t j = 0;
    for (; j + lanes <= columns; j += lanes) {
        if constexpr (has_gain) {
            const Floats g = load(gain + j);
            block.add(load(q0 + j) * g, load(q1 + j) * g, load(k0 + j) * g, load(k1 + j) * g);
        } else {
            block.add(load(q0 + j), load(q1 + j), load(k0 + j), load(k1 + j));
        }
    }
    if (const std::size_t rest = columns - j; rest > 0) {
        const Floats g = has_gain ? load_part(gain + j, rest) : Floats{} + 1.0F;
        block.add(load_part(q0 + j, rest) * g, load_part(q1 + j, rest) * g, load_part(k0 + j, rest) * g,
                  load_part(k1 + j, rest) * g);
    }
    return block;
}

double sum_lanes(const std::array<double, lanes>& values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum;
}

void add_lanes(std::array<double, lanes>& sums, const Floats& block) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<double>(block[lane]);
}

// Bins are found for so many values, then counted: numbers that are read back from memory are cheaper to take one by
// one than out of a vector.
constexpr std::size_t bin_block = 1024;

/// The place in WeightHistogram::counts() of each of at most bin_block values; of what is not a number, 0. How many of
/// those there are.
std::uint64_t find_bins(std::span<const float> values, float scale, std::uint16_t* found) {
    using Shorts [[gnu::vector_size(lanes * sizeof(std::uint16_t))]] = std::uint16_t;
    constexpr float origin = static_cast<float>(WeightHistogram::bins) / 2.0F + 1.0F;  // 0 is below the range
    constexpr float last = static_cast<float>(WeightHistogram::bins) + 1.0F;
    Integers nans{};
    for (std::size_t j = 0; j < values.size(); j += lanes) {
        const std::size_t count = std::min(lanes, values.size() - j);
        const Floats x = count == lanes ? load(values.data() + j) : load_part(values.data() + j, count);
        Floats place = x * scale + origin;
        place = place >= 0.0F ? place : Floats{};  // NaN too
        place = place <= last ? place : Floats{} + last;
        nans -= x != x;
        const Shorts bins = __builtin_convertvector(__builtin_convertvector(place, Integers), Shorts);
        std::memcpy(found + j, &bins, sizeof bins);
    }
    std::uint64_t nan = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) nan += static_cast<std::uint64_t>(nans[lane]);
    return nan;
}

}  // namespace

void PairAccumulator::add(const float* q0, const float* q1, const float* k0, const float* k1, const float* gain,
                          std::size_t columns) {
    for (std::size_t j = 0; j < columns; j += block) {
        const std::size_t count = std::min(block, columns - j);
        const BlockSums sums = gain != nullptr ? sum_block<true>(q0 + j, q1 + j, k0 + j, k1 + j, gain + j, count)
                                               : sum_block<false>(q0 + j, q1 + j, k0 + j, k1 + j, nullptr, count);
        for (std::size_t i = 0; i < sums_.size(); ++i) add_lanes(sums_[i], sums.sums[i]);
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
        Floats sum{};
        std::size_t i = j;
        for (; i + lanes <= end; i += lanes) sum += load(a + i) * load(b + i);
        if (i < end) sum += load_part(a + i, end - i) * load_part(b + i, end - i);
        add_lanes(total, sum);
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
            alignas(64) std::array<std::uint16_t, bin_block> found;
            nan += find_bins(block, scale, found.data());
            std::size_t i = 0;
            for (; i + tables <= block.size(); i += tables)
                for (std::size_t table = 0; table < tables; ++table) ++counters[table][found[i + table]];
            for (; i < block.size(); ++i) ++counters[0][found[i]];
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
