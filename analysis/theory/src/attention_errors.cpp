#include "rotoscope/theory/attention_errors.hpp"

#include "kernel_rows.hpp"
#include "products.hpp"
#include "softmax_rows.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

/// Sums over rows, from which the errors follow.
struct ErrorSums {
    double weights_difference = 0.0;
    double weights = 0.0;
    double weights_largest = 0.0;
    double total_variation = 0.0;
    double normaliser = 0.0;
    double output_difference = 0.0;
    double output = 0.0;
    Index rows = 0;
    Index unreliable_rows = 0;

    void add(const ErrorSums& other) {
        weights_difference += other.weights_difference;
        weights += other.weights;
        weights_largest = std::max(weights_largest, other.weights_largest);
        total_variation += other.total_variation;
        normaliser += other.normaliser;
        output_difference += other.output_difference;
        output += other.output;
        rows += other.rows;
        unreliable_rows += other.unreliable_rows;
    }

    [[nodiscard]] AttentionErrors errors() const {
        const auto n = static_cast<double>(rows);
        return {
            std::sqrt(weights_difference / weights), weights_largest, total_variation / n, std::sqrt(normaliser / n),
            std::sqrt(output_difference / output),   unreliable_rows};
    }
};

/// Exact weights and outputs of a block of rows.
struct ExactBlock {
    RowMatrix<float> weights;
    RowMatrix<float> output;
    Vector<float> log_normaliser;

    ExactBlock(const AttentionInputs<float>& inputs, Mask mask, Index begin, Index end) {
        SoftmaxRows<float> rows;
        rows.compute(inputs, mask, begin, end);
        weights = std::move(rows.weights);
        weights.array().colwise() /= rows.sums.array();
        log_normaliser = std::move(rows.log_normaliser);
        output = RowMatrix<float>(end - begin, inputs.values.cols());
        multiply(weights, inputs.values.topRows(weights.cols()), Update::set, output);
    }
};

/// Compares the estimate so far with the exact block; `weights` is scratch.
ErrorSums compare(const KernelRows<float>& estimate, const ExactBlock& exact, const RowMatrix<float>& values,
                  double unreliable_below, RowMatrix<float>& weights) {
    estimate.weigh(weights);
    const Vector<double> log_scale = estimate.log_scale();
    ErrorSums sums;
    for (Index row = 0; row < weights.rows(); ++row) {
        const float normaliser = weights.row(row).sum();
        const double ratio = normaliser * std::exp(log_scale[row] - static_cast<double>(exact.log_normaliser[row]));
        weights.row(row) /= normaliser;
        const auto difference = weights.row(row) - exact.weights.row(row);
        sums.weights_difference += static_cast<double>(difference.squaredNorm());
        sums.weights += static_cast<double>(exact.weights.row(row).squaredNorm());
        sums.weights_largest = std::max(sums.weights_largest, static_cast<double>(difference.cwiseAbs().maxCoeff()));
        sums.total_variation += 0.5 * static_cast<double>(difference.cwiseAbs().sum());
        sums.normaliser += (ratio - 1.0) * (ratio - 1.0);
        if (!(ratio >= unreliable_below) || !std::isfinite(ratio)) ++sums.unreliable_rows;
    }
    RowMatrix<float> output(weights.rows(), values.cols());
    multiply(weights, values.topRows(weights.cols()), Update::set, output);
    sums.output_difference = (output - exact.output).cast<double>().squaredNorm();
    sums.output = exact.output.cast<double>().squaredNorm();
    sums.rows = weights.rows();
    return sums;
}

/// For each count, of blocks of rows together.
std::vector<ErrorSums> compare_blocks(const FeatureMap<float>& map, const AttentionInputs<float>& inputs,
                                      const ErrorStudyOptions& options, std::span<const Index> blocks) {
    std::vector<KernelRows<float>> estimates = make_kernel_rows(map, inputs, options.mask, blocks);
    std::vector<ExactBlock> exact;
    std::vector<RowMatrix<float>> weights;
    for (const KernelRows<float>& rows : estimates) {
        exact.emplace_back(inputs, options.mask, rows.begin(), rows.end());
        weights.emplace_back(rows.size(), rows.columns());
    }
    std::vector<ErrorSums> sums;
    for (const Index count : options.counts) {
        advance_together(std::span(estimates), count);
        ErrorSums& of_count = sums.emplace_back();
        for (std::size_t i = 0; i < blocks.size(); ++i)
            of_count.add(compare(estimates[i], exact[i], inputs.values, options.unreliable_below, weights[i]));
    }
    return sums;
}

std::vector<FeatureMap<float>> draw_maps(const ErrorStudyOptions& options, const AttentionInputs<float>& inputs,
                                         std::uint64_t seed, ThreadPool& pool) {
    std::vector<FeatureMap<float>> maps;
    for (const FeatureSeries& series : options.series) {
        const FeatureOptions features{series.kind, series.draws,        options.counts.back(),
                                      seed,        options.temperature, mean_squared_sum(inputs)};
        maps.emplace_back(features, inputs.queries.cols(), pool);
        check_map_inputs(maps.back(), inputs, options.mask);
    }
    return maps;
}

/// Σ over the blocks of rows, [series][count], in pairs of blocks; the longest blocks of all series first.
std::vector<std::vector<ErrorSums>> sum_seed(const ErrorStudyOptions& options, const AttentionInputs<float>& inputs,
                                             const std::vector<FeatureMap<float>>& maps, ThreadPool& pool) {
    struct Part {
        std::size_t series;
        std::vector<ErrorSums> sums;
    };
    const std::vector<std::vector<Index>> pairs = pair_blocks(kernel_blocks<float>(inputs.queries.rows()));
    std::vector<std::vector<ErrorSums>> total(maps.size(), std::vector<ErrorSums>(options.counts.size()));
    return pool.reduce_chunks(
        pairs.size() * maps.size(), 1, std::move(total),
        [&](std::size_t k, std::size_t) {
            const std::size_t series = k % maps.size();
            return Part{series, compare_blocks(maps[series], inputs, options, pairs[k / maps.size()])};
        },
        [](std::vector<std::vector<ErrorSums>>& sums, const Part& part) {
            for (std::size_t c = 0; c < part.sums.size(); ++c) sums[part.series][c].add(part.sums[c]);
        });
}

void check_options(const ErrorStudyOptions& options) {
    if (options.series.empty() || options.counts.empty() || options.seeds < 1)
        throw usage_error("an error study needs at least one kind of features, one number of frequencies and one seed");
    Index previous = 0;
    for (const Index count : options.counts) {
        if (count <= previous)
            throw usage_error(fmt::format("numbers of frequencies must ascend from 1: {} after {}", count, previous));
        previous = count;
    }
}

}  // namespace

double error_study_scores(double length, Mask mask) {
    constexpr auto rows = static_cast<double>(KernelRows<float>::block_rows);
    return rows * (length + (mask == Mask::causal ? rows : length));
}

ErrorStudy study_attention_errors(const ErrorStudyOptions& options,
                                  const std::function<AttentionInputs<float>(std::uint64_t)>& inputs,
                                  ThreadPool& pool) {
    check_options(options);
    const auto seeds = static_cast<std::size_t>(options.seeds);
    ErrorStudy study(options.series.size(), options.counts.size(), seeds);
    for (std::size_t s = 0; s < seeds; ++s) {
        const std::uint64_t seed = options.first_seed + s;
        const AttentionInputs<float> seed_inputs = inputs(seed);
        check_attention_inputs(seed_inputs, options.mask);
        const auto sums = sum_seed(options, seed_inputs, draw_maps(options, seed_inputs, seed, pool), pool);
        for (std::size_t series = 0; series < sums.size(); ++series)
            for (std::size_t count = 0; count < sums[series].size(); ++count)
                study.at(series, count, s) = sums[series][count].errors();
    }
    return study;
}

ConfidenceBand confidence_band(std::span<const double> values, double level) {
    if (values.empty()) throw usage_error("a confidence band of no values");
    if (!(level > 0.0 && level < 1.0))
        throw usage_error(fmt::format("a confidence level of {}, outside (0, 1)", level));
    // One after the other: Eigen's sums of a mapped array depend on the alignment of its address.
    const auto n = static_cast<double>(values.size());
    double sum = 0.0;
    for (const double value : values) sum += value;
    const double mean = sum / n;
    if (values.size() == 1)
        return {mean, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    double squares = 0.0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / (n - 1.0));
    const double quantile = boost::math::quantile(boost::math::students_t(n - 1.0), 0.5 * (1.0 + level));
    const double half_width = quantile * deviation / std::sqrt(n);
    return {mean, mean - half_width, mean + half_width};
}

}  // namespace rotoscope
