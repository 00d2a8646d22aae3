#include "rotoscope/theory/rotation_recurrence.hpp"

#include <fmt/format.h>

#include <cmath>
#include <complex>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ComplexRow = Eigen::Array<std::complex<double>, 1, Eigen::Dynamic>;

/// e^{i angle} for each.
template <class Angles>
ComplexRow unit_numbers(const Angles& angles) {
    return angles.array().unaryExpr([](double angle) { return std::polar(1.0, angle); });
}

void check_width(const RowMatrix<double>& frequencies, const RowMatrix<double>& queries) {
    if (frequencies.rows() < 1 || frequencies.cols() != queries.cols())
        throw usage_error(fmt::format("{} frequencies of {} components for queries of {}", frequencies.rows(),
                                      frequencies.cols(), queries.cols()));
}

}  // namespace

RowMatrix<double> selective_rotation_angles(const RowMatrix<double>& frequencies, const RowMatrix<double>& queries) {
    check_width(frequencies, queries);
    RowMatrix<double> steps = queries;
    if (steps.rows() > 1) steps.bottomRows(steps.rows() - 1) -= queries.topRows(queries.rows() - 1);
    return steps * frequencies.transpose();
}

RowMatrix<double> rotation_recurrence(const RowMatrix<double>& frequencies, const AttentionInputs<double>& inputs,
                                      RealFactor real_factor) {
    check_attention_inputs(inputs, Mask::causal);
    check_width(frequencies, inputs.queries);
    const RowMatrix<double> rotations = selective_rotation_angles(frequencies, inputs.queries);
    const RowMatrix<double> phases = (inputs.queries - inputs.keys) * frequencies.transpose();
    const Vector<double> query_squares = inputs.queries.rowwise().squaredNorm();
    const Vector<double> key_squares = inputs.keys.rowwise().squaredNorm();
    Eigen::Array<std::complex<double>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> state(inputs.values.cols(),
                                                                                              frequencies.rows());
    state.setZero();
    RowMatrix<double> output(inputs.queries.rows(), inputs.values.cols());
    for (Index t = 0; t < output.rows(); ++t) {
        const bool scaled = real_factor == RealFactor::included && t > 0;
        const double factor = scaled ? std::exp(0.5 * (query_squares[t] - query_squares[t - 1])) : 1.0;
        const ComplexRow rotation = factor * unit_numbers(rotations.row(t));
        const ComplexRow token = std::exp(0.5 * (query_squares[t] + key_squares[t])) /
                                 static_cast<double>(frequencies.rows()) * unit_numbers(phases.row(t));
        state.rowwise() *= rotation;
        for (Index i = 0; i < state.rows(); ++i) state.row(i) += inputs.values(t, i) * token;
        output.row(t) = state.real().rowwise().sum().transpose();
    }
    return output;
}

}  // namespace rotoscope
