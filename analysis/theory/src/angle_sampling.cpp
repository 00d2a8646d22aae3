#include "products.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/numerics/vector_math.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace rotoscope {
namespace {

constexpr Index lanes = 16;         // angles at a time: their sums stay in registers
constexpr Index block_draws = 512;  // 128 KiB of frequencies in R^64, and of their products with 64 differences
constexpr std::uint64_t chunk_draws = 1 << 15;

/// Σ cos and Σ cos² over draws, for each angle.
struct CosineSums {
    Vector<double> first;
    Vector<double> second;
};

/// Adds angle(r, a) for the draws r of a block and the angles a, a multiple of `lanes`.
template <class Angle>
void add_block(Index draws, const Angle& angle, CosineSums& sums) {
    for (Index base = 0; base < sums.first.size(); base += lanes) {
        std::array<float, lanes> first{};
        std::array<float, lanes> second{};
        for (Index r = 0; r < draws; ++r) {
            for (Index lane = 0; lane < lanes; ++lane) {
                const float c = cosine(angle(r, base + lane));
                first[static_cast<std::size_t>(lane)] += c;
                second[static_cast<std::size_t>(lane)] += c * c;
            }
        }
        for (Index lane = 0; lane < lanes; ++lane) {
            sums.first[base + lane] += static_cast<double>(first[static_cast<std::size_t>(lane)]);
            sums.second[base + lane] += static_cast<double>(second[static_cast<std::size_t>(lane)]);
        }
    }
}

/// Draws begin … end − 1. `differences` are the q − k of the angles, [angles, width of a draw]: in the projected space
/// ‖q − k‖ in one column.
CosineSums sum_cosines(const RowMatrix<float>& differences, const GaussianDraws& normals, std::uint64_t begin,
                       std::uint64_t end) {
    const Index width = differences.cols();
    CosineSums sums{Vector<double>::Zero(differences.rows()), Vector<double>::Zero(differences.rows())};
    RowMatrix<float> draws(block_draws, width);
    RowMatrix<float> products(width > 1 ? block_draws : 0, differences.rows());
    for (std::uint64_t from = begin; from < end; from += block_draws) {
        const Index count = static_cast<Index>(std::min<std::uint64_t>(block_draws, end - from));
        normals.fill(from * static_cast<std::uint64_t>(width),
                     std::span(draws.data(), static_cast<std::size_t>(count * width)));
        if (width == 1) {
            const float* z = draws.data();
            const float* distance = differences.data();
            add_block(count, [=](Index r, Index a) { return z[r] * distance[a]; }, sums);
        } else {
            multiply_transposed(draws.topRows(count), differences, Update::set, products.topRows(count));
            const float* product = products.data();
            const Index stride = products.cols();
            add_block(count, [=](Index r, Index a) { return product[r * stride + a]; }, sums);
        }
    }
    return sums;
}

/// q − k for q = e_0 and k at the angle in the plane of e_0 and e_1; rows of zeros up to a multiple of `lanes`.
RowMatrix<float> differences_of(std::span<const double> angles, Index dimension, FrequencySpace space) {
    const auto count = static_cast<Index>(angles.size());
    RowMatrix<float> differences =
        RowMatrix<float>::Zero((count + lanes - 1) / lanes * lanes, space == FrequencySpace::full ? dimension : 1);
    for (Index a = 0; a < count; ++a) {
        const double half = 0.5 * angles[static_cast<std::size_t>(a)];
        const double distance = 2.0 * std::sin(half);
        if (space == FrequencySpace::projected) {
            differences(a, 0) = static_cast<float>(distance);
        } else {
            differences(a, 0) = static_cast<float>(distance * std::sin(half));
            differences(a, 1) = static_cast<float>(-distance * std::cos(half));
        }
    }
    return differences;
}

}  // namespace

AngleMoments sample_trigonometric_kernel(std::span<const double> angles, Index dimension, std::uint64_t draws,
                                         std::uint64_t seed, FrequencySpace space, ThreadPool& pool) {
    if (draws < 2) throw usage_error(fmt::format("{} draws; a variance needs at least 2", draws));
    if (dimension < 2) throw usage_error("vectors at an angle need at least two dimensions");
    const RowMatrix<float> differences = differences_of(angles, dimension, space);
    const GaussianDraws normals(seed, RandomStream::gaussian_features);
    const Vector<double> zero = Vector<double>::Zero(differences.rows());
    const CosineSums sums = pool.reduce_chunks(
        draws, chunk_draws, CosineSums{zero, zero},
        [&](std::size_t begin, std::size_t end) { return sum_cosines(differences, normals, begin, end); },
        [](CosineSums& total, const CosineSums& part) {
            total.first += part.first;
            total.second += part.second;
        });
    const auto n = static_cast<double>(draws);
    AngleMoments moments;
    for (Index a = 0; a < static_cast<Index>(angles.size()); ++a) {
        const double mean = sums.first[a] / n;
        moments.mean.push_back(std::numbers::e * mean);
        moments.variance.push_back(std::numbers::e * std::numbers::e * (sums.second[a] / n - mean * mean) * n /
                                   (n - 1.0));
    }
    return moments;
}

}  // namespace rotoscope
