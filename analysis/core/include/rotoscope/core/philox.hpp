// Counter-based random numbers: draw i of stream s of a seed is a pure function of (seed, s, i).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rotoscope/core/lanes.hpp"

namespace rotoscope {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Philox-4x32 with 10 rounds: a bijection of the 128-bit counter, keyed by 64 bits. A Word is a std::uint64_t or
/// several side by side, of which the low 32 bits count; the high ones may come in as anything, and do come out as
/// that. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, 10.1145/2063384.2063405.
template <class Word>
[[gnu::always_inline]] constexpr void philox4x32(std::array<Word, 4>& words, PhiloxKey key) {
    // Multipliers and Weyl increments of the paper's section 4.3 and Random123 (the golden ratio and √3 − 1).
    constexpr Word multiplier0 = Word{} + 0xD2511F53;
    constexpr Word multiplier1 = Word{} + 0xCD9E8D57;
    constexpr std::uint32_t weyl0 = 0x9E3779B9;
    constexpr std::uint32_t weyl1 = 0xBB67AE85;
    for (int round = 0; round < 10; ++round) {
        const Word product0 = multiply_low_halves(words[0], multiplier0);
        const Word product1 = multiply_low_halves(words[2], multiplier1);
        words = {(product1 >> 32) ^ words[1] ^ key[0], product1, (product0 >> 32) ^ words[3] ^ key[1], product0};
        key[0] += weyl0;
        key[1] += weyl1;
    }
}

/// The same of one counter.
[[nodiscard]] constexpr PhiloxCounter philox4x32(const PhiloxCounter& counter, PhiloxKey key) {
    std::array<std::uint64_t, 4> words{counter[0], counter[1], counter[2], counter[3]};
    philox4x32(words, key);
    return {static_cast<std::uint32_t>(words[0]), static_cast<std::uint32_t>(words[1]),
            static_cast<std::uint32_t>(words[2]), static_cast<std::uint32_t>(words[3])};
}

/// What a stream of random numbers is drawn for. Streams of one seed are independent; a number is never reused.
enum class RandomStream : std::uint32_t {
    tokens = 1,             ///< vocabulary entries drawn as inputs
    gaussian_features = 2,  ///< frequencies of random features
    sphere = 3,             ///< random directions: queries, keys
    feature_offsets = 16,   ///< phase offsets of random features
    feature_signs = 17,     ///< diagonals of structured orthogonal frequencies
    sobol_shifts = 18,      ///< digital shifts of quasi-Monte-Carlo frequencies
    queries = 19,           ///< attention inputs: queries
    keys = 20,              ///< attention inputs: keys
    values = 21,            ///< attention inputs: values
    claim_normals = 32,     ///< inputs of claims: normals
    claim_choices = 33,     ///< inputs of claims: uniform choices
    claim_seeds = 34,       ///< a seed for each claim
    figure_inputs = 35,     ///< gates and angles of the paper's Figure 1
    test = 255,             ///< inputs of tests
};

/// Uniform draws, indexed: the same whatever the order, the chunk or the number of threads.
class UniformDraws {
public:
    constexpr UniformDraws(std::uint64_t seed, RandomStream stream) : seed_(seed), stream_(stream) {}

    /// 128 random bits for draw `index`; `attempt` numbers the retries of a rejection method.
    [[nodiscard]] constexpr PhiloxCounter block(std::uint64_t index, std::uint32_t attempt = 0) const {
        return philox4x32({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                           static_cast<std::uint32_t>(stream_), attempt},
                          key());
    }

    /// Those of draws first … first + low.size() − 1, whole registers of them: words 0 and 1 in low, 2 and 3 in high.
    void fill_blocks(std::uint64_t first, std::span<std::uint64_t> low, std::span<std::uint64_t> high) const {
        using Word = Lanes<std::uint64_t>;
        Word index{};
        for (std::size_t lane = 0; lane < lane_count<std::uint64_t>; ++lane) index[lane] = first + lane;
        for (std::size_t j = 0; j < low.size(); j += lane_count<std::uint64_t>) {
            std::array<Word, 4> words{index, index >> 32, Word{} + static_cast<std::uint64_t>(stream_), Word{}};
            philox4x32(words, key());
            store_lanes(low.data() + j, words[1] << 32 | (words[0] & 0xFFFFFFFFU));
            store_lanes(high.data() + j, words[3] << 32 | (words[2] & 0xFFFFFFFFU));
            index += lane_count<std::uint64_t>;
        }
    }

    /// 64 random bits.
    [[nodiscard]] constexpr std::uint64_t bits(std::uint64_t index, std::uint32_t attempt = 0) const {
        const PhiloxCounter words = block(index, attempt);
        return (std::uint64_t{words[1]} << 32) | words[0];
    }

    /// Uniform on the open interval (0, 1): (k + ½)/2^52 with k uniform on 0 … 2^52 − 1, exact in double.
    [[nodiscard]] constexpr double uniform(std::uint64_t index) const {
        return (static_cast<double>(bits(index) >> 12) + 0.5) * 0x1p-52;
    }

    /// Uniform on 0 … bound − 1, exactly (Lemire's multiplication with rejection, 10.1145/3230636). bound ≥ 1.
    [[nodiscard]] constexpr std::uint64_t below(std::uint64_t index, std::uint64_t bound) const {
        const std::uint64_t threshold = (0 - bound) % bound;
        for (std::uint32_t attempt = 0;; ++attempt) {
            const auto product = static_cast<Wide>(bits(index, attempt)) * bound;
            if (static_cast<std::uint64_t>(product) >= threshold) return static_cast<std::uint64_t>(product >> 64);
        }
    }

private:
    [[nodiscard]] constexpr PhiloxKey key() const {
        return {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)};
    }

    __extension__ using Wide = unsigned __int128;

    std::uint64_t seed_;
    RandomStream stream_;
};

}  // namespace rotoscope
