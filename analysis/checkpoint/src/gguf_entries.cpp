#include "gguf_entries.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rotoscope {
namespace {

constexpr std::string_view architecture_key = "general.architecture";
// The metadata's own limit, 16 MiB, with every character of the keys escaped.
constexpr JsonLimits limits{.bytes = std::uint64_t{128} << 20};

}  // namespace

std::string gguf_json(std::string_view text) { return nlohmann::json(text).dump(); }

JsonTable tabulate_entries(const std::vector<GgufEntry>& entries, std::string_view architecture) {
    if (architecture.empty()) return {};
    std::string document = fmt::format("{{{}:{}", gguf_json(architecture_key), gguf_json(architecture));
    const std::string prefix = std::string(architecture) + '.';
    for (const GgufEntry& entry : entries) {
        if (!entry.key.starts_with(prefix)) continue;
        const std::string_view name = std::string_view(entry.key).substr(prefix.size());
        if (name != architecture_key) document += fmt::format(",{}:{}", gguf_json(name), entry.json);
    }
    return parse_json(document + '}', limits);
}

}  // namespace rotoscope
