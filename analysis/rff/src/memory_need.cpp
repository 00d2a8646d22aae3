#include "memory_need.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

double machine_memory() {
    const double physical = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return physical;
    return std::min(physical, static_cast<double>(limit.rlim_cur));
}

std::string format_need(double bytes) {
    return bytes < 0x1p63 ? format_bytes(static_cast<std::uint64_t>(bytes))
                          : format_significant(bytes / 0x1p60, 3) + " EiB";
}

}  // namespace

double memory_need(const RffOptions& options, double length, double dimension, unsigned threads) {
    const double series = static_cast<double>(options.features.size());
    const double largest = static_cast<double>(options.counts.back());
    // Queries, keys and values: as drawn in double, and once more in double or single precision.
    const double inputs = length * 3.0 * dimension * 16.0;
    const double frequencies = largest * (dimension * (4.0 * series + 12.0) + 12.0);
    const double scores = static_cast<double>(threads) * (3.0 * 4.0 * 512.0 * length + 0x1p22);
    return inputs + frequencies + scores;
}

void check_memory(const RffOptions& options, double length, double dimension, unsigned threads) {
    const double need = memory_need(options, length, dimension, threads);
    const double available = machine_memory();
    if (need <= available) return;
    throw usage_error(fmt::format(
        "{} tokens of {} components and {} frequencies need about {} of memory; this machine gives {}\n"
        "expected a smaller --length, --dim or --counts, or fewer --threads",
        format_count(static_cast<std::uint64_t>(length)), format_count(static_cast<std::uint64_t>(dimension)),
        format_count(options.counts.back()), format_need(need), format_need(available)));
}

}  // namespace rotoscope
