// Files of other programs' formats, written by tests: naive writers that share nothing with the readers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rotoscope::test {

/// The bytes of an integer or float as the machine has them (little-endian), or turned around.
template <class Number>
std::string bytes_of(Number number, bool swapped = false) {
    std::string bytes(reinterpret_cast<const char*>(&number), sizeof number);
    return swapped ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
}

struct ZipEntry {
    std::string name;
    std::string bytes;
    bool deflate = false;
    bool descriptor = false;  ///< sizes and CRC behind the data, as PyTorch writes
    bool zip64 = false;
};
[[nodiscard]] std::string write_zip(const std::vector<ZipEntry>& entries, bool zip64_end = false);

/// A NumPy array; `data` as it shall stand in the file.
[[nodiscard]] std::string write_npy(std::string_view descr, bool fortran, const std::vector<std::uint64_t>& shape,
                                    std::string_view data, int version = 1);

/// A view of a storage.
struct TorchView {
    std::string name;
    std::string key;
    std::string storage_type = "FloatStorage";
    std::uint64_t storage_elements = 0;
    std::uint64_t offset = 0;
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> strides;
};
/// torch.save of a dict of views, in the zip or the legacy layout; storages by key.
[[nodiscard]] std::string write_torch_zip(const std::vector<TorchView>& views,
                                          const std::map<std::string, std::string>& storages, bool big_endian = false);
[[nodiscard]] std::string write_torch_legacy(const std::vector<TorchView>& views,
                                             const std::map<std::string, std::string>& storages);

struct GgufTensor {
    std::string name;
    std::uint32_t type = 0;            ///< ggml_type
    std::vector<std::uint64_t> shape;  ///< outermost first
    std::string bytes;                 ///< as they shall stand in the file
};
/// Type and value of an entry; of a vector, an array.
[[nodiscard]] std::string gguf_value(std::uint32_t value);
[[nodiscard]] std::string gguf_value(float value);
[[nodiscard]] std::string gguf_value(bool value);
[[nodiscard]] std::string gguf_value(std::string_view value);
[[nodiscard]] inline std::string gguf_value(const char* value) { return gguf_value(std::string_view(value)); }
template <class Item>
std::string gguf_value(const std::vector<Item>& items) {
    std::string bytes =
        bytes_of(std::uint32_t{9}) + gguf_value(Item{}).substr(0, 4) + bytes_of(std::uint64_t{items.size()});
    for (const Item item : items) bytes += gguf_value(item).substr(4);
    return bytes;
}
/// `entries`: key and the bytes of type and value.
[[nodiscard]] std::string write_gguf(const std::vector<GgufTensor>& tensors,
                                     const std::vector<std::pair<std::string, std::string>>& entries = {},
                                     bool big_endian = false, std::uint32_t version = 3);

}  // namespace rotoscope::test
