// Counter-based random numbers: draw i of stream s of a seed is a pure function of (seed, s, i).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rotoscope {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Many counters, word by word: lanes[w][j] is word w of counter j.
template <std::size_t count>
using PhiloxLanes = std::array<std::array<std::uint32_t, count>, 4>;

/// Philox-4x32 with 10 rounds of each counter: a bijection of the 128-bit counter, keyed by 64 bits.
/// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, 10.1145/2063384.2063405.
template <std::size_t count>
constexpr void philox4x32(PhiloxLanes<count>& lanes, PhiloxKey key) {
    // Multipliers and Weyl increments of the paper's section 4.3 and Random123 (the golden ratio and √3 − 1).
    constexpr std::uint64_t multiplier0 = 0xD2511F53;
    constexpr std::uint64_t multiplier1 = 0xCD9E8D57;
    constexpr std::uint32_t weyl0 = 0x9E3779B9;
    constexpr std::uint32_t weyl1 = 0xBB67AE85;
    for (int round = 0; round < 10; ++round) {
        for (std::size_t j = 0; j < count; ++j) {
            const std::uint64_t product0 = multiplier0 * lanes[0][j];
            const std::uint64_t product1 = multiplier1 * lanes[2][j];
            lanes[0][j] = static_cast<std::uint32_t>(product1 >> 32) ^ lanes[1][j] ^ key[0];
            lanes[1][j] = static_cast<std::uint32_t>(product1);
            lanes[2][j] = static_cast<std::uint32_t>(product0 >> 32) ^ lanes[3][j] ^ key[1];
            lanes[3][j] = static_cast<std::uint32_t>(product0);
        }
        key[0] += weyl0;
        key[1] += weyl1;
    }
}

/// The same of one counter.
[[nodiscard]] constexpr PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key) {
    PhiloxLanes<1> lanes{{{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}}};
    philox4x32(lanes, key);
    return {lanes[0][0], lanes[1][0], lanes[2][0], lanes[3][0]};
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
        const PhiloxLanes<1> words = blocks<1>(index, attempt);
        return {words[0][0], words[1][0], words[2][0], words[3][0]};
    }

    /// The blocks of draws first … first + count − 1: word w of block first + j is [w][j].
    template <std::size_t count>
    [[nodiscard]] constexpr PhiloxLanes<count> blocks(std::uint64_t first, std::uint32_t attempt = 0) const {
        PhiloxLanes<count> lanes;
        for (std::size_t j = 0; j < count; ++j) {
            lanes[0][j] = static_cast<std::uint32_t>(first + j);
            lanes[1][j] = static_cast<std::uint32_t>((first + j) >> 32);
            lanes[2][j] = static_cast<std::uint32_t>(stream_);
            lanes[3][j] = attempt;
        }
        philox4x32(lanes, {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
        return lanes;
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
    __extension__ using Wide = unsigned __int128;

    std::uint64_t seed_;
    RandomStream stream_;
};

}  // namespace rotoscope
