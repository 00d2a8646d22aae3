#include "mend_zip.hpp"

#include <zlib.h>

#include <cstring>

namespace rotoscope::fuzz {
namespace {

template <class Integer>
Integer load(const std::vector<std::uint8_t>& bytes, std::size_t offset) {
    Integer value = 0;
    if (offset <= bytes.size() && sizeof value <= bytes.size() - offset)
        std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

void store(std::vector<std::uint8_t>& bytes, std::size_t offset, std::uint32_t value) {
    if (offset <= bytes.size() && sizeof value <= bytes.size() - offset)
        std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace

void mend_checksums(std::vector<std::uint8_t>& bytes) {
    constexpr std::uint32_t central = 0x02014b50;
    constexpr std::uint32_t local = 0x04034b50;
    constexpr std::uint32_t descriptor = 0x08074b50;
    constexpr std::size_t central_bytes = 46;
    for (std::size_t entry = 0; entry + central_bytes <= bytes.size(); ++entry) {
        if (load<std::uint32_t>(bytes, entry) != central) continue;
        const std::size_t stored = load<std::uint32_t>(bytes, entry + 20);
        const std::size_t header = load<std::uint32_t>(bytes, entry + 42);
        if (load<std::uint32_t>(bytes, header) != local || load<std::uint16_t>(bytes, entry + 10) != 0) continue;
        const std::size_t data =
            header + 30 + load<std::uint16_t>(bytes, header + 26) + load<std::uint16_t>(bytes, header + 28);
        if (data > bytes.size() || stored > bytes.size() - data) continue;
        const auto crc = static_cast<std::uint32_t>(crc32_z(0, bytes.data() + data, stored));
        store(bytes, entry + 16, crc);
        const bool described = (load<std::uint16_t>(bytes, header + 6) & 8) != 0;
        if (!described) store(bytes, header + 14, crc);
        else if (load<std::uint32_t>(bytes, data + stored) == descriptor) store(bytes, data + stored + 4, crc);
    }
}

}  // namespace rotoscope::fuzz
