// What all fuzzers of file formats do: any bytes as a file, opened, everything in it read.
#pragma once

#include "memory_files.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope::fuzz {

/// Values of at most 64 Ki elements a tensor, at the beginning and the end: decompression and views are the slow parts,
/// and say nothing new after that.
inline void read_everything(const Checkpoint& checkpoint) {
    constexpr std::uint64_t most = 1 << 16;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        if (checkpoint.find(tensor.name) != &tensor) std::abort();
        if (!tensor.dtype) continue;
        std::vector<float> values(static_cast<std::size_t>(tensor.elements < most ? tensor.elements : most));
        checkpoint.read<float>(tensor, 0, values);
        const std::size_t last = values.size();
        checkpoint.visit_any_order<float>(tensor, tensor.elements - last, last, [](std::span<const float>) {});
    }
    checkpoint.check_content();
}

/// Only Error (input) may come out, and no file may stay open.
template <class Read>
void expect_result_or_input_error(const Read& read) {
    try {
        read();
    } catch (const Error& error) {
        if (error.code() != ExitCode::input) std::abort();
        if (std::string(error.what()).size() > 1000) std::abort();
    }
    if (open_files() != 0) std::abort();
}

/// The bytes as one file.
inline void open_and_read(std::span<const std::uint8_t> bytes) {
    const std::filesystem::path file = put_file("model", bytes);
    expect_result_or_input_error([&] { read_everything(Checkpoint::open(file, {.raw_pairs_are_bf16 = true})); });
}

}  // namespace rotoscope::fuzz
