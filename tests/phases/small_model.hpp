// Small checkpoints made up by a test: one layer of a family, weights drawn or given.
#pragma once

#include "support/files.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/core/gaussian_draws.hpp"

namespace rotoscope::test {

/// Tensors below model.layers.{i}.attn. by name; draws what is not set.
class SmallModel {
public:
    static constexpr std::size_t heads = 2, pairs = 2, model_dim = 16, rank = 4;

    std::string type = "gla";
    std::string more_config;  ///< members of config.json, each followed by a comma
    std::map<std::string, std::vector<std::uint64_t>> shapes{
        {"rotary.phi_proj.0.weight", {rank, model_dim}},
        {"rotary.phi_proj.1.weight", {heads * pairs, rank}},
        {"rotary.phi_conv1d.weight", {heads * pairs, 1, 4}},
        {"rotary.temperature", {1, 1, 1, pairs}},
    };
    std::map<std::string, std::vector<double>> values;

    static SmallModel gla() {
        SmallModel model;
        model.shapes["gk_proj.0.weight"] = {3, model_dim};
        model.shapes["gk_proj.1.weight"] = {heads * 2 * pairs, 3};
        model.shapes["gk_proj.1.bias"] = {heads * 2 * pairs};
        return model;
    }
    static SmallModel gated_deltanet(std::size_t value_heads) {
        SmallModel model;
        model.type = "gated_deltanet";
        model.more_config = "\"num_v_heads\": " + std::to_string(value_heads) + ",";
        model.shapes["a_proj.weight"] = {value_heads, model_dim};
        model.shapes["A_log"] = {value_heads};
        model.shapes["dt_bias"] = {value_heads};
        return model;
    }

    /// Writes config.json and model.safetensors.
    void write(const TemporaryFolder& folder) const {
        folder.write("config.json", "{\"model_type\": \"" + type + "\", " + more_config +
                                        "\"hidden_size\": 16, \"num_heads\": 2, \"head_dim\": 4, "
                                        "\"num_hidden_layers\": 1, \"position_embedding\": {\"type\": "
                                        "\"selective_rope\", \"conv_act\": null}}");
        std::vector<TensorDeclaration> declarations;
        for (const auto& [name, shape] : shapes) declarations.push_back({prefix + name, DType::f64, shape});
        SafetensorsWriter writer(folder.path() / "model.safetensors", declarations);
        const GaussianDraws draws(7, RandomStream::sphere);
        std::uint64_t first = 0;
        for (const auto& [name, shape] : shapes) {
            std::size_t count = 1;
            for (const std::uint64_t size : shape) count *= size;
            std::vector<double> drawn(count);
            draws.fill(first, drawn);
            first += count;
            const auto given = values.find(name);
            writer.write<double>(prefix + name, 0, given == values.end() ? drawn : given->second);
        }
        writer.commit();
    }

private:
    static constexpr const char* prefix = "model.layers.0.attn.";
};

}  // namespace rotoscope::test
