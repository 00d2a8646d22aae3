// An archive of torch.save around any pickle.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace rotoscope::fuzz {

template <class... Numbers>
void pack(std::string& out, Numbers... numbers) {
    (out.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
}

/// With the storages 0 and 1, of 8 and 64 bytes.
inline std::string torch_archive(std::string_view pickle) {
    using U16 = std::uint16_t;
    using U32 = std::uint32_t;
    using Member = std::pair<std::string_view, std::string_view>;
    static const std::string zero(8, 'x');
    static const std::string one(64, 'y');
    std::string file;
    std::string directory;
    file.reserve(pickle.size() + 1000);
    directory.reserve(500);
    for (const auto& [name, bytes] : {Member{"m/data.pkl", pickle}, {"m/data/0", zero}, {"m/data/1", one}}) {
        const auto begin = static_cast<U32>(file.size());
        const auto crc = static_cast<U32>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
        const auto add_common = [&](std::string& out) {
            pack(out, U16{0}, U16{0}, U16{0}, U16{0}, U16{0}, crc, static_cast<U32>(bytes.size()),
                 static_cast<U32>(bytes.size()), static_cast<U16>(name.size()), U16{0});
        };
        file += "PK\3\4";
        add_common(file);
        (file += name) += bytes;
        directory += "PK\1\2";
        pack(directory, U16{0});
        add_common(directory);
        pack(directory, U16{0}, U16{0}, U16{0}, U32{0}, begin);
        directory += name;
    }
    const auto begin = static_cast<U32>(file.size());
    (file += directory) += "PK\5\6";
    pack(file, U16{0}, U16{0}, U16{3}, U16{3}, static_cast<U32>(directory.size()), begin, U16{0});
    return file;
}

}  // namespace rotoscope::fuzz
