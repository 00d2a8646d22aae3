#include "pair_sums.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "rotoscope/checkpoint/stored_lanes.hpp"
#include "rotoscope/core/error.hpp"
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
template <DType dtype, bool has_gain>
BlockSums sum_block(const std::byte* q0, const std::byte* q1, const std::byte* k0, const std::byte* k1,
                    const float* gain, std::size_t columns, std::size_t first) {
    constexpr std::size_t size = stored_size<dtype>;
    BlockSums block;
    std::size_t j = first;
    for (; j + width <= columns; j += lanes) {
        Floats a = load_stored<dtype>(q0 + j * size);
        Floats b = load_stored<dtype>(q1 + j * size);
        Floats c = load_stored<dtype>(k0 + j * size);
        Floats d = load_stored<dtype>(k1 + j * size);
        if constexpr (has_gain) {
            const Floats g = load_lanes(gain + j);
            a *= g, b *= g, c *= g, d *= g;
        }
        block.add(a, b, c, d);
    }
    if (j < columns) {
        const std::size_t rest = columns - j;
        const Floats g = has_gain ? load_lanes(gain + j, rest) : Floats{} + 1.0F;
        block.add(load_stored<dtype>(q0 + j * size, rest) * g, load_stored<dtype>(q1 + j * size, rest) * g,
                  load_stored<dtype>(k0 + j * size, rest) * g, load_stored<dtype>(k1 + j * size, rest) * g);
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

/// Calls use.operator()<dtype>().
template <class Use>
void with_stored_type(DType dtype, Use use) {
    switch (dtype) {
        case DType::f32:
            return use.template operator()<DType::f32>();
        case DType::bf16:
            return use.template operator()<DType::bf16>();
        case DType::f16:
            return use.template operator()<DType::f16>();
        default:
            throw internal_error(fmt::format("{} loaded as it is stored", dtype_name(dtype)));
    }
}

template <DType dtype>
std::uint64_t count_nan(const std::byte* values, std::size_t count) {
    std::uint64_t nan = 0;
    for (std::size_t i = 0; i < count; i += width) {
        const std::byte* const from = values + i * stored_size<dtype>;
        const Floats x = count - i >= width ? load_stored<dtype>(from) : load_stored<dtype>(from, count - i);
        for (std::size_t lane = 0; lane < width; ++lane) nan += std::isnan(x[lane]) ? 1U : 0U;
    }
    return nan;
}

/// Counts values two at a time in a table of all pairs of bins: one counter is raised where each value's own would take
/// two. Of a model's weights few bins are common, and their pairs' counters stay in the first cache.
class PairCounters {
public:
    static constexpr std::size_t most_pairs = std::size_t{1} << 15;  // no sum of counters overflows

    explicit PairCounters(double limit)
        : scale_(static_cast<float>(static_cast<double>(WeightHistogram::bins) / 2.0 / limit)) {}

    /// Of elements i of `first` and of `second`.
    template <DType dtype>
    void count(const std::byte* first, const std::byte* second, std::size_t pairs) {
        // Places are found for so many pairs, then counted: numbers that are read back from memory are cheaper to take
        // one by one than out of a vector.
        constexpr std::size_t block = 512;
        alignas(64) std::array<std::int32_t, block> places;
        for (std::size_t begin = 0; begin < pairs; begin += block) {
            const std::size_t count = std::min(block, pairs - begin);
            for (std::size_t j = 0; j < count; j += width) {
                const auto load = [&](const std::byte* values) {
                    const std::byte* const from = values + (begin + j) * stored_size<dtype>;
                    return count - j >= width ? load_stored<dtype>(from) : load_stored<dtype>(from, count - j);
                };
                store_lanes(places.data() + j,
                            find_bins(load(first)) * static_cast<std::int32_t>(stride) + find_bins(load(second)));
            }
#pragma GCC unroll 8
            for (std::size_t i = 0; i < count; ++i) ++counters_[static_cast<std::size_t>(places[i])];
        }
    }

    /// Adds what was counted.
    void add_to(std::array<std::uint64_t, WeightHistogram::bins + 2>& counts) const {
        std::array<Counts, stride / lane_count<std::uint16_t>> columns{};
        for (std::size_t row = 0; row < counts.size(); ++row) {
            Counts sum{};
            for (std::size_t i = 0; i < columns.size(); ++i) {
                const Counts counters = load_lanes(counters_.data() + row * stride + i * lane_count<std::uint16_t>);
                columns[i] += counters;
                sum += counters;
            }
            // Two sums to each 32 bits.
            auto sums = std::bit_cast<Lanes<std::uint32_t>>(sum);
            sums = (sums & 0xFFFFU) + (sums >> 16U);
            std::uint32_t total = 0;
            for (std::size_t lane = 0; lane < width; ++lane) total += sums[lane];
            counts[row] += total;
        }
        for (std::size_t bin = 0; bin < counts.size(); ++bin)
            counts[bin] += columns[bin / lane_count<std::uint16_t>][bin % lane_count<std::uint16_t>];
    }

private:
    using Counts = Lanes<std::uint16_t>;

    /// The place in WeightHistogram::counts() of each value; of what is not a number, 0.
    [[nodiscard]] Integers find_bins(Floats x) const {
        constexpr float origin = static_cast<float>(WeightHistogram::bins) / 2.0F + 1.0F;  // 0 is below the range
        constexpr float last = static_cast<float>(WeightHistogram::bins) + 1.0F;
        return __builtin_convertvector(clamp_lanes(x * scale_ + origin, Floats{}, Floats{} + last), Integers);
    }

    static constexpr std::size_t stride = 288;  // at least bins + 2, whole registers
    static_assert(stride >= WeightHistogram::bins + 2 && stride % lane_count<std::uint16_t> == 0);
    float scale_;
    alignas(64) std::array<std::uint16_t, (WeightHistogram::bins + 2) * stride> counters_{};
};

}  // namespace

template <DType dtype, bool has_gain>
void PairAccumulator::add_rows(const std::byte* q0, const std::byte* q1, const std::byte* k0, const std::byte* k1,
                               const float* gain, std::size_t columns) {
    for (std::size_t j = 0; j < columns; j += block) {
        const std::size_t count = std::min(block, columns - j);
        const std::size_t at = j * stored_size<dtype>;
        for (std::size_t first = 0; first < lanes; first += width) {
            const BlockSums sums = sum_block<dtype, has_gain>(q0 + at, q1 + at, k0 + at, k1 + at,
                                                              has_gain ? gain + j : nullptr, count, first);
            for (std::size_t i = 0; i < sums_.size(); ++i) add_lanes(sums_[i].data() + first, sums.sums[i]);
        }
    }
}

void PairAccumulator::add(DType dtype, const std::byte* q0, const std::byte* q1, const std::byte* k0,
                          const std::byte* k1, const float* gain, std::size_t columns) {
    with_stored_type(dtype, [&]<DType stored>() {
        if (gain != nullptr) add_rows<stored, true>(q0, q1, k0, k1, gain, columns);
        else add_rows<stored, false>(q0, q1, k0, k1, gain, columns);
    });
}

void PairAccumulator::add(const float* q0, const float* q1, const float* k0, const float* k1, const float* gain,
                          std::size_t columns) {
    const auto bytes = [](const float* row) { return reinterpret_cast<const std::byte*>(row); };
    add(DType::f32, bytes(q0), bytes(q1), bytes(k0), bytes(k1), gain, columns);
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

template <DType dtype>
void WeightHistogram::add_stored(const std::byte* first, const std::byte* second, std::size_t pairs) {
    const std::uint64_t below = counts_[0];
    for (std::size_t begin = 0; begin < pairs; begin += PairCounters::most_pairs) {
        const std::size_t at = begin * stored_size<dtype>;
        PairCounters counters(limit_);
        counters.count<dtype>(first + at, second + at, std::min(pairs - begin, PairCounters::most_pairs));
        counters.add_to(counts_);
    }
    if (counts_[0] == below) return;
    // No more than were counted, even if another program writes to the file meanwhile.
    const std::uint64_t nan =
        std::min(count_nan<dtype>(first, pairs) + count_nan<dtype>(second, pairs), counts_[0] - below);
    counts_[0] -= nan;
    nan_ += nan;
}

void WeightHistogram::add(DType dtype, const std::byte* first, const std::byte* second, std::size_t pairs) {
    with_stored_type(dtype, [&]<DType stored>() { add_stored<stored>(first, second, pairs); });
}

void WeightHistogram::add(std::span<const float> values) {
    if (values.size() % 2 != 0) throw internal_error(fmt::format("{} weights of pairs of rows", values.size()));
    const std::span<const std::byte> bytes = std::as_bytes(values);
    add(DType::f32, bytes.data(), bytes.data() + bytes.size() / 2, values.size() / 2);
}

void WeightHistogram::add(const WeightHistogram& other) {
    for (std::size_t bin = 0; bin < counts_.size(); ++bin) counts_[bin] += other.counts_[bin];
    nan_ += other.nan_;
}

}  // namespace rotoscope
