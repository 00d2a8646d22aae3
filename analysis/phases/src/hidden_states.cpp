#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/phases/inputs.hpp"

namespace rotoscope {
namespace {

double mean_square(std::span<const double> row) {
    double squares = 0.0;
    for (const double value : row) squares += value * value;
    return squares / static_cast<double>(row.size());
}

/// Throws where a tensor is not of floating-point type or does not fit the pattern.
void check_tensor(const Checkpoint& checkpoint, const TensorInfo& tensor, std::string_view pattern,
                  Dimensions& dimensions) {
    const auto expected = shape_mismatch(pattern, tensor.shape, dimensions);
    if (!expected && tensor.dtype && is_floating(*tensor.dtype)) return;
    throw input_error(fmt::format("{} {}; expected floating-point numbers {}", tensor.type, format_shape(tensor.shape),
                                  expected.value_or(format_shape(tensor.shape))))
        .in_tensor(tensor.name)
        .in_file(checkpoint.path().string());
}

class EmbeddedTokens final : public HiddenStates {
public:
    EmbeddedTokens(const EmbeddingRows& rows, const TokenSequence& tokens, std::size_t model_dim)
        : rows_(rows), tokens_(tokens), model_dim_(model_dim) {
        // Vocabularies of small models are held, so that a long sequence does not read the same rows again and again.
        constexpr std::uint64_t held_bytes = std::uint64_t{32} << 20;
        if (rows.vocabulary() > held_bytes / sizeof(double) / model_dim) return;
        held_.resize(static_cast<std::size_t>(rows.vocabulary()) * model_dim);
        rows_.read(0, held_);
    }
    [[nodiscard]] std::uint64_t tokens() const override { return tokens_.size(); }
    [[nodiscard]] bool independent() const override { return tokens_.independent(); }
    void read(std::uint64_t first, std::span<double> out) const override {
        std::vector<std::int64_t> ids(out.size() / model_dim_);
        tokens_.read(first, ids);
        for (std::size_t k = 0; k < ids.size(); ++k) {
            const std::span<double> row = out.subspan(k * model_dim_, model_dim_);
            const auto id = static_cast<std::size_t>(ids[k]);
            if (held_.empty()) rows_.read(id, row);
            else std::copy_n(held_.data() + id * model_dim_, model_dim_, row.data());
        }
    }

private:
    const EmbeddingRows& rows_;
    const TokenSequence& tokens_;
    std::size_t model_dim_;
    std::vector<double> held_;
};

class SphereStates final : public HiddenStates {
public:
    SphereStates(std::size_t model_dim, std::vector<double> gain, std::uint64_t tokens, std::uint64_t seed,
                 std::size_t layer)
        : model_dim_(model_dim),
          gain_(std::move(gain)),
          tokens_(tokens),
          draws_(seed, RandomStream::sphere),
          layer_(layer) {}
    [[nodiscard]] std::uint64_t tokens() const override { return tokens_; }
    [[nodiscard]] bool independent() const override { return true; }
    void read(std::uint64_t first, std::span<double> out) const override {
        // 2^44 draws a layer: more than any sequence has, and 2^20 layers fit 64 bits.
        draws_.fill((std::uint64_t{layer_} << 44) + first * model_dim_, out);
        for (std::size_t begin = 0; begin < out.size(); begin += model_dim_) {
            const std::span<double> row = out.subspan(begin, model_dim_);
            const double scale = 1.0 / std::sqrt(mean_square(row));
            for (std::size_t j = 0; j < model_dim_; ++j) row[j] *= scale * (gain_.empty() ? 1.0 : gain_[j]);
        }
    }

private:
    std::size_t model_dim_;
    std::vector<double> gain_;
    std::uint64_t tokens_;
    GaussianDraws draws_;
    std::size_t layer_;
};

class StoredActivations final : public HiddenStates {
public:
    StoredActivations(const Checkpoint& file, const TensorInfo& tensor, std::size_t model_dim)
        : file_(file), tensor_(tensor), model_dim_(model_dim) {}
    [[nodiscard]] std::uint64_t tokens() const override { return tensor_.elements / model_dim_; }
    void read(std::uint64_t first, std::span<double> out) const override {
        file_.read<double>(tensor_, first * model_dim_, out);
    }

private:
    const Checkpoint& file_;
    const TensorInfo& tensor_;
    std::size_t model_dim_;
};

}  // namespace

EmbeddingRows::EmbeddingRows(const Checkpoint& checkpoint, const TensorInfo& embedding, std::vector<double> gain,
                             double epsilon)
    : checkpoint_(&checkpoint),
      embedding_(&embedding),
      vocabulary_(embedding.shape[0]),
      gain_(std::move(gain)),
      epsilon_(epsilon) {}

std::optional<EmbeddingRows> EmbeddingRows::find(const Checkpoint& checkpoint, const Model& model) {
    if (model.architecture == nullptr) return std::nullopt;
    const TensorInfo* const embedding = checkpoint.find(model.architecture->embedding);
    if (embedding == nullptr || checkpoint.find(fill_layer(model.architecture->norm, 0)) == nullptr)
        return std::nullopt;
    Dimensions dimensions{{"D", model.model_dim}};
    if (model.vocabulary > 0) dimensions.emplace("V", model.vocabulary);
    check_tensor(checkpoint, *embedding, "V, D", dimensions);
    constexpr double usual_epsilon = 1e-6;
    const double epsilon = configuration(checkpoint, *model.architecture)
                               .number(model.architecture->keys.norm_epsilon)
                               .value_or(usual_epsilon);
    return EmbeddingRows(checkpoint, *embedding, input_gain(checkpoint, model, 0), epsilon);
}

void EmbeddingRows::read(std::uint64_t first, std::span<double> out) const {
    const std::size_t width = gain_.size();
    checkpoint_->read<double>(*embedding_, first * width, out);
    for (std::size_t begin = 0; begin < out.size(); begin += width) {
        const std::span<double> row = out.subspan(begin, width);
        const double scale = 1.0 / std::sqrt(mean_square(row) + epsilon_);
        for (std::size_t j = 0; j < width; ++j) row[j] *= scale * gain_[j];
    }
}

std::unique_ptr<HiddenStates> embed_tokens(const EmbeddingRows& rows, const TokenSequence& tokens,
                                           std::size_t model_dim) {
    return std::make_unique<EmbeddedTokens>(rows, tokens, model_dim);
}

std::unique_ptr<HiddenStates> draw_on_sphere(std::size_t model_dim, std::vector<double> gain, std::uint64_t tokens,
                                             std::uint64_t seed, std::size_t layer) {
    return std::make_unique<SphereStates>(model_dim, std::move(gain), tokens, seed, layer);
}

std::vector<double> input_gain(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    const TensorInfo* const norm =
        model.architecture == nullptr ? nullptr : checkpoint.find(fill_layer(model.architecture->norm, layer));
    if (norm == nullptr) return {};
    Dimensions dimensions{{"D", model.model_dim}};
    check_tensor(checkpoint, *norm, "D", dimensions);
    return checkpoint.read_all<double>(*norm);
}

std::unique_ptr<HiddenStates> find_activations(const Checkpoint& file, const std::string& name, std::size_t model_dim) {
    const TensorInfo* const tensor = file.find(name);
    if (tensor == nullptr) return nullptr;
    const std::vector<std::uint64_t>& shape = tensor->shape;
    const bool fits = (shape.size() == 2 || (shape.size() == 3 && shape[0] == 1)) && shape.back() == model_dim &&
                      tensor->elements > 0;
    if (!fits || !tensor->dtype || !is_floating(*tensor->dtype))
        throw input_error(
            fmt::format(
                "{} {}; expected floating-point numbers [T, {}], T at least 1, as the checkpoint's model_dim asks for",
                tensor->type, format_shape(shape), model_dim))
            .in_tensor(name)
            .in_file(file.path().string());
    return std::make_unique<StoredActivations>(file, *tensor, model_dim);
}

}  // namespace rotoscope
