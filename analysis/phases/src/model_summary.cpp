#include "rotoscope/phases/model_summary.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {

std::string format_ranges(const std::vector<std::size_t>& sorted) {
    std::string text;
    for (std::size_t begin = 0; begin < sorted.size();) {
        std::size_t end = begin + 1;
        while (end < sorted.size() && sorted[end] == sorted[end - 1] + 1) ++end;
        if (!text.empty()) text += ", ";
        text +=
            end - begin == 1 ? fmt::format("{}", sorted[begin]) : fmt::format("{}-{}", sorted[begin], sorted[end - 1]);
        begin = end;
    }
    return text;
}

std::string checkpoint_name(const std::filesystem::path& path) {
    const std::filesystem::path normal = std::filesystem::absolute(path).lexically_normal();
    return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

void refuse_model(const std::filesystem::path& checkpoint, const Model& model) {
    std::string found =
        model.recognised()
            ? fmt::format("{}, {}, position embedding: {}", model.family, describe_sizes(model),
                          position_name(model.position))
            : fmt::format("an architecture that is {} (no config.json with a known model_type)", model.family);
    throw input_error(fmt::format("neither fixed RoPE nor a Selective RoPE phase generator in this checkpoint.\nFound: "
                                  "{}.\n'rotoscope inspect' lists its tensors.",
                                  found))
        .in_file(checkpoint.string());
}

std::string describe_sizes(const Model& model) {
    const auto number = [](std::size_t value) { return value == 0 ? std::string("?") : std::to_string(value); };
    std::string text =
        model.bare_module ? "" : fmt::format("{} layer{}, ", number(model.layers), model.layers == 1 ? "" : "s");
    text += fmt::format("{} heads of {} pairs, ", number(model.heads), number(model.pairs));
    if (model.key_heads != model.heads) text += fmt::format("{} key heads, ", number(model.key_heads));
    text += fmt::format("model_dim {}", number(model.model_dim));
    if (model.vocabulary > 0) text += fmt::format(", vocabulary {}", format_count(model.vocabulary));
    return text;
}

void append_model_summary(const Model& model, std::vector<std::pair<std::string, std::string>>& summary) {
    summary.emplace_back("model", model.family);
    if (!model.recognised()) return;
    summary.emplace_back("sizes", describe_sizes(model));
    std::string position(position_name(model.position));
    if (model.rope_base) position += fmt::format(", base {}", *model.rope_base);
    summary.emplace_back("position", fmt::format("{}; {} pairs", position, layout_name(model.layout)));
    if (!model.variant) return;
    summary.emplace_back("generator", describe(*model.variant));
    if (!model.bare_module && model.generator_layers.size() != model.layers)
        summary.emplace_back("", fmt::format("in layers {}", format_ranges(model.generator_layers)));
}

}  // namespace rotoscope
