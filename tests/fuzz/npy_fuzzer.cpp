// Any bytes behind NumPy's magic bytes, so that none are wasted on finding them.
#include "fuzz_input.hpp"

#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::string_view_literals;
    constexpr std::string_view magic = "\x93NUMPY"sv;
    std::vector<std::uint8_t> bytes(data, data + size);
    for (std::size_t i = 0; i < magic.size() && i < size; ++i) bytes[i] = static_cast<std::uint8_t>(magic[i]);
    rotoscope::fuzz::open_and_read(bytes);
    return 0;
}
