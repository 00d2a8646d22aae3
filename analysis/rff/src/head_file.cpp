#include "head_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::array<std::string_view, 2> stages{"attn", "out"};

/// Where queries were found: the part of the name before q_, and after it.
struct Place {
    std::string prefix;
    std::string_view stage;
    std::optional<std::uint64_t> layer;
};

/// The layer of "layer3."; nothing for another prefix.
std::optional<std::uint64_t> layer_of(std::string_view prefix) {
    if (!prefix.starts_with("layer") || !prefix.ends_with('.')) return std::nullopt;
    const std::string_view digits = prefix.substr(5, prefix.size() - 6);
    std::uint64_t layer = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layer);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(layer) : std::nullopt;
}

/// Every place with queries, by layer; q_attn before q_out.
std::vector<Place> find_places(const Checkpoint& file) {
    std::vector<Place> places;
    for (const std::string_view stage : stages) {
        const std::string ending = fmt::format("q_{}", stage);
        for (const TensorInfo& tensor : file.tensors()) {
            if (!tensor.name.ends_with(ending)) continue;
            const std::string prefix = tensor.name.substr(0, tensor.name.size() - ending.size());
            if (!prefix.empty() && !layer_of(prefix)) continue;
            if (std::ranges::any_of(places, [&](const Place& place) { return place.prefix == prefix; })) continue;
            places.push_back({prefix, stage, layer_of(prefix)});
        }
    }
    std::ranges::stable_sort(places, {}, &Place::layer);
    return places;
}

std::string layer_list(const std::vector<Place>& places) {
    std::string list;
    for (const Place& place : places)
        if (place.layer) list += fmt::format("{}{}", list.empty() ? "" : ", ", *place.layer);
    return list.empty() ? "no layers" : list;
}

const Place& choose(const std::vector<Place>& places, std::optional<std::uint64_t> layer) {
    if (places.empty())
        throw input_error("no queries: expected tensors q_attn and k_attn, or q_out and k_out, of layer{i}. or alone");
    if (!layer) return places.front();
    const auto found = std::ranges::find(places, layer, &Place::layer);
    if (found == places.end())
        throw usage_error(
            fmt::format("--layer: there are no queries of layer {}; the file has {}", *layer, layer_list(places)));
    return *found;
}

/// The head's rows of a tensor [L, H, width].
RowMatrix<double> read_rows(const Checkpoint& file, const TensorInfo& tensor, std::uint64_t head) {
    const auto length = static_cast<Index>(tensor.shape[0]);
    const auto width = static_cast<Index>(tensor.shape[2]);
    const std::vector<double> values = file.read_all<double>(tensor);
    const Eigen::Map<const RowMatrix<double>> all(values.data(), length, static_cast<Index>(tensor.shape[1]) * width);
    return all.middleCols(static_cast<Index>(head) * width, width);
}

void check_heads(const TensorInfo& tensor) {
    if (tensor.shape.size() != 3 || tensor.elements == 0 || !tensor.dtype || !is_floating(*tensor.dtype))
        throw input_error(fmt::format("{} {}; expected floating-point numbers [tokens, heads, width], none 0",
                                      tensor.type, format_shape(tensor.shape)))
            .in_tensor(tensor.name);
}

HeadTensors read_place(const Checkpoint& file, const Place& place, std::uint64_t head) {
    HeadTensors found;
    found.query_name = fmt::format("{}q_{}", place.prefix, place.stage);
    found.key_name = fmt::format("{}k_{}", place.prefix, place.stage);
    const TensorInfo& queries = file.require(found.query_name);
    const TensorInfo& keys = file.require(found.key_name);
    check_heads(queries);
    check_heads(keys);
    if (queries.shape != keys.shape)
        throw input_error(fmt::format("keys {} and queries {}; expected one shape", format_shape(keys.shape),
                                      format_shape(queries.shape)))
            .in_tensor(keys.name);
    if (head >= queries.shape[1])
        throw usage_error(fmt::format("--head: there is no head {}; {} has {}", head, quote(queries.name),
                                      queries.shape[1] == 1 ? "one" : fmt::format("0-{}", queries.shape[1] - 1)));
    found.queries = read_rows(file, queries, head);
    found.keys = read_rows(file, keys, head);
    for (const auto& [matrix, name] : {std::pair{&found.queries, found.query_name}, {&found.keys, found.key_name}})
        if (!matrix->allFinite())
            throw input_error(fmt::format("head {} has numbers that are not finite", head)).in_tensor(name);
    const TensorInfo* const angles = file.find(place.prefix + "angle");
    if (angles != nullptr) {
        check_heads(*angles);
        if (angles->shape[0] != queries.shape[0] || angles->shape[1] != queries.shape[1])
            throw input_error(fmt::format("angles {} and queries {}; expected the same tokens and heads",
                                          format_shape(angles->shape), format_shape(queries.shape)))
                .in_tensor(angles->name);
        found.angles = read_rows(file, *angles, head);
    }
    return found;
}

}  // namespace

HeadTensors read_head(const std::filesystem::path& path, std::optional<std::uint64_t> layer, std::uint64_t head,
                      bool hash_inputs) {
    const Checkpoint file = Checkpoint::open(path);
    try {
        HeadTensors found = read_place(file, choose(find_places(file), layer), head);
        found.records = file.inputs(hash_inputs);
        return found;
    } catch (Error& error) {
        throw error.in_file(path.string());
    }
}

}  // namespace rotoscope
