// Any bytes as a safetensors file.
#include "fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rotoscope::fuzz::open_and_read({data, size});
    return 0;
}
