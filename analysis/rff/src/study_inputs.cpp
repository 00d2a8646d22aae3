#include "study_inputs.hpp"

#include "head_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

std::string format_number(double value) { return format_significant(value, 4); }

}  // namespace

StudyInputs::StudyInputs(const RffOptions& options) : options_(options) {
    if (options.inputs) open(*options.inputs);
    else describe_drawn();
    measure();
}

void StudyInputs::describe_drawn() {
    shape_ = {static_cast<Index>(options_.length), static_cast<Index>(options_.dimension),
              static_cast<Index>(options_.dimension)};
    if (options_.scale) label_ = fmt::format("q, k N(0, {}²)", format_number(*options_.scale));
    else if (options_.angle) label_ = fmt::format("unit q, k, q_t and k_t at {}°", format_number(*options_.angle));
    else label_ = fmt::format("q, k on the sphere, ‖q‖ = ‖k‖ = {}", format_number(options_.norm.value_or(1.0)));
    description_ = fmt::format("{} tokens, d = {}, {}", format_count(options_.length), options_.dimension, label_);
}

void StudyInputs::open(const std::filesystem::path& path) {
    HeadTensors head = read_head(path, options_.layer, options_.head, options_.hash_inputs);
    shape_ = {head.queries.rows(), head.queries.cols(), head.queries.cols()};
    scale_ = options_.scale.value_or(std::pow(static_cast<double>(shape_.dimension), -0.25));
    queries_ = std::move(head.queries) * scale_;
    keys_ = std::move(head.keys) * scale_;
    if (head.angles && head.angles->rows() > 1) {
        const Index steps = head.angles->rows() - 1;
        RowMatrix<double> increments = head.angles->bottomRows(steps) - head.angles->topRows(steps);
        learned_ = LearnedAngles{std::move(increments), std::move(*head.angles)};
    }
    records_ = std::move(head.records);
    description_ =
        fmt::format("{} tokens, d = {}, {} and {} of head {}, times {}{}",
                    format_count(static_cast<std::uint64_t>(shape_.length)), shape_.dimension, head.query_name,
                    head.key_name, options_.head, format_number(scale_), options_.scale ? "" : " (d^-1/4)");
    label_ = fmt::format("{}, {}, head {}", path.parent_path().filename().string(), head.query_name, options_.head);
}

void StudyInputs::measure() {
    const AttentionInputs<double> inputs = draw<double>(options_.seed);
    const Vector<double> q = inputs.queries.rowwise().norm();
    const Vector<double> k = inputs.keys.rowwise().norm();
    norm_ = std::sqrt(0.5 * (q.squaredNorm() + k.squaredNorm()) / static_cast<double>(shape_.length));
    largest_norm_ = std::max(q.maxCoeff(), k.maxCoeff());
}

template <class Scalar>
AttentionInputs<Scalar> StudyInputs::draw(std::uint64_t seed, double factor, Index most_tokens) const {
    InputShape shape = shape_;
    shape.length = std::min(shape.length, most_tokens);
    AttentionInputs<Scalar> inputs =
        options_.angle                   ? angle_inputs<Scalar>(shape, *options_.angle * std::numbers::pi / 180.0, seed)
        : options_.scale && !from_file() ? gaussian_inputs<Scalar>(shape, *options_.scale, seed)
                                         : sphere_inputs<Scalar>(shape, options_.norm.value_or(1.0), seed);
    if (from_file()) {
        inputs.queries = queries_.topRows(shape.length).template cast<Scalar>();
        inputs.keys = keys_.topRows(shape.length).template cast<Scalar>();
    }
    inputs.queries *= static_cast<Scalar>(factor);
    inputs.keys *= static_cast<Scalar>(factor);
    return inputs;
}

std::string StudyInputs::scale_option(double factor) const {
    if (from_file()) return "--scale " + format_significant(scale_ * factor, 2);
    if (options_.scale) return "--scale " + format_significant(*options_.scale * factor, 2);
    return "--norm " + format_significant(options_.norm.value_or(1.0) * factor, 2);
}

template AttentionInputs<float> StudyInputs::draw(std::uint64_t, double, Index) const;
template AttentionInputs<double> StudyInputs::draw(std::uint64_t, double, Index) const;

}  // namespace rotoscope
