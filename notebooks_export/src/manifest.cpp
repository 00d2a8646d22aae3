#include "manifest.hpp"

#include "json_writer.hpp"

#include "rotoscope/core/version.hpp"
#include "rotoscope/notebooks_export/json.hpp"

namespace rotoscope {

std::string to_manifest(const Result& result, const std::vector<ManifestEntry>& files) {
    std::vector<std::string> entries;
    for (const ManifestEntry& file : files)
        entries.push_back(json_list(
            {json_member("path", json_string(file.path)), json_member("bytes", std::to_string(file.bytes))}, "{}"));
    return json_list({json_member("schema", "\"rotoscope.manifest/1\""), json_member("tool", json_string(result.tool)),
                      json_member("version", json_string(version())), json_member("options", json_options(result)),
                      json_member("seed", std::to_string(result.seed)), json_member("inputs", json_inputs(result)),
                      json_member("files", json_list(entries, "[]", "    "))},
                     "{}", "  ") +
           "\n";
}

}  // namespace rotoscope
