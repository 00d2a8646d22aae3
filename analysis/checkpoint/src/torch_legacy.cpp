#include "torch_file.hpp"

#include <fmt/format.h>

#include <map>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view magic_number = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t protocol_number = 1001;

void check_magic(ByteReader& reader) {
    PickleObjects objects;
    const PickleValue magic = run_pickle(reader, objects);
    if (magic.kind != PickleKind::big_integer || objects.text(magic) != magic_number)
        throw input_error("is a pickle, but not one of torch.save; expected PyTorch's magic number first");
    const PickleValue protocol = run_pickle(reader, objects);
    if (protocol.kind != PickleKind::integer || protocol.integer() != protocol_number)
        throw input_error(fmt::format("has another PyTorch protocol than {}", protocol_number));
}

/// Whether storages are big-endian.
bool read_system(ByteReader& reader) {
    PickleObjects objects;
    const PickleValue system = run_pickle(reader, objects);
    if (system.kind != PickleKind::dict) throw input_error("has no description of the system that wrote it");
    const std::vector<PickleValue> items = objects.items(system);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].kind != PickleKind::text || objects.text(items[i]) != "little_endian") continue;
        if (items[i + 1].kind != PickleKind::boolean) break;
        return items[i + 1].payload == 0;
    }
    throw input_error("does not say whether it is little_endian");
}

/// Bytes of each storage by key, as the tensors claim them.
std::map<std::string, std::uint64_t, std::less<>> storage_sizes(const PickleObjects& objects) {
    std::map<std::string, std::uint64_t, std::less<>> sizes;
    for (const PickleStorage& storage : objects.storages()) {
        const std::string_view key = objects.text({PickleKind::text, storage.key});
        const auto bytes = checked_multiply(storage.elements, objects.global(storage.type).bytes);
        if (!bytes) throw input_error(fmt::format("the storage {} has more than 2^64 bytes", rotoscope::quote(key)));
        const auto [known, is_new] = sizes.try_emplace(std::string(key), *bytes);
        if (!is_new && known->second != *bytes)
            throw input_error(fmt::format("the storage {} has {} bytes for one tensor and {} for another",
                                          rotoscope::quote(key), known->second, *bytes));
    }
    return sizes;
}

/// Where each storage's bytes begin. They follow each other to the end of the file.
std::map<std::string, std::uint64_t, std::less<>> place_storages(ByteReader& reader, const PickleObjects& objects,
                                                                 bool swapped, std::uint64_t& data_begin) {
    auto sizes = storage_sizes(objects);
    PickleObjects key_objects;
    const PickleValue keys = run_pickle(reader, key_objects);
    data_begin = reader.position();
    if (keys.kind != PickleKind::list) throw input_error("has no list of storage keys");
    reader.set_swapped(swapped);
    std::map<std::string, std::uint64_t, std::less<>> places;
    for (const PickleValue each : key_objects.items(keys)) {
        if (each.kind != PickleKind::text) throw input_error("has a storage key that is no string");
        const std::string key(key_objects.text(each));
        const auto size = sizes.find(key);
        if (size == sizes.end())
            throw input_error(fmt::format("the storage {} belongs to no tensor", rotoscope::quote(key)));
        const std::uint64_t begin = reader.position();
        const auto elements = reader.integer<std::uint64_t>();
        if (size->second > 0 ? elements == 0 || size->second % elements != 0 : elements != 0)
            throw input_error(fmt::format("the storage {} has {} elements in {} bytes", rotoscope::quote(key), elements,
                                          size->second))
                .at_offset(begin);
        if (!places.try_emplace(key, reader.position()).second)
            throw input_error(fmt::format("the storage {} appears twice", rotoscope::quote(key))).at_offset(begin);
        reader.skip(size->second);
    }
    if (reader.remaining() > 0)
        throw input_error(fmt::format("{} bytes follow the last storage", reader.remaining()))
            .at_offset(reader.position());
    if (places.size() != sizes.size())
        throw input_error(fmt::format("tensors refer to {} storages; the file has {}", sizes.size(), places.size()));
    return places;
}

}  // namespace

FormatContents read_torch_legacy(const InputFile& file, HeaderBudget& used) {
    // The pickles are a header like any other; the storages behind them are only stepped over.
    constexpr std::uint64_t window = 1 << 13;
    ByteReader reader([&file](std::uint64_t position, std::span<std::byte> out) { file.read_at(position, out); }, 0,
                      file.size(), window);
    FormatContents contents;
    contents.format = "PyTorch, legacy layout";
    check_magic(reader);
    const bool swapped = read_system(reader);
    PickleObjects objects;
    const PickleValue saved = run_pickle(reader, objects);
    used.add_bytes(reader.position());
    const auto tensors = find_model_tensors(objects, saved, used, contents.notes);
    std::uint64_t data_begin = 0;
    const auto places = place_storages(reader, objects, swapped, data_begin);
    contents.described_bytes = data_begin;
    const auto place = [&](const PickleStorage& storage) {
        const std::uint64_t begin = places.find(objects.text({PickleKind::text, storage.key}))->second;
        return StoragePlace{TensorLayout::whole_file, begin, begin};
    };
    add_torch_tensors(objects, tensors, place, swapped, file.size(), used, contents);
    return contents;
}

}  // namespace rotoscope
