#include "shard_option.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope::apps {
namespace {

std::optional<std::uint64_t> parse_whole(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// The number in an environment variable; nothing where it is not set.
std::optional<std::uint64_t> variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread has begun
    if (value == nullptr) return std::nullopt;
    const std::optional<std::uint64_t> number = parse_whole(value);
    if (!number) throw usage_error(fmt::format("--shard: {} is {}; expected a whole number", name, quote(value)));
    return number;
}

Shard checked(std::uint64_t index, std::uint64_t count, std::string_view found) {
    if (count < 1 || count > Shard::most || index >= count)
        throw usage_error(fmt::format("--shard: {}; expected part I of N, I from 0 to N - 1, N at most {}", found,
                                      format_count(Shard::most)));
    return {index, count};
}

/// Tasks MIN, MIN + STEP … MAX. Others, as of --array=1,5,6, have no place among the parts.
std::optional<Shard> slurm_shard() {
    const auto id = variable("SLURM_ARRAY_TASK_ID");
    const auto count = variable("SLURM_ARRAY_TASK_COUNT");
    if (!id || !count) return std::nullopt;
    const std::uint64_t first = variable("SLURM_ARRAY_TASK_MIN").value_or(0);
    const std::uint64_t step = variable("SLURM_ARRAY_TASK_STEP").value_or(1);
    const std::string found =
        fmt::format("SLURM_ARRAY_TASK_ID is {}, of {} tasks from {} on in steps of {}", *id, *count, first, step);
    const bool regular = step > 0 && *id >= first && (*id - first) % step == 0;
    const std::uint64_t last = variable("SLURM_ARRAY_TASK_MAX").value_or(*id);
    if (!regular || last < *id || (last - first) / step >= *count)
        throw usage_error(fmt::format("--shard: {}; expected an array such as 0-7, or --shard I/N", found));
    return checked((*id - first) / step, *count, found);
}

std::optional<Shard> open_mpi_shard() {
    const auto rank = variable("OMPI_COMM_WORLD_RANK");
    const auto size = variable("OMPI_COMM_WORLD_SIZE");
    if (!rank || !size) return std::nullopt;
    return checked(*rank, *size, fmt::format("OMPI_COMM_WORLD_RANK is {} of {}", *rank, *size));
}

}  // namespace

Shard parse_shard(const std::string& text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto index = parse_whole(std::string_view(text).substr(0, slash));
    const auto count = parse_whole(std::string_view(text).substr(std::min(slash + 1, text.size())));
    if (!index || !count)
        throw usage_error(fmt::format("--shard: {} is not I/N, part I of N from 0 on, as in 0/8", quote(text)));
    return checked(*index, *count, quote(text));
}

Shard shard_of_environment() {
    const std::optional<Shard> slurm = slurm_shard();
    const std::optional<Shard> open_mpi = open_mpi_shard();
    if (slurm && open_mpi)
        throw usage_error(
            "--shard: both a Slurm array and Open MPI say which part this is; expected one of them, or --shard I/N");
    if (!slurm && !open_mpi)
        throw usage_error(
            "--shard: neither SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT nor OMPI_COMM_WORLD_RANK and "
            "OMPI_COMM_WORLD_SIZE are set; expected --shard I/N");
    return slurm ? *slurm : *open_mpi;
}

}  // namespace rotoscope::apps
