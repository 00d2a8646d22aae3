#include "block_format.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "rotoscope/checkpoint/dtype.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t super_block = 256;

unsigned byte_at(const std::byte* bytes, std::size_t i) { return static_cast<unsigned>(bytes[i]); }
int signed_at(const std::byte* bytes, std::size_t i) { return static_cast<signed char>(bytes[i]); }

double half_at(const std::byte* bytes) {
    double value = 0.0;
    decode<double>(DType::f16, std::span(bytes, 2), std::span(&value, 1));
    return value;
}

void swap_half(std::byte* bytes) { std::swap(bytes[0], bytes[1]); }

/// y_i = scale·(q_i − zero) + minimum, q_i of 4 bits in `quants`, its fifth in `high`.
void decode_nibbles(const std::byte* quants, std::uint32_t high, double scale, double zero, double minimum,
                    double* out) {
    for (std::size_t i = 0; i < 16; ++i) {
        const unsigned low = (byte_at(quants, i) & 15) | (high >> i & 1) << 4;
        const unsigned upper = byte_at(quants, i) >> 4 | (high >> (i + 16) & 1) << 4;
        out[i] = scale * (low - zero) + minimum;
        out[i + 16] = scale * (upper - zero) + minimum;
    }
}

std::uint32_t word_at(const std::byte* bytes) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

void decode_q4_0(const std::byte* block, double* out) { decode_nibbles(block + 2, 0, half_at(block), 8, 0, out); }
void decode_q4_1(const std::byte* block, double* out) {
    decode_nibbles(block + 4, 0, half_at(block), 0, half_at(block + 2), out);
}
void decode_q5_0(const std::byte* block, double* out) {
    decode_nibbles(block + 6, word_at(block + 2), half_at(block), 16, 0, out);
}
void decode_q5_1(const std::byte* block, double* out) {
    decode_nibbles(block + 8, word_at(block + 4), half_at(block), 0, half_at(block + 2), out);
}
void decode_q8_0(const std::byte* block, double* out) {
    const double scale = half_at(block);
    for (std::size_t i = 0; i < 32; ++i) out[i] = scale * signed_at(block + 2, i);
}

/// Value i of a super-block lies in half i/128; in a half, 32 bytes hold four values each, value j of byte j mod 32 in
/// its bits 2(j/32) and 2(j/32) + 1.
unsigned two_bits(const std::byte* quants, std::size_t i) {
    return byte_at(quants, i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2) & 3;
}

void decode_q2_k(const std::byte* block, double* out) {
    const double scale = half_at(block + 80);
    const double minimum = half_at(block + 82);
    for (std::size_t i = 0; i < super_block; ++i) {
        const unsigned group = byte_at(block, i / 16);
        out[i] = scale * (group & 15) * two_bits(block + 16, i) - minimum * (group >> 4);
    }
}

/// Scale g of 16, of 6 bits: the low four in the halves of the first 8 bytes, the high two in the last 4.
int q3_k_scale(const std::byte* scales, std::size_t g) {
    const unsigned low = byte_at(scales, g % 8) >> (g / 8 * 4) & 15;
    const unsigned high = byte_at(scales, 8 + g % 4) >> (g / 4 * 2) & 3;
    return static_cast<int>(low | high << 4) - 32;
}

void decode_q3_k(const std::byte* block, double* out) {
    const double scale = half_at(block + 108);
    for (std::size_t i = 0; i < super_block; ++i) {
        const unsigned high = byte_at(block, i % 32) >> (i / 32) & 1;
        const int quant = static_cast<int>(two_bits(block + 32, i) | high << 2) - 4;
        out[i] = scale * q3_k_scale(block + 96, i / 16) * quant;
    }
}

struct ScaleAndMinimum {
    unsigned scale;
    unsigned minimum;
};

/// Group g of 8, 6 bits each in 12 bytes: groups 0 to 3 in the low bits of bytes g and g + 4; of groups 4 to 7 the low
/// four in byte g + 4, the high two above those of groups 0 to 3.
ScaleAndMinimum q4_k_group(const std::byte* packed, std::size_t g) {
    if (g < 4) return {byte_at(packed, g) & 63, byte_at(packed, g + 4) & 63};
    return {(byte_at(packed, g + 4) & 15) | byte_at(packed, g - 4) >> 6 << 4,
            byte_at(packed, g + 4) >> 4 | byte_at(packed, g) >> 6 << 4};
}

/// Groups of 32 values; two neighbouring groups share 32 bytes, the first in their low halves. `high` holds bit g of
/// value j of group g in byte j, or is null.
void decode_two_level(const std::byte* block, const std::byte* quants, const std::byte* high, double* out) {
    const double scale = half_at(block);
    const double minimum = half_at(block + 2);
    for (std::size_t g = 0; g < 8; ++g) {
        const ScaleAndMinimum group = q4_k_group(block + 4, g);
        for (std::size_t j = 0; j < 32; ++j) {
            unsigned quant = byte_at(quants, g / 2 * 32 + j) >> (g % 2 * 4) & 15;
            if (high != nullptr) quant |= (byte_at(high, j) >> g & 1) << 4;
            out[g * 32 + j] = scale * group.scale * quant - minimum * group.minimum;
        }
    }
}

void decode_q4_k(const std::byte* block, double* out) { decode_two_level(block, block + 16, nullptr, out); }
void decode_q5_k(const std::byte* block, double* out) { decode_two_level(block, block + 48, block + 16, out); }

/// In half h of the block, value j: low bits in byte j mod 64 of its 64, the low half first; high two bits in byte j
/// mod 32 of its 32, at bit 2(j/32).
void decode_q6_k(const std::byte* block, double* out) {
    const double scale = half_at(block + 208);
    for (std::size_t i = 0; i < super_block; ++i) {
        const std::size_t j = i % 128;
        const unsigned low = byte_at(block, i / 128 * 64 + j % 64) >> (j / 64 * 4) & 15;
        const unsigned high = two_bits(block + 128, i);
        const int quant = static_cast<int>(low | high << 4) - 32;
        out[i] = scale * signed_at(block + 192, i / 16) * quant;
    }
}

/// The half at one place, or the halves at two.
template <std::size_t... places>
void swap_halves(std::byte* block) {
    (swap_half(block + places), ...);
}

/// ggml copies the 32 high bits as one integer of the machine.
template <std::size_t place, std::size_t... halves>
void swap_word_and_halves(std::byte* block) {
    std::reverse(block + place, block + place + 4);
    swap_halves<halves...>(block);
}

struct Row {
    std::uint32_t type;
    BlockFormat format;
};

/// The types without decode have tables of codewords or are of no use in files; their sizes place what follows them.
constexpr std::array rows{
    Row{2, {"Q4_0", 32, 18, decode_q4_0, swap_halves<0>}},
    Row{3, {"Q4_1", 32, 20, decode_q4_1, swap_halves<0, 2>}},
    Row{6, {"Q5_0", 32, 22, decode_q5_0, swap_word_and_halves<2, 0>}},
    Row{7, {"Q5_1", 32, 24, decode_q5_1, swap_word_and_halves<4, 0, 2>}},
    Row{8, {"Q8_0", 32, 34, decode_q8_0, swap_halves<0>}},
    Row{9, {"Q8_1", 32, 36, nullptr, nullptr}},
    Row{10, {"Q2_K", 256, 84, decode_q2_k, swap_halves<80, 82>}},
    Row{11, {"Q3_K", 256, 110, decode_q3_k, swap_halves<108>}},
    Row{12, {"Q4_K", 256, 144, decode_q4_k, swap_halves<0, 2>}},
    Row{13, {"Q5_K", 256, 176, decode_q5_k, swap_halves<0, 2>}},
    Row{14, {"Q6_K", 256, 210, decode_q6_k, swap_halves<208>}},
    Row{15, {"Q8_K", 256, 292, nullptr, nullptr}},
    Row{16, {"IQ2_XXS", 256, 66, nullptr, nullptr}},
    Row{17, {"IQ2_XS", 256, 74, nullptr, nullptr}},
    Row{18, {"IQ3_XXS", 256, 98, nullptr, nullptr}},
    Row{19, {"IQ1_S", 256, 50, nullptr, nullptr}},
    Row{20, {"IQ4_NL", 32, 18, nullptr, nullptr}},
    Row{21, {"IQ3_S", 256, 110, nullptr, nullptr}},
    Row{22, {"IQ2_S", 256, 82, nullptr, nullptr}},
    Row{23, {"IQ4_XS", 256, 136, nullptr, nullptr}},
    Row{29, {"IQ1_M", 256, 56, nullptr, nullptr}},
    Row{34, {"TQ1_0", 256, 54, nullptr, nullptr}},
    Row{35, {"TQ2_0", 256, 66, nullptr, nullptr}},
    Row{39, {"MXFP4", 32, 17, nullptr, nullptr}},
};

}  // namespace

const BlockFormat* find_block_format(std::uint32_t ggml_type) {
    const auto* row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.type == ggml_type; });
    return row == rows.end() ? nullptr : &row->format;
}

const BlockFormat* find_block_format(std::string_view name) {
    const auto* row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.format.name == name; });
    return row == rows.end() ? nullptr : &row->format;
}

}  // namespace rotoscope
