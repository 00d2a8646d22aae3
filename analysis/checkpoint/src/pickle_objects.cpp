#include "pickle.hpp"

#include <fmt/format.h>

#include <array>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// A tensor takes about 17 items, 5 containers and 2 texts: together below 256 MiB, for more than 200,000 tensors.
constexpr std::size_t most_items = 4'000'000;
constexpr std::size_t most_containers = 2'000'000;
constexpr std::size_t most_texts = 2'000'000;
constexpr std::size_t most_characters = 64'000'000;
constexpr std::size_t most_tensors = 500'000;
constexpr std::size_t most_globals = 50'000;

}  // namespace

std::string_view pickle_kind_name(PickleKind kind) {
    constexpr std::array<std::string_view, 15> names{"None",
                                                     "a bool",
                                                     "an integer",
                                                     "an integer",
                                                     "a float",
                                                     "a string",
                                                     "bytes",
                                                     "a tuple",
                                                     "a list",
                                                     "a dict",
                                                     "an OrderedDict",
                                                     "a set",
                                                     "a class or function",
                                                     "a storage",
                                                     "a tensor"};
    return names[static_cast<std::size_t>(kind)];
}

void PickleObjects::check(std::size_t size, std::size_t most, std::string_view what) const {
    if (size >= most)
        throw input_error(fmt::format("the pickle makes more than {} {} (and {} tensors up to here)",
                                      format_count(most), what, format_count(tensors_.size())));
}

std::string_view PickleObjects::text(PickleValue value) const {
    const Text& text = texts_[value.payload];
    return std::string_view(characters_).substr(text.begin, text.size);
}

std::size_t PickleObjects::size(PickleValue container) const { return containers_[container.payload].size; }

std::vector<PickleValue> PickleObjects::items(PickleValue container) const {
    std::vector<PickleValue> values;
    values.reserve(size(container));
    for_each(container, [&](PickleValue value) {
        values.push_back(value);
        return true;
    });
    return values;
}

PickleValue PickleObjects::add_text(PickleKind kind, std::string_view text) {
    check(texts_.size(), most_texts, "strings");
    check(characters_.size() + text.size(), most_characters, "characters");
    texts_.push_back({static_cast<std::uint32_t>(characters_.size()), static_cast<std::uint32_t>(text.size())});
    characters_ += text;
    return {kind, texts_.size() - 1};
}

PickleValue PickleObjects::add_container(PickleKind kind) {
    check(containers_.size(), most_containers, "containers");
    containers_.emplace_back();
    return {kind, containers_.size() - 1};
}

void PickleObjects::append(PickleValue container, PickleValue value) {
    check(items_.size(), most_items, "items");
    const auto index = static_cast<std::uint32_t>(items_.size());
    items_.push_back({value, none});
    Container& to = containers_[container.payload];
    if (to.first == none) to.first = index;
    else items_[to.last].next = index;
    to.last = index;
    ++to.size;
}

PickleValue PickleObjects::add_global(PickleGlobal global) {
    check(globals_.size(), most_globals, "references to classes and functions");
    globals_.push_back(std::move(global));
    return {PickleKind::global, globals_.size() - 1};
}

PickleValue PickleObjects::add_storage(PickleStorage storage) {
    check(storages_.size(), most_tensors, "storages");
    storages_.push_back(storage);
    return {PickleKind::storage, storages_.size() - 1};
}

PickleValue PickleObjects::add_tensor(PickleTensor tensor) {
    check(tensors_.size(), most_tensors, "tensors");
    tensors_.push_back(std::move(tensor));
    return {PickleKind::tensor, tensors_.size() - 1};
}

}  // namespace rotoscope
