#include "rotoscope/theory/first_order_errors.hpp"

#include "products.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

/// c x_τ x_τ' e^{γ k_τ·k_τ'} with log c = constant + square·‖q‖² and log x = query·(q·k) + key·‖k‖².
struct MomentTerm {
    double constant = 0.0;
    double square = 0.0;
    double query = 0.0;
    double key = 0.0;
    double gamma = 1.0;
};

std::vector<MomentTerm> moment_terms(FeatureKind kind, Index dimension, double ratio) {
    const double half = -std::log(2.0);
    const double a = (1.0 - 1.0 / ratio) / 8.0;
    const double beta = (1.0 - 4.0 * a) / (1.0 - 8.0 * a);
    switch (kind) {
        case FeatureKind::trigonometric:
            return {{half, 1.0, 0.0, 0.0, 1.0}, {half, -1.0, 2.0, 0.0, -1.0}};
        case FeatureKind::random_offset:
            return {{0.0, 1.0, 0.0, 0.0, 1.0}, {half, -1.0, 2.0, 0.0, -1.0}};
        case FeatureKind::positive:
            return {{0.0, 1.0, 2.0, 0.0, 1.0}};
        case FeatureKind::hyperbolic:
            return {{half, 1.0, 2.0, 0.0, 1.0}, {half, -1.0, 0.0, 0.0, -1.0}};
        case FeatureKind::optimal_positive:
            return {{0.5 * static_cast<double>(dimension) * (2.0 * std::log1p(-4.0 * a) - std::log1p(-8.0 * a)),
                     2.0 * beta - 1.0, 2.0 * beta, 0.5 * (beta - 1.0), beta}};
    }
    throw internal_error("unknown kind of features");
}

/// A row t and how many it stands for.
struct SampledRow {
    Index row;
    double weight;
};

std::vector<SampledRow> sample_rows(Index length, Index most) {
    std::vector<SampledRow> rows;
    const Index first = length <= most ? length : most / 2;
    for (Index t = 0; t < first; ++t) rows.push_back({t, 1.0});
    const Index parts = length <= most ? 0 : most - first;
    for (Index part = 0; part < parts; ++part) {
        const Index begin = first + (length - first) * part / parts;
        const Index end = first + (length - first) * (part + 1) / parts;
        rows.push_back({(begin + end) / 2, static_cast<double>(end - begin)});
    }
    return rows;
}

/// Expected squares of the errors of a row, and the squares that they are compared with.
struct RowSquares {
    double weights_error = 0.0;
    double weights = 0.0;
    double output_error = 0.0;
    double output = 0.0;
};

class RowErrors {
public:
    RowErrors(const AttentionInputs<double>& inputs, Mask mask, std::vector<MomentTerm> terms)
        : inputs_(inputs), mask_(mask), terms_(std::move(terms)), key_squares_(inputs.keys.rowwise().squaredNorm()) {
        RowMatrix<double> products(inputs.keys.rows(), inputs.keys.rows());
        multiply_transposed(inputs.keys, inputs.keys, Update::set, products);
        for (const MomentTerm& term : terms_) kernels_.emplace_back((term.gamma * products).array().exp());
    }

    [[nodiscard]] RowSquares at(Index t) const {
        const Index keys = mask_ == Mask::full ? inputs_.keys.rows() : t + 1;
        const Vector<double> scores = inputs_.keys.topRows(keys) * inputs_.queries.row(t).transpose();
        const double largest = scores.maxCoeff();
        Vector<double> weights = (scores.array() - largest).exp();
        const double log_normaliser = largest + std::log(weights.sum());
        weights /= weights.sum();
        const Eigen::RowVectorXd output = weights.transpose() * inputs_.values.topRows(keys);

        // [v − o, 1, w]: their products through M are all that is needed.
        const Index width = inputs_.values.cols();
        RowMatrix<double> columns(keys, width + 2);
        columns.leftCols(width) = inputs_.values.topRows(keys).rowwise() - output;
        columns.col(width).setOnes();
        columns.col(width + 1) = weights;

        RowSquares squares;
        squares.weights = weights.squaredNorm();
        squares.output = output.squaredNorm();
        for (std::size_t i = 0; i < terms_.size(); ++i)
            add_term(i, inputs_.queries.row(t).squaredNorm(), 2.0 * log_normaliser, scores, columns, squares);
        return squares;
    }

private:
    void add_term(std::size_t index, double query_square, double log_scale, const Vector<double>& scores,
                  const RowMatrix<double>& columns, RowSquares& squares) const {
        const MomentTerm& term = terms_[index];
        const Index keys = scores.size();
        const double log_factor = term.constant + term.square * query_square - log_scale;
        const Vector<double> x =
            (0.5 * log_factor + term.query * scores.array() + term.key * key_squares_.head(keys).array()).exp();
        const RowMatrix<double> scaled = columns.array().colwise() * x.array();
        RowMatrix<double> through(keys, columns.cols());
        const auto kernel = kernels_[index].topLeftCorner(keys, keys);
        multiply(kernel, scaled, Update::set, through);
        const Index width = columns.cols() - 2;
        squares.output_error += scaled.leftCols(width).cwiseProduct(through.leftCols(width)).sum();
        const double sum = scaled.col(width).dot(through.col(width));
        const double weighted = scaled.col(width + 1).dot(through.col(width));
        const double diagonal = (x.array().square() * kernel.diagonal().array()).sum();
        squares.weights_error += diagonal - 2.0 * weighted + squares.weights * sum;
    }

    const AttentionInputs<double>& inputs_;
    Mask mask_;
    std::vector<MomentTerm> terms_;
    Vector<double> key_squares_;
    std::vector<RowMatrix<double>> kernels_;  ///< e^{γ k_τ·k_τ'} of each term
};

}  // namespace

FirstOrderErrors first_order_errors(FeatureKind kind, const AttentionInputs<double>& inputs, Mask mask, double ratio,
                                    Index most_rows, ThreadPool& pool) {
    check_attention_inputs(inputs, mask);
    if (most_rows < 2) throw usage_error(fmt::format("{} rows to sample; at least 2 are needed", most_rows));
    const RowErrors errors(inputs, mask, moment_terms(kind, inputs.keys.cols(), ratio));
    const std::vector<SampledRow> rows = sample_rows(inputs.queries.rows(), most_rows);
    const RowSquares total = pool.reduce_chunks(
        rows.size(), 1, RowSquares{},
        [&](std::size_t begin, std::size_t) {
            RowSquares squares = errors.at(rows[begin].row);
            for (double* value : {&squares.weights_error, &squares.weights, &squares.output_error, &squares.output})
                *value *= rows[begin].weight;
            return squares;
        },
        [](RowSquares& sum, const RowSquares& part) {
            sum.weights_error += part.weights_error;
            sum.weights += part.weights;
            sum.output_error += part.output_error;
            sum.output += part.output;
        });
    return {std::sqrt(total.weights_error / total.weights), std::sqrt(total.output_error / total.output)};
}

}  // namespace rotoscope
