// Any bytes as a zip archive; mutants come with their checksums mended half of the time.
#include "fuzz_input.hpp"
#include "mend_zip.hpp"

#include <algorithm>
#include <cstddef>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    const std::size_t mutated = LLVMFuzzerMutate(data, size, most);
    if (seed % 2 == 0) return mutated;
    std::vector<std::uint8_t> bytes(data, data + mutated);
    rotoscope::fuzz::mend_checksums(bytes);
    std::copy(bytes.begin(), bytes.end(), data);
    return mutated;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::uint8_t> bytes(data, data + size);
    if (size >= 4) {
        bytes[0] = 'P';
        bytes[1] = 'K';
        bytes[2] = bytes[2] == 5 ? 5 : 3;
        bytes[3] = bytes[2] == 5 ? 6 : 4;
    }
    rotoscope::fuzz::open_and_read(bytes);
    return 0;
}
