#include "support/format_writers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <stdexcept>

namespace rotoscope::test {
namespace {

std::string deflate_raw(std::string_view bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    std::string in(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

template <class... Numbers>
std::string pack(Numbers... numbers) {
    return (bytes_of(numbers) + ...);
}

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

std::string text_opcode(std::string_view text) {
    return "X" + bytes_of(static_cast<U32>(text.size())) + std::string(text);
}
std::string integer_opcode(U64 value) { return "\x8a\x08" + bytes_of(value); }
std::string sizes_opcodes(const std::vector<U64>& sizes) {
    std::string opcodes = "(";
    for (const U64 size : sizes) opcodes += integer_opcode(size);
    return opcodes + "t";
}

std::string pickle_views(const std::vector<TorchView>& views, bool legacy) {
    std::string pickle =
        "\x80\x02"
        "ccollections\nOrderedDict\n)R(";
    for (const TorchView& view : views)
        pickle += text_opcode(view.name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + text_opcode("storage") +
                  "ctorch\n" + view.storage_type + "\n" + text_opcode(view.key) + text_opcode("cpu") +
                  integer_opcode(view.storage_elements) + (legacy ? "N" : "") + "tQ" + integer_opcode(view.offset) +
                  sizes_opcodes(view.shape) + sizes_opcodes(view.strides) +
                  "\x89"
                  "ccollections\nOrderedDict\n)RtR";
    return pickle + "u.";
}

}  // namespace

std::string write_zip(const std::vector<ZipEntry>& entries, bool zip64_end) {
    std::string file;
    std::string directory;
    for (const ZipEntry& entry : entries) {
        const std::string data = entry.deflate ? deflate_raw(entry.bytes) : entry.bytes;
        const auto crc = static_cast<U32>(
            crc32(0, reinterpret_cast<const Bytef*>(entry.bytes.data()), static_cast<uInt>(entry.bytes.size())));
        const U16 flags = entry.descriptor ? 0x0808 : 0x0800;
        const U16 method = entry.deflate ? 8 : 0;
        const auto name_size = static_cast<U16>(entry.name.size());
        const U64 offset = file.size();
        const U32 all_ones = 0xFFFFFFFF;
        const bool wide = entry.zip64;
        const std::string sizes = pack(static_cast<U32>(data.size()), static_cast<U32>(entry.bytes.size()));
        const std::string wide_sizes = pack(U64{entry.bytes.size()}, U64{data.size()});
        const std::string local_extra = wide && !entry.descriptor ? pack(U16{1}, U16{16}) + wide_sizes : "";
        file += "PK\3\4" + pack(U16{45}, flags, method, U16{0}, U16{0});
        if (entry.descriptor) file += std::string(12, '\0');
        else file += pack(crc) + (wide ? pack(all_ones, all_ones) : sizes);
        file += pack(name_size, static_cast<U16>(local_extra.size())) + entry.name + local_extra + data;
        if (entry.descriptor)
            file += "PK\7\10" + pack(crc) + (wide ? pack(U64{data.size()}, U64{entry.bytes.size()}) : sizes);
        const std::string extra = wide ? pack(U16{1}, U16{24}) + wide_sizes + pack(offset) : "";
        directory += "PK\1\2" + pack(U16{45}, U16{45}, flags, method, U16{0}, U16{0}, crc) +
                     (wide ? pack(all_ones, all_ones) : sizes) +
                     pack(name_size, static_cast<U16>(extra.size()), U16{0}, U16{0}, U16{0}, U32{0},
                          wide ? all_ones : static_cast<U32>(offset)) +
                     entry.name + extra;
    }
    const U64 begin = file.size();
    const U64 count = entries.size();
    const U64 size = directory.size();
    file += directory;
    if (zip64_end) {
        const U64 record = file.size();
        file += "PK\6\6" + pack(U64{44}, U16{45}, U16{45}, U32{0}, U32{0}, count, count, size, begin);
        file += "PK\6\7" + pack(U32{0}, record, U32{1});
    }
    return file + "PK\5\6" +
           pack(U16{0}, U16{0}, static_cast<U16>(count), static_cast<U16>(count), static_cast<U32>(size),
                static_cast<U32>(begin), U16{0});
}

std::string write_npy(std::string_view descr, bool fortran, const std::vector<std::uint64_t>& shape,
                      std::string_view data, int version) {
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}{}), }}", descr,
                                     fortran ? "True" : "False", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
    const std::size_t before = version == 1 ? 10 : 12;
    header.append(63 - (before + header.size()) % 64, ' ');
    header += '\n';
    std::string file = "\x93NUMPY" + std::string(1, static_cast<char>(version)) + std::string(1, '\0');
    file += version == 1 ? pack(static_cast<U16>(header.size())) : pack(static_cast<U32>(header.size()));
    return file + header + std::string(data);
}

std::string write_torch_zip(const std::vector<TorchView>& views, const std::map<std::string, std::string>& storages,
                            bool big_endian) {
    std::vector<ZipEntry> entries{{"archive/data.pkl", pickle_views(views, false), false, true},
                                  {"archive/byteorder", big_endian ? "big" : "little", false, true}};
    for (const auto& [key, bytes] : storages) entries.push_back({"archive/data/" + key, bytes, false, !bytes.empty()});
    entries.push_back({"archive/version", "3\n", false, true});
    return write_zip(entries, true);
}

std::string write_torch_legacy(const std::vector<TorchView>& views,
                               const std::map<std::string, std::string>& storages) {
    static const std::map<std::string, U64> sizes{
        {"DoubleStorage", 8},   {"LongStorage", 8},  {"FloatStorage", 4}, {"IntStorage", 4},  {"HalfStorage", 2},
        {"BFloat16Storage", 2}, {"ShortStorage", 2}, {"CharStorage", 1},  {"ByteStorage", 1}, {"BoolStorage", 1}};
    std::string file("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.", 21);
    file += "\x80\x02}(" + text_opcode("little_endian") + "\x88u." + pickle_views(views, true) + "\x80\x02](";
    std::string data;
    for (const auto& [key, bytes] : storages) {
        U64 size = 1;
        for (const TorchView& view : views)
            if (view.key == key) size = sizes.at(view.storage_type);
        file += text_opcode(key);
        data += pack(U64{bytes.size() / size}) + bytes;
    }
    return file + "e." + data;
}

std::string gguf_value(std::uint32_t value) { return bytes_of(U32{4}) + bytes_of(value); }
std::string gguf_value(float value) { return bytes_of(U32{6}) + bytes_of(value); }
std::string gguf_value(bool value) { return bytes_of(U32{7}) + (value ? '\1' : '\0'); }
std::string gguf_value(std::string_view value) {
    return bytes_of(U32{8}) + bytes_of(U64{value.size()}) + std::string(value);
}

std::string write_gguf(const std::vector<GgufTensor>& tensors,
                       const std::vector<std::pair<std::string, std::string>>& entries, bool big_endian,
                       std::uint32_t version) {
    constexpr std::size_t alignment = 32;
    const auto number = [&](auto value) { return bytes_of(value, big_endian); };
    const auto pad = [](std::string& bytes) { bytes.resize((bytes.size() + alignment - 1) / alignment * alignment); };
    std::string file = "GGUF" + number(version) + number(U64{tensors.size()}) + number(U64{entries.size()});
    for (const auto& [key, value] : entries) file += number(U64{key.size()}) + key + value;
    std::string data;
    for (const GgufTensor& tensor : tensors) {
        pad(data);
        file += number(U64{tensor.name.size()}) + tensor.name + number(static_cast<U32>(tensor.shape.size()));
        for (std::size_t i = tensor.shape.size(); i-- > 0;) file += number(tensor.shape[i]);
        file += number(tensor.type) + number(U64{data.size()});
        data += tensor.bytes;
    }
    pad(file);
    return file + data;
}

}  // namespace rotoscope::test
