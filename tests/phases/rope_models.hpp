// Models of random weights with fixed RoPE, written as their families store them.
#pragma once

#include "support/direct_rope.hpp"
#include "support/files.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope::rope_tests {

inline Result run(const PhasesOptions& options, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    return analyse_phases(options, context);
}

inline Result run(const std::filesystem::path& checkpoint) {
    PhasesOptions options;
    options.checkpoint = checkpoint;
    return run(options);
}

inline const Table& table(const Result& result, std::string_view name) {
    for (const Table& candidate : result.tables)
        if (candidate.name() == name) return candidate;
    throw std::runtime_error("no such table");
}

/// All cells of all tables.
inline std::vector<Cell> cells(const Result& result) {
    std::vector<Cell> all;
    for (const Table& each : result.tables)
        for (std::size_t row = 0; row < each.rows(); ++row)
            for (std::size_t column = 0; column < each.columns().size(); ++column) all.push_back(each.at(row, column));
    return all;
}

/// A model of random weights, written as a family stores it.
struct Tensors {
    test::TemporaryFolder folder;
    std::vector<TensorDeclaration> declarations;
    std::vector<std::vector<double>> values;

    void add(const std::string& name, std::vector<std::uint64_t> shape) {
        std::uint64_t elements = 1;
        for (const std::uint64_t size : shape) elements *= size;
        const GaussianDraws draws(declarations.size() + 1, RandomStream::test);
        std::vector<float> drawn(elements);
        draws.fill(0, drawn);
        declarations.push_back({name, DType::f32, std::move(shape)});
        values.emplace_back(drawn.begin(), drawn.end());
    }
    [[nodiscard]] const std::vector<double>& at(const std::string& name) const {
        for (std::size_t i = 0; i < declarations.size(); ++i)
            if (declarations[i].name == name) return values[i];
        throw std::runtime_error("no tensor " + name);
    }
    [[nodiscard]] const std::filesystem::path& write(const std::string& config) const {
        SafetensorsWriter writer(folder.path() / "model.safetensors", declarations);
        for (std::size_t i = 0; i < declarations.size(); ++i) writer.write<double>(declarations[i].name, 0, values[i]);
        writer.commit();
        folder.write("config.json", config);
        return folder.path();
    }
};

/// `rows` rows of a matrix of `columns` columns from row `first` on, times the column gains and the row gains.
inline test::Dense rows_of(const std::vector<double>& matrix, std::size_t columns, std::size_t first, std::size_t rows,
                           const std::vector<double>& column_gain, const std::vector<double>& row_gain = {}) {
    test::Dense dense(rows, std::vector<double>(columns));
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j)
            dense[i][j] = matrix[(first + i) * columns + j] * (column_gain.empty() ? 1.0 : column_gain[j]) *
                          (row_gain.empty() ? 1.0 : row_gain[i]);
    return dense;
}

inline constexpr std::size_t columns = 530;  // a block of 512, a vector of 16, and a rest

inline const std::string small_llama =
    R"("model_type": "llama", "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
       "num_hidden_layers": 1, "rope_theta": 100.0, "max_position_embeddings": 40)";

inline void add_llama_layer(Tensors& tensors, std::size_t width) {
    tensors.add("model.layers.0.self_attn.q_proj.weight", {8, width});
    tensors.add("model.layers.0.self_attn.k_proj.weight", {4, width});
}

}  // namespace rotoscope::rope_tests
