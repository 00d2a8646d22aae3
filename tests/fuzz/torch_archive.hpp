// An archive of torch.save around any pickle.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rotoscope::fuzz {

template <class... Numbers>
std::string pack(Numbers... numbers) {
    return (std::string(reinterpret_cast<const char*>(&numbers), sizeof numbers) + ...);
}

/// With the storages 0 and 1, of 8 and 64 bytes.
inline std::string torch_archive(std::string_view pickle) {
    using U16 = std::uint16_t;
    using U32 = std::uint32_t;
    const std::vector<std::pair<std::string, std::string>> members{
        {"m/data.pkl", std::string(pickle)}, {"m/data/0", std::string(8, 'x')}, {"m/data/1", std::string(64, 'y')}};
    std::string file;
    std::string directory;
    for (const auto& [name, bytes] : members) {
        const auto crc = static_cast<U32>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
        const std::string common = pack(U16{0}, U16{0}, U16{0}, U16{0}, U16{0}, crc, static_cast<U32>(bytes.size()),
                                        static_cast<U32>(bytes.size()), static_cast<U16>(name.size()), U16{0});
        directory += "PK\1\2" + pack(U16{0}) + common +
                     pack(U16{0}, U16{0}, U16{0}, U32{0}, static_cast<U32>(file.size())) + name;
        file += "PK\3\4" + common + name + bytes;
    }
    const auto begin = static_cast<U32>(file.size());
    return file + directory + "PK\5\6" +
           pack(U16{0}, U16{0}, U16{3}, U16{3}, static_cast<U32>(directory.size()), begin, U16{0});
}

}  // namespace rotoscope::fuzz
