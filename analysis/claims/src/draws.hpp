// Random inputs of an experiment, one after the other.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {

class Draws {
public:
    explicit Draws(std::uint64_t seed)
        : normals_(seed, RandomStream::claim_normals), choices_(seed, RandomStream::claim_choices) {}

    /// n standard normals.
    [[nodiscard]] std::vector<double> normals(std::size_t n) {
        std::vector<double> values(n);
        normals_.fill(normal_, values);
        normal_ += n;
        return values;
    }
    /// A point of the unit sphere in n dimensions.
    [[nodiscard]] std::vector<double> direction(std::size_t n) {
        std::vector<double> values = normals(n);
        double square = 0.0;
        for (const double value : values) square += value * value;
        for (double& value : values) value /= std::sqrt(square);
        return values;
    }
    [[nodiscard]] double uniform(double low, double high) { return low + (high - low) * choices_.uniform(choice_++); }
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return choices_.below(choice_++, bound); }

private:
    GaussianDraws normals_;
    UniformDraws choices_;
    std::uint64_t normal_ = 0;
    std::uint64_t choice_ = 0;
};

}  // namespace rotoscope
