// Any bytes as a file of torch.save's legacy layout, or, where they begin so, as an archive with mended checksums.
#include "fuzz_input.hpp"
#include "mend_zip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::uint8_t> bytes(data, data + size);
    if (size >= 2 && bytes[0] == 'P') {
        rotoscope::fuzz::mend_checksums(bytes);
    } else if (size >= 2) {
        bytes[0] = 0x80;
        bytes[1] = 2;
    }
    rotoscope::fuzz::open_and_read(bytes);
    return 0;
}
