// Any bytes as the pickle of a sound PyTorch archive: all of the fuzzer's work goes into the machine.
#include "fuzz_input.hpp"
#include "torch_archive.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string file = rotoscope::fuzz::torch_archive({reinterpret_cast<const char*>(data), size});
    rotoscope::fuzz::open_and_read({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
    return 0;
}
