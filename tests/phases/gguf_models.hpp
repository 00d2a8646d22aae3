// GGUF files of models with fixed RoPE, and the same models as Hugging Face's library names them.
#pragma once

#include "rope_models.hpp"
#include "support/format_writers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rotoscope::rope_tests {

/// A GGUF file in the making: F32 tensors, and entries below the architecture's name.
struct GgufModel {
    std::string architecture;
    std::vector<test::GgufTensor> tensors;
    std::vector<std::pair<std::string, std::string>> entries;

    void add(const std::string& name, std::vector<std::uint64_t> shape, const std::vector<double>& values) {
        std::string bytes;
        for (const double value : values) bytes += test::bytes_of(static_cast<float>(value));
        tensors.push_back({name, 0, std::move(shape), std::move(bytes)});
    }
    /// Sets an entry of the architecture, again where it is there.
    template <class Value>
    void set(const std::string& key, const Value& value) {
        const std::string whole = architecture + '.' + key;
        std::erase_if(entries, [&](const auto& entry) { return entry.first == whole; });
        entries.emplace_back(whole, test::gguf_value(value));
    }
    [[nodiscard]] std::filesystem::path write(const test::TemporaryFolder& folder) const {
        std::vector<std::pair<std::string, std::string>> all = entries;
        all.emplace_back("general.architecture", test::gguf_value(architecture));
        return folder.write("model.gguf", test::write_gguf(tensors, all));
    }
    /// F32 as BF16, which must hold every value.
    void narrow() {
        for (test::GgufTensor& tensor : tensors) {
            std::string high;
            for (std::size_t i = 0; i < tensor.bytes.size(); i += 4) {
                if (tensor.bytes.substr(i, 2) != std::string(2, '\0')) throw std::runtime_error("more than BF16");
                high += tensor.bytes.substr(i + 2, 2);
            }
            tensor.bytes = std::move(high);
            tensor.type = 30;
        }
    }
};

using Values = std::vector<double>;

/// Rows of half-split heads of d elements in the order of interleaved pairs: element n becomes 2n, d/2 + n 2n + 1.
inline Values interleave_heads(const Values& rows, std::size_t heads, std::size_t d) {
    const std::size_t width = rows.size() / (heads * d);
    Values out(rows.size());
    for (std::size_t h = 0; h < heads; ++h)
        for (std::size_t n = 0; n < d; ++n) {
            const std::size_t to = n < d / 2 ? 2 * n : 2 * (n - d / 2) + 1;
            for (std::size_t j = 0; j < width; ++j) out[(h * d + to) * width + j] = rows[(h * d + n) * width + j];
        }
    return out;
}

/// How many cells of a column differ, bit by bit; all where the tables are of different lengths, or empty.
inline std::size_t differing_cells(const Table& a, const Table& b, std::size_t column) {
    if (a.rows() != b.rows() || a.rows() == 0) return std::max(a.rows(), b.rows()) + 1;
    std::size_t differing = 0;
    for (std::size_t row = 0; row < a.rows(); ++row) differing += !(a.at(row, column) == b.at(row, column));
    return differing;
}

/// Whether all tables are the same, bit by bit, but for the columns named.
inline ::testing::AssertionResult same_tables(const Result& a, const Result& b,
                                              const std::vector<std::string>& but = {}) {
    if (a.tables.size() != b.tables.size() || a.tables.empty()) return ::testing::AssertionFailure() << "other tables";
    for (std::size_t t = 0; t < a.tables.size(); ++t)
        for (std::size_t column = 0; column < a.tables[t].columns().size(); ++column) {
            const std::string& name = a.tables[t].columns()[column].name;
            if (std::ranges::find(but, name) != but.end()) continue;
            if (const std::size_t count = differing_cells(a.tables[t], b.tables[t], column))
                return ::testing::AssertionFailure() << a.tables[t].name() << '.' << name << ": " << count << " of "
                                                     << a.tables[t].rows() << " cells differ";
        }
    return ::testing::AssertionSuccess();
}

/// The share of a column's cells that differ.
inline double share_differing(const Result& a, const Result& b, std::string_view table_name, std::string_view name) {
    const Table& left = table(a, table_name);
    for (std::size_t column = 0; column < left.columns().size(); ++column)
        if (left.columns()[column].name == name)
            return static_cast<double>(differing_cells(left, table(b, table_name), column)) /
                   static_cast<double>(left.rows());
    throw std::runtime_error("no such column");
}

/// A model in both forms, its heads of 8 elements. What a converter does to a tensor's values is given beside its name.
struct Twin {
    using Change = std::function<Values(const Values&)>;

    Tensors hugging_face;
    GgufModel gguf;
    test::TemporaryFolder folder;
    std::string config;

    explicit Twin(std::string architecture, std::string_view model_type, std::uint32_t heads, std::uint32_t key_heads,
                  std::uint32_t layers = 1)
        : gguf{std::move(architecture), {}, {}},
          config(fmt::format(R"("model_type": "{}", "hidden_size": {}, "num_attention_heads": {},
                                "num_key_value_heads": {}, "head_dim": 8, "num_hidden_layers": {},
                                "max_position_embeddings": 128)",
                             model_type, columns, heads, key_heads, layers)) {
        gguf.set("embedding_length", static_cast<std::uint32_t>(columns));
        gguf.set("attention.head_count", heads);
        gguf.set("attention.head_count_kv", key_heads);
        gguf.set("attention.key_length", 8U);
        gguf.set("block_count", layers);
        gguf.set("context_length", 128U);
    }
    void add(const std::string& name, const std::string& gguf_name, const std::vector<std::uint64_t>& shape,
             const Change& change = {}) {
        hugging_face.add(name, shape);
        Values& values = hugging_face.values.back();
        for (double& value : values) value = std::round(value * 256.0) / 256.0;  // 1 + value is exact
        gguf.add(gguf_name, shape, change ? change(values) : values);
    }
    /// Queries, keys and the input norm of a layer with Llama's names.
    void add_layer(std::size_t i, std::size_t heads, std::size_t key_heads, const Change& norm = {},
                   const Change& query = {}, const Change& key = {}) {
        const std::string layer = fmt::format("model.layers.{}.", i), block = fmt::format("blk.{}.", i);
        add(layer + "input_layernorm.weight", block + "attn_norm.weight", {columns}, norm);
        add(layer + "self_attn.q_proj.weight", block + "attn_q.weight", {8 * heads, columns}, query);
        add(layer + "self_attn.k_proj.weight", block + "attn_k.weight", {8 * key_heads, columns}, key);
    }
    /// Puts queries, keys and values of layer 0 ("weight" or "bias") one after the other into one tensor.
    void fuse(const std::string& kind) {
        std::string bytes;
        std::vector<std::uint64_t> shape;
        for (const char* part : {"blk.0.attn_q.", "blk.0.attn_k.", "blk.0.attn_k."}) {  // values of the keys' size
            const auto found = std::ranges::find(gguf.tensors, part + kind, &test::GgufTensor::name);
            bytes += found->bytes;
            if (shape.empty()) shape = found->shape;
            else shape[0] += found->shape[0];
        }
        std::erase_if(gguf.tensors, [&](const test::GgufTensor& tensor) {
            return tensor.name == "blk.0.attn_q." + kind || tensor.name == "blk.0.attn_k." + kind;
        });
        gguf.tensors.push_back({"blk.0.attn_qkv." + kind, 0, shape, bytes});
    }
    [[nodiscard]] Result expected() const { return run(hugging_face.write('{' + config + '}')); }
    [[nodiscard]] Result computed() const { return run(gguf.write(folder)); }
};

}  // namespace rotoscope::rope_tests
