#include "torch_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view pickle_name = "data.pkl";

bool is_pickle(const ZipMember& member) { return member.name == pickle_name || member.name.ends_with("/data.pkl"); }

std::string read_small_member(const ZipArchive& archive, std::size_t index) {
    constexpr std::uint64_t longest = 64;
    std::string text(static_cast<std::size_t>(std::min(archive.members()[index].bytes, longest)), '\0');
    archive.read_at(index, 0, std::as_writable_bytes(std::span(text)));
    return text;
}

/// Whether storages are big-endian: `byteorder` says so, or is missing.
bool is_big_endian(const ZipArchive& archive, const std::string& prefix) {
    const std::size_t index = archive.find(prefix + "byteorder");
    if (index == archive.members().size()) return false;
    const std::string order = read_small_member(archive, index);
    if (order != "little" && order != "big")
        throw input_error(fmt::format("its byteorder is {}; expected little or big", rotoscope::quote(order)));
    return order == "big";
}

}  // namespace

bool is_torch_archive(const ZipArchive& archive) {
    return std::any_of(archive.members().begin(), archive.members().end(), is_pickle);
}

FormatContents read_torch_zip(const ZipArchive& archive, HeaderBudget& used) {
    const auto members = archive.members();
    const auto pickle = std::find_if(members.begin(), members.end(), is_pickle);
    const auto second = std::find_if(std::next(pickle), members.end(), is_pickle);
    if (second != members.end())
        throw input_error(
            fmt::format("has two pickles, {} and {}; expected one", quote(pickle->name), quote(second->name)));
    const std::string prefix = pickle->name.substr(0, pickle->name.size() - pickle_name.size());
    if (archive.find(prefix + "constants.pkl") != members.size())
        throw input_error(
            "is a TorchScript program, which holds code; expected weights.\n"
            "Load it in Python and save them: torch.save(model.state_dict(), 'weights.pt').");
    const auto index = static_cast<std::size_t>(pickle - members.begin());
    used.add_bytes(pickle->bytes);
    ByteReader reader([&](std::uint64_t position,
                          std::span<std::byte> out) { archive.read_at(index, position - pickle->data_offset, out); },
                      pickle->data_offset, pickle->data_offset + pickle->bytes);
    FormatContents contents;
    contents.format = "PyTorch";
    PickleObjects objects;
    const PickleValue saved = run_pickle(reader, objects);
    if (reader.remaining() > 0)
        throw input_error(fmt::format("{} bytes follow the pickle's end", reader.remaining()))
            .at_offset(reader.position());
    const auto tensors = find_model_tensors(objects, saved, used, contents.notes);
    const auto place = [&](const PickleStorage& storage) {
        const std::string_view key = objects.text({PickleKind::text, storage.key});
        const std::string name = fmt::format("{}data/{}", prefix, key);
        const std::size_t member = archive.find(name);
        if (member == members.size())
            throw input_error(fmt::format("its storage {} is not in the archive", rotoscope::quote(name)));
        const auto bytes = checked_multiply(storage.elements, objects.global(storage.type).bytes);
        if (!bytes || *bytes != members[member].bytes)
            throw input_error(fmt::format("its storage {} has {} bytes; {} elements of {} need {}",
                                          rotoscope::quote(name), members[member].bytes, storage.elements,
                                          objects.global(storage.type).type,
                                          bytes ? std::to_string(*bytes) : "more than 2^64"));
        return StoragePlace{static_cast<std::uint32_t>(member), 0, members[member].data_offset};
    };
    std::uint64_t stored = 0;
    for (const ZipMember& member : members) stored += member.bytes;
    add_torch_tensors(objects, tensors, place, is_big_endian(archive, prefix), stored, used, contents);
    return contents;
}

}  // namespace rotoscope
