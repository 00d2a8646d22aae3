#include "rotoscope/checkpoint/json_table.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace rotoscope {
namespace {

/// The index that a pointer's step means in an array: decimal digits without a leading zero.
std::optional<std::uint32_t> parse_index(std::string_view step) {
    std::uint32_t index = 0;
    const auto result = std::from_chars(step.data(), step.data() + step.size(), index);
    if (result.ec != std::errc() || result.ptr != step.data() + step.size()) return std::nullopt;
    if (step.size() > 1 && step.front() == '0') return std::nullopt;
    return index;
}

std::string unescape_step(std::string_view step) {
    std::string key;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1');
        key += escape ? (step[++i] == '0' ? '~' : '/') : step[i];
    }
    return key;
}

}  // namespace

bool JsonTable::comes_before(std::uint32_t a, std::uint32_t b) const {
    const Node& left = nodes_[a];
    const Node& right = nodes_[b];
    if (left.parent != right.parent) return left.parent < right.parent;
    if (nodes_[left.parent].kind == JsonKind::array) return left.key.begin < right.key.begin;
    return view(left.key) < view(right.key);
}

const JsonTable::Node* JsonTable::child(const Node& parent, std::string_view key) const {
    if (parent.kind != JsonKind::object && parent.kind != JsonKind::array) return nullptr;
    const std::uint32_t parent_id = id_of(parent);
    const auto index = parent.kind == JsonKind::array ? parse_index(key) : std::optional<std::uint32_t>(0);
    if (!index) return nullptr;
    const auto precedes = [&](std::uint32_t id) {
        const Node& node = nodes_[id];
        if (node.parent != parent_id) return node.parent < parent_id;
        return parent.kind == JsonKind::array ? node.key.begin < *index : view(node.key) < key;
    };
    const auto found = std::partition_point(sorted_.begin(), sorted_.end(), precedes);
    if (found == sorted_.end() || nodes_[*found].parent != parent_id) return nullptr;
    const Node& node = nodes_[*found];
    const bool same = parent.kind == JsonKind::array ? node.key.begin == *index : view(node.key) == key;
    return same ? &node : nullptr;
}

const JsonTable::Node* JsonTable::resolve(std::string_view pointer) const {
    if (nodes_.empty() || (!pointer.empty() && pointer.front() != '/')) return nullptr;
    const Node* node = &nodes_.front();
    while (node != nullptr && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        node = child(*node, unescape_step(pointer.substr(0, end)));
        pointer.remove_prefix(end);
    }
    return node;
}

const JsonTable::Node* JsonTable::resolve(std::string_view pointer, JsonKind kind) const {
    const Node* node = resolve(pointer);
    return node != nullptr && node->kind == kind ? node : nullptr;
}

JsonEntry JsonTable::entry(const Node& node) const {
    JsonEntry entry{.key = {}, .kind = node.kind, .text = {}, .number = 0.0};
    if (nodes_[node.parent].kind == JsonKind::object) entry.key = view(node.key);
    if (node.kind == JsonKind::string) entry.text = view(std::bit_cast<Text>(node.value));
    if (node.kind == JsonKind::real) entry.number = std::bit_cast<double>(node.value);
    if (node.kind == JsonKind::integer || node.kind == JsonKind::boolean)
        entry.number = static_cast<double>(static_cast<std::int64_t>(node.value));
    return entry;
}

std::optional<JsonKind> JsonTable::kind(std::string_view pointer) const {
    const Node* node = resolve(pointer);
    if (node == nullptr) return std::nullopt;
    return node->kind;
}

bool JsonTable::contains(std::string_view pointer) const { return resolve(pointer) != nullptr; }

bool JsonTable::is_null(std::string_view pointer) const { return resolve(pointer, JsonKind::null) != nullptr; }

std::optional<std::string> JsonTable::string(std::string_view pointer) const {
    const Node* node = resolve(pointer, JsonKind::string);
    if (node == nullptr) return std::nullopt;
    return std::string(view(std::bit_cast<Text>(node->value)));
}

std::optional<bool> JsonTable::boolean(std::string_view pointer) const {
    const Node* node = resolve(pointer, JsonKind::boolean);
    if (node == nullptr) return std::nullopt;
    return node->value != 0;
}

std::optional<double> JsonTable::number(std::string_view pointer) const {
    const Node* node = resolve(pointer);
    if (node == nullptr || (node->kind != JsonKind::integer && node->kind != JsonKind::real)) return std::nullopt;
    return entry(*node).number;
}

std::optional<std::int64_t> JsonTable::integer(std::string_view pointer) const {
    const Node* node = resolve(pointer, JsonKind::integer);
    if (node == nullptr) return std::nullopt;
    return static_cast<std::int64_t>(node->value);
}

std::vector<JsonEntry> JsonTable::children(std::string_view pointer) const {
    const Node* parent = resolve(pointer);
    if (parent == nullptr) return {};
    const std::uint32_t id = id_of(*parent);
    const auto begin =
        std::partition_point(sorted_.begin(), sorted_.end(), [&](std::uint32_t i) { return nodes_[i].parent < id; });
    const auto end =
        std::partition_point(begin, sorted_.end(), [&](std::uint32_t i) { return nodes_[i].parent == id; });
    std::vector<JsonEntry> entries;
    entries.reserve(static_cast<std::size_t>(end - begin));
    std::transform(begin, end, std::back_inserter(entries), [&](std::uint32_t i) { return entry(nodes_[i]); });
    return entries;
}

}  // namespace rotoscope
