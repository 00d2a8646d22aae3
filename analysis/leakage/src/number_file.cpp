#include "number_file.hpp"

#include "parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <string_view>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/checkpoint/file.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/memory.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;
constexpr std::string_view suffix = ".safetensors:";

std::string read_text(const std::filesystem::path& path) {
    const InputFile file(path);
    if (file.size() > most_bytes)
        throw input_error(
            fmt::format("{}; expected at most {} of text", format_bytes(file.size()), format_bytes(most_bytes)))
            .in_file(path.string());
    std::string text(static_cast<std::size_t>(file.size()), '\0');
    file.read_at(0, std::as_writable_bytes(std::span(text)));
    return text;
}

std::vector<std::string_view> words_of(std::string_view line) {
    const auto separates = [](char c) { return c == ',' || c == ';' || std::isspace(static_cast<unsigned char>(c)); };
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < line.size();) {
        if (separates(line[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < line.size() && !separates(line[end])) ++end;
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

[[noreturn]] void refuse_word(std::size_t line, std::string_view word) {
    throw input_error(fmt::format("line {}: {}; expected a finite number", line, quote(word, 40)));
}

void add_row(NumberRows& rows, const std::vector<std::string_view>& words, std::size_t line, std::size_t most) {
    if (rows.columns == 0) rows.columns = words.size();
    if (words.size() != rows.columns || words.size() > most)
        throw input_error(fmt::format("line {}: {} numbers; expected {}", line, words.size(),
                                      words.size() > most ? fmt::format("at most {}", most)
                                                          : fmt::format("{} as in the lines before", rows.columns)));
    for (const std::string_view word : words) {
        const auto value = parse_finite(word);
        if (!value) refuse_word(line, word);
        rows.values.push_back(*value);
    }
}

/// The element of each step along the first dimension that the indices of the others choose.
std::vector<double> read_strided(const Checkpoint& file, const TensorInfo& tensor, std::uint64_t offset,
                                 std::uint64_t width) {
    const std::uint64_t steps = tensor.shape[0];
    require_memory("--window", fmt::format("tensor {} of {} steps", quote(tensor.name), format_count(steps)),
                   steps * sizeof(double));
    std::vector<double> values(static_cast<std::size_t>(steps));
    const std::uint64_t chunk = std::max<std::uint64_t>(1, (std::uint64_t{1} << 20) / width);
    std::vector<double> buffer;
    for (std::uint64_t first = 0; first < steps; first += chunk) {
        const std::uint64_t n = std::min(chunk, steps - first);
        buffer.resize(static_cast<std::size_t>(n * width));
        file.read<double>(tensor, first * width, std::span(buffer));
        for (std::uint64_t i = 0; i < n; ++i)
            values[static_cast<std::size_t>(first + i)] = buffer[static_cast<std::size_t>(i * width + offset)];
    }
    return values;
}

void check_indices(const TensorInfo& tensor, const std::vector<std::string>& indices) {
    if (tensor.shape.empty() || indices.size() + 1 != tensor.shape.size())
        throw usage_error(fmt::format("tensor {} has the shape {}; expected FILE.safetensors:TENSOR and {} index{}",
                                      quote(tensor.name), format_shape(tensor.shape),
                                      tensor.shape.empty() ? 0 : tensor.shape.size() - 1,
                                      tensor.shape.size() == 2 ? "" : "es"));
    for (std::size_t d = 0; d < indices.size(); ++d) {
        const auto index = parse_whole(indices[d]);
        if (!index || *index >= tensor.shape[d + 1])
            throw usage_error(fmt::format("tensor {}: index {}; expected a number below {}", quote(tensor.name),
                                          quote(indices[d]), tensor.shape[d + 1]));
    }
}

}  // namespace

NumberRows read_number_rows(const std::filesystem::path& path, std::size_t most_columns) {
    const std::string text = read_text(path);
    NumberRows rows;
    std::size_t line = 0;
    try {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            const auto words = words_of(std::string_view(text).substr(at, end - at));
            at = end + 1;
            ++line;
            const bool header = rows.values.empty() && std::ranges::none_of(words, [](std::string_view word) {
                                    return std::isdigit(static_cast<unsigned char>(word.back())) || word == "nan" ||
                                           word == "NaN" || word.back() == '.';
                                });
            if (words.empty() || header) continue;
            add_row(rows, words, line, most_columns);
        }
        if (rows.values.empty()) throw input_error("no numbers");
    } catch (Error& error) {
        throw error.in_file(path.string());
    }
    return rows;
}

TensorSequence read_tensor_sequence(const std::string& text) {
    const std::size_t colon = text.find(suffix);
    if (colon == std::string::npos) throw usage_error(fmt::format("{}; expected FILE.safetensors:TENSOR", quote(text)));
    TensorSequence result;
    result.file = text.substr(0, colon + suffix.size() - 1);
    auto parts = split_text(std::string_view(text).substr(colon + suffix.size()), ':');
    const Checkpoint file = Checkpoint::open(result.file);
    const TensorInfo& tensor = file.require(parts.front());
    result.tensor = parts.front();
    parts.erase(parts.begin());
    check_indices(tensor, parts);
    std::uint64_t offset = 0;
    std::uint64_t width = 1;
    for (std::size_t d = 0; d < parts.size(); ++d) {
        offset = offset * tensor.shape[d + 1] + *parse_whole(parts[d]);
        width *= tensor.shape[d + 1];
    }
    if (tensor.elements == 0) throw input_error("no elements").in_tensor(tensor.name).in_file(result.file.string());
    result.values = read_strided(file, tensor, offset, width);
    const auto bad = std::ranges::find_if_not(result.values, [](double v) { return std::isfinite(v); });
    if (bad != result.values.end())
        throw input_error(
            fmt::format("{} at step {}; expected finite numbers", format_shortest(*bad), bad - result.values.begin()))
            .in_tensor(tensor.name)
            .in_file(result.file.string());
    return result;
}

}  // namespace rotoscope
