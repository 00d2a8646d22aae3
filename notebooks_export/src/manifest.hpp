// manifest.json: what an output folder holds and where it came from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rotoscope/core/result.hpp"

namespace rotoscope {

struct ManifestEntry {
    std::string path;
    std::uint64_t bytes = 0;
};

/// The manifest in the schema rotoscope.manifest/1; no date and no number of threads.
[[nodiscard]] std::string to_manifest(const Result& result, const std::vector<ManifestEntry>& files);

}  // namespace rotoscope
