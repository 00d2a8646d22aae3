// What the tables of all files of a checkpoint may hold together.
#pragma once

#include <cstdint>

namespace rotoscope {

/// Bounds the memory of the table of tensors (about 250 MiB for the worst header; real models have thousands of tensors
/// and headers below 20 MB).
struct HeaderBudget {
    static constexpr std::uint64_t most_bytes = 100'000'000;
    static constexpr std::uint64_t most_tensors = 500'000;
    static constexpr std::uint64_t most_dimensions = 4'000'000;
    static constexpr std::uint64_t highest_rank = 64;  ///< of one tensor

    /// Adds what a file's header holds. Throws Error (input) beyond the limits.
    void add_bytes(std::uint64_t count);
    void add_tensor(std::uint64_t rank);

    std::uint64_t bytes = 0;  ///< used so far
    std::uint64_t tensors = 0;
    std::uint64_t dimensions = 0;
};

}  // namespace rotoscope
