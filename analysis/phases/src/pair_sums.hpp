// The sums over the columns of four rows of weights that all of a pair's figures come from, in one pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rotoscope/checkpoint/dtype.hpp"

namespace rotoscope {

/// Σ_j over the columns, q0 and q1 the query rows of a pair's two elements, k0 and k1 the key rows, each times the
/// input norm's gain.
struct PairProducts {
    double q0q0 = 0.0;
    double q1q1 = 0.0;
    double k0k0 = 0.0;
    double k1k1 = 0.0;
    double q0k0 = 0.0;
    double q1k1 = 0.0;
    double q1k0 = 0.0;
    double q0k1 = 0.0;
};

/// Adds up pair products over columns that come in parts. Products of floats are summed in float over blocks of 512
/// columns, 32 to each of 16 lanes, and those sums in double: relative to Σ|products| the error is below 33·2^−24 (34
/// with a gain, whose products with the weights are rounded), and it does not depend on how the columns are cut.
class PairAccumulator {
public:
    static constexpr std::size_t block = 512;  ///< columns; every part but the last must be a multiple
    static constexpr std::size_t lanes = 16;

    /// Rows of `columns` floats; gain may be null.
    void add(const float* q0, const float* q1, const float* k0, const float* k1, const float* gain,
             std::size_t columns);
    /// The same of stored elements, for which loads_as_lanes(dtype) holds.
    void add(DType dtype, const std::byte* q0, const std::byte* q1, const std::byte* k0, const std::byte* k1,
             const float* gain, std::size_t columns);
    [[nodiscard]] PairProducts total() const;

private:
    template <DType dtype, bool has_gain>
    void add_rows(const std::byte* q0, const std::byte* q1, const std::byte* k0, const std::byte* k1, const float* gain,
                  std::size_t columns);

    std::array<std::array<double, lanes>, 8> sums_{};
};

/// Σ_j a_j b_j, summed as PairAccumulator does.
[[nodiscard]] double dot_product(const float* a, const float* b, std::size_t columns);

/// Counts of values in 256 bins of equal width from −limit to limit: bin ⌊128 x/limit + 128⌋, computed in float.
class WeightHistogram {
public:
    static constexpr std::size_t bins = 256;

    WeightHistogram() = default;
    explicit WeightHistogram(double limit) : limit_(limit) {}

    /// An even number of values.
    void add(std::span<const float> values);
    /// The same of stored elements, for which loads_as_lanes(dtype) holds: `pairs` of them from `first` on, and as many
    /// from `second` on.
    void add(DType dtype, const std::byte* first, const std::byte* second, std::size_t pairs);
    void add(const WeightHistogram& other);

    [[nodiscard]] double limit() const noexcept { return limit_; }
    /// below the range, the bins, at or above its end.
    [[nodiscard]] const std::array<std::uint64_t, bins + 2>& counts() const noexcept { return counts_; }
    [[nodiscard]] std::array<std::uint64_t, bins + 2>& counts() noexcept { return counts_; }
    [[nodiscard]] std::uint64_t not_a_number() const noexcept { return nan_; }
    void set_not_a_number(std::uint64_t count) noexcept { nan_ = count; }

private:
    template <DType dtype>
    void add_stored(const std::byte* first, const std::byte* second, std::size_t pairs);

    double limit_ = 1.0;
    std::array<std::uint64_t, bins + 2> counts_{};
    std::uint64_t nan_ = 0;
};

}  // namespace rotoscope
