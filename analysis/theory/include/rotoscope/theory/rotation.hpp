// Rotations of pairs: what RoPE and Selective RoPE do to queries and keys.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace rotoscope {

/// Which two elements of a head of dimension d = 2P form pair n = 0 … P − 1. The two layouts rotate different pairs and
/// must never be confused.
enum class PairLayout {
    half_split,   ///< (x_n, x_{n+P}): "NeoX", Hugging Face Llama, the Selective RoPE code
    interleaved,  ///< (x_{2n}, x_{2n+1}): RoFormer, GPT-J, Llama-family GGUF
};

/// "half-split" or "interleaved".
[[nodiscard]] std::string_view layout_name(PairLayout layout) noexcept;

/// The indices of the two elements of pair n among the 2P of a head.
struct PairIndices {
    std::size_t first;
    std::size_t second;
};

[[nodiscard]] constexpr PairIndices pair_indices(PairLayout layout, std::size_t n, std::size_t pairs) noexcept {
    return layout == PairLayout::half_split ? PairIndices{n, n + pairs} : PairIndices{2 * n, 2 * n + 1};
}

/// Rotates pair n of `vector` [2P] by angles[n] (radians, P of them), counter-clockwise:
///
///     (x0, x1) → (x0 cos a − x1 sin a, x0 sin a + x1 cos a),  i.e.  x0 + i·x1 → (x0 + i·x1)·e^{ia}.
///
/// The angles are double whatever the vector: accumulated phases reach thousands of radians. Angles are reduced
/// exactly; each result has an error of at most 3 roundings of Scalar relative to the pair's length.
/// Throws Error (internal) unless vector has twice as many elements as angles.
/// RoFormer, arXiv 2104.09864, eq. 15; Selective RoPE, arXiv 2511.17388, eq. 5–7.
template <class Scalar>
void rotate_pairs(PairLayout layout, std::span<Scalar> vector, std::span<const double> angles);

}  // namespace rotoscope
