// What is fed to a model's attention layers: tokens, and the hidden states that they give.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/phases/model.hpp"

namespace rotoscope {

/// A sequence of token ids below the vocabulary's size.
class TokenSequence {
public:
    virtual ~TokenSequence() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// ids[k] = token first + k.
    virtual void read(std::uint64_t first, std::span<std::int64_t> ids) const = 0;
    /// Whether the tokens were drawn independently: only then do tests that ask for it mean anything.
    [[nodiscard]] virtual bool independent() const { return false; }
    /// For people: "4,096 tokens drawn uniformly (seed 0)".
    [[nodiscard]] virtual std::string describe() const = 0;
};

/// `length` tokens drawn independently and uniformly from the vocabulary: token t is draw t of the stream.
[[nodiscard]] std::unique_ptr<TokenSequence> draw_tokens(std::uint64_t vocabulary, std::uint64_t length,
                                                         std::uint64_t seed);

/// Tokens from a list of ids ("0,1,1"), or a file: whitespace- or comma-separated integers, or safetensors with an
/// integer tensor `token_ids` [T] or [1, T]. A path that exists is a file. Throws Error (input or usage) for anything
/// else, for an empty sequence, and for ids outside the vocabulary.
[[nodiscard]] std::unique_ptr<TokenSequence> read_tokens(const std::string& list_or_file, std::uint64_t vocabulary);

/// The inputs of one attention layer, after the input norm: T vectors of model_dim elements.
class HiddenStates {
public:
    virtual ~HiddenStates() = default;
    [[nodiscard]] virtual std::uint64_t tokens() const = 0;
    /// out [n, model_dim] = rows first … first + n − 1.
    virtual void read(std::uint64_t first, std::span<double> out) const = 0;
    /// Whether the rows were drawn independently.
    [[nodiscard]] virtual bool independent() const { return false; }
};

/// What layer 0 sees of each vocabulary entry, exactly (THEORY 1.2): x/sqrt(mean(x²) + ε) · norm weight, x a row of
/// the embedding, ε the configuration's norm_eps.
class EmbeddingRows {
public:
    /// Nothing where the checkpoint has no embedding. Throws Error (input) where embedding or norm do not fit the
    /// model.
    [[nodiscard]] static std::optional<EmbeddingRows> find(const Checkpoint& checkpoint, const Model& model);

    [[nodiscard]] std::uint64_t vocabulary() const noexcept { return vocabulary_; }
    /// out [n, model_dim]: normalised rows of the entries first … first + n − 1.
    void read(std::uint64_t first, std::span<double> out) const;

private:
    EmbeddingRows(const Checkpoint& checkpoint, const TensorInfo& embedding, std::vector<double> gain, double epsilon);

    const Checkpoint* checkpoint_;
    const TensorInfo* embedding_;
    std::uint64_t vocabulary_;
    std::vector<double> gain_;
    double epsilon_;
};

/// Layer 0's inputs along a sequence of tokens. Both must outlive the result.
[[nodiscard]] std::unique_ptr<HiddenStates> embed_tokens(const EmbeddingRows& rows, const TokenSequence& tokens,
                                                         std::size_t model_dim);

/// `tokens` independent Gaussian vectors scaled to unit RMS, sqrt(mean(x²)) = 1, times `gain` [model_dim] where it is
/// not empty: uniform on a sphere (or ellipsoid), what a layer sees if its input has no direction. Row t of layer l is
/// a function of (seed, l, t).
[[nodiscard]] std::unique_ptr<HiddenStates> draw_on_sphere(std::size_t model_dim, std::vector<double> gain,
                                                           std::uint64_t tokens, std::uint64_t seed, std::size_t layer);

/// The input norm's weights of a layer [model_dim]; empty where the checkpoint has none. Throws Error (input) where
/// they do not fit the model.
[[nodiscard]] std::vector<double> input_gain(const Checkpoint& checkpoint, const Model& model, std::size_t layer);

/// A layer's inputs from a file of activations: the tensor `name` [T, model_dim] (or [1, T, model_dim]). Nothing where
/// the file has no such tensor; Error (input) where its shape does not fit. The file must outlive the result.
[[nodiscard]] std::unique_ptr<HiddenStates> find_activations(const Checkpoint& file, const std::string& name,
                                                             std::size_t model_dim);

}  // namespace rotoscope
