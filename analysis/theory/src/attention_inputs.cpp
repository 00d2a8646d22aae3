#include "rotoscope/theory/attention_inputs.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"

namespace rotoscope {
namespace {

RowMatrix<double> normals(std::uint64_t seed, RandomStream stream, Index rows, Index columns) {
    RowMatrix<double> matrix(rows, columns);
    GaussianDraws(seed, stream).fill(0, std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
    return matrix;
}

AttentionInputs<double> standard_inputs(const InputShape& shape, std::uint64_t seed) {
    if (shape.length < 1 || shape.dimension < 1 || shape.value_width < 1)
        throw usage_error(fmt::format("attention inputs of {} tokens, {} components and values of {}; none may be 0",
                                      shape.length, shape.dimension, shape.value_width));
    return {normals(seed, RandomStream::queries, shape.length, shape.dimension),
            normals(seed, RandomStream::keys, shape.length, shape.dimension),
            normals(seed, RandomStream::values, shape.length, shape.value_width)};
}

void check_plane(Index dimension) {
    if (dimension < 2) throw usage_error("vectors at an angle need at least two dimensions");
}

template <class Scalar>
AttentionInputs<Scalar> rounded(const AttentionInputs<double>& inputs) {
    return {inputs.queries.template cast<Scalar>(), inputs.keys.template cast<Scalar>(),
            inputs.values.template cast<Scalar>()};
}

}  // namespace

template <class Scalar>
AttentionInputs<Scalar> gaussian_inputs(const InputShape& shape, double scale, std::uint64_t seed) {
    AttentionInputs<double> inputs = standard_inputs(shape, seed);
    inputs.queries *= scale;
    inputs.keys *= scale;
    return rounded<Scalar>(inputs);
}

template <class Scalar>
AttentionInputs<Scalar> sphere_inputs(const InputShape& shape, double radius, std::uint64_t seed) {
    AttentionInputs<double> inputs = standard_inputs(shape, seed);
    inputs.queries = radius * inputs.queries.rowwise().normalized();
    inputs.keys = radius * inputs.keys.rowwise().normalized();
    return rounded<Scalar>(inputs);
}

template <class Scalar>
AttentionInputs<Scalar> angle_inputs(const InputShape& shape, double angle, std::uint64_t seed) {
    check_plane(shape.dimension);
    AttentionInputs<double> inputs = standard_inputs(shape, seed);
    for (Index t = 0; t < shape.length; ++t) {
        auto query = inputs.queries.row(t);
        auto key = inputs.keys.row(t);
        query.normalize();
        key -= key.dot(query) * query;
        key = std::cos(angle) * query + std::sin(angle) * key.normalized();
    }
    return rounded<Scalar>(inputs);
}

std::pair<Eigen::RowVectorXd, Eigen::RowVectorXd> unit_vectors(Index dimension, double angle) {
    check_plane(dimension);
    const Eigen::RowVectorXd first = Eigen::RowVectorXd::Unit(dimension, 0);
    return {first, std::cos(angle) * first + std::sin(angle) * Eigen::RowVectorXd::Unit(dimension, 1)};
}

template <class Scalar>
double mean_squared_sum(const AttentionInputs<Scalar>& inputs) {
    const RowMatrix<double> queries = inputs.queries.template cast<double>();
    const RowMatrix<double> keys = inputs.keys.template cast<double>();
    return queries.rowwise().squaredNorm().mean() + keys.rowwise().squaredNorm().mean() +
           2.0 * queries.colwise().mean().dot(keys.colwise().mean());
}

template <class Scalar>
AttentionInputs<Scalar> scale_scores(AttentionInputs<Scalar> inputs) {
    const auto factor = static_cast<Scalar>(std::pow(static_cast<double>(inputs.queries.cols()), -0.25));
    inputs.queries *= factor;
    inputs.keys *= factor;
    return inputs;
}

template AttentionInputs<float> gaussian_inputs(const InputShape&, double, std::uint64_t);
template AttentionInputs<double> gaussian_inputs(const InputShape&, double, std::uint64_t);
template AttentionInputs<float> sphere_inputs(const InputShape&, double, std::uint64_t);
template AttentionInputs<double> sphere_inputs(const InputShape&, double, std::uint64_t);
template AttentionInputs<float> angle_inputs(const InputShape&, double, std::uint64_t);
template AttentionInputs<double> angle_inputs(const InputShape&, double, std::uint64_t);
template AttentionInputs<float> scale_scores(AttentionInputs<float>);
template AttentionInputs<double> scale_scores(AttentionInputs<double>);
template double mean_squared_sum(const AttentionInputs<float>&);
template double mean_squared_sum(const AttentionInputs<double>&);

}  // namespace rotoscope
