// Where queries, keys and values come from: drawn, or read from a file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/rff/rff.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {

/// Phase increments d_t = Φ_t − Φ_{t−1} that a head has learned, t = 1 … L − 1: [L − 1, P], radians.
struct LearnedAngles {
    RowMatrix<double> increments;
    RowMatrix<double> accumulated;  ///< Φ_t, [L, P]
};

/// The inputs of every seed. Memory is that of one seed's.
class StudyInputs {
public:
    /// Opens the file, if any. Throws as compare_features.
    explicit StudyInputs(const RffOptions& options);

    [[nodiscard]] Index length() const { return shape_.length; }
    [[nodiscard]] Index dimension() const { return shape_.dimension; }
    [[nodiscard]] bool from_file() const { return queries_.size() > 0; }
    /// Whether all queries and keys have the same length.
    [[nodiscard]] bool equal_norms() const { return !from_file() && !options_.scale; }

    /// Those of a seed, multiplied by `factor`; the first `most_tokens` only. For a file, queries and keys are the same
    /// for every seed.
    template <class Scalar>
    [[nodiscard]] AttentionInputs<Scalar> draw(std::uint64_t seed, double factor = 1.0,
                                               Index most_tokens = std::numeric_limits<Index>::max()) const;

    /// √ of the mean of ‖q‖² and ‖k‖² over the tokens, of the first seed.
    [[nodiscard]] double root_mean_square_norm() const { return norm_; }
    /// The largest ‖q‖ or ‖k‖, of the first seed.
    [[nodiscard]] double largest_norm() const { return largest_norm_; }

    /// As in "512 tokens of 64 components, uniform on the sphere of radius 1".
    [[nodiscard]] const std::string& description() const { return description_; }
    /// For figures, shorter.
    [[nodiscard]] const std::string& label() const { return label_; }
    /// Which option scales the inputs, and the value of it that `factor` times as long vectors have.
    [[nodiscard]] std::string scale_option(double factor) const;

    [[nodiscard]] const std::optional<LearnedAngles>& learned() const { return learned_; }
    [[nodiscard]] const std::vector<InputRecord>& records() const { return records_; }

private:
    void describe_drawn();
    void open(const std::filesystem::path& path);
    void measure();

    const RffOptions& options_;
    InputShape shape_;
    RowMatrix<double> queries_;
    RowMatrix<double> keys_;
    double scale_ = 1.0;
    double norm_ = 0.0;
    double largest_norm_ = 0.0;
    std::string description_;
    std::string label_;
    std::optional<LearnedAngles> learned_;
    std::vector<InputRecord> records_;
};

}  // namespace rotoscope
