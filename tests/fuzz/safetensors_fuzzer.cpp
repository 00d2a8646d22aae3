// Any bytes as a safetensors file: opened, every tensor read. Only Error (input) may come out.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace {

void read_everything(const rotoscope::Checkpoint& checkpoint) {
    for (const rotoscope::TensorInfo& tensor : checkpoint.tensors()) {
        if (!tensor.dtype) continue;
        if (checkpoint.read_all<float>(tensor).size() != tensor.elements) std::abort();
        if (checkpoint.find(tensor.name) != &tensor) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
    try {
        read_everything(rotoscope::Checkpoint::open("/proc/self/fd/" + std::to_string(file)));
    } catch (const rotoscope::Error& error) {
        if (error.code() != rotoscope::ExitCode::input) std::abort();
    }
    close(file);
    return 0;
}
