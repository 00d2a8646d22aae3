#include "memory_need.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/memory.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/attention_errors.hpp"

namespace rotoscope {
namespace {

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
    const double scores =
        static_cast<double>(threads) * (3.0 * 4.0 * error_study_scores(length, options.mask) + 0x1p22);
    return inputs + frequencies + scores;
}

void check_memory(const RffOptions& options, double length, double dimension, unsigned threads) {
    const double need = memory_need(options, length, dimension, threads);
    const auto available = static_cast<double>(memory_limit());
    if (need <= available) return;
    throw usage_error(fmt::format(
        "{} tokens of {} components and {} frequencies need about {} of memory; this machine gives {}\n"
        "expected a smaller --length, --dim or --counts, or fewer --threads",
        format_count(static_cast<std::uint64_t>(length)), format_count(static_cast<std::uint64_t>(dimension)),
        format_count(options.counts.back()), format_need(need), format_need(available)));
}

}  // namespace rotoscope
