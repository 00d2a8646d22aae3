// config.json is anybody's: whatever any of its members is replaced by, there is a result or one clear error.
#include "rope_models.hpp"
#include "small_model.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/inspect.hpp"

namespace rotoscope::rope_tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json nested(int depth) { return depth == 0 ? json(1) : json::array({nested(depth - 1)}); }

/// What no configuration should have there; much of it is of the right type.
const std::vector<json>& replacements() {
    static const std::vector<json> all{nullptr,
                                       true,
                                       -1,
                                       0,
                                       1,
                                       3,
                                       0.5,
                                       -2.5,
                                       1e308,
                                       5e-324,
                                       1 << 20,
                                       std::numeric_limits<std::int64_t>::max(),
                                       std::numeric_limits<std::uint64_t>::max(),
                                       "",
                                       "llama",
                                       "a\tb\u0001",
                                       std::string(2000, 'x'),
                                       json::array(),
                                       json::array({1, "2"}),
                                       json::array({1e308, 1e308, 1e308, 1e308}),
                                       json::object(),
                                       json{{"type", "yarn"}},
                                       nested(40)};
    return all;
}

template <class Analyse>
void expect_result_or_refusal(const std::string& changed, const Analyse& analyse) {
    try {
        static_cast<void>(analyse());
    } catch (const Error& error) {
        EXPECT_TRUE(error.code() == ExitCode::input || error.code() == ExitCode::usage) << changed << error.what();
        EXPECT_LE(std::string(error.what()).size(), 1000U) << changed;
    }
}

/// `inspect` and `phases` of the model in the folder.
void analyse_both(const fs::path& folder, const std::string& changed) {
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    expect_result_or_refusal("inspect: " + changed, [&] {
        InspectOptions options;
        options.checkpoint = folder;
        return inspect_checkpoint(options, context);
    });
    expect_result_or_refusal("phases: " + changed, [&] {
        PhasesOptions options;
        options.checkpoint = folder;
        options.length = 32;
        return analyse_phases(options, context);
    });
}

void replace_every_member(const fs::path& folder) {
    const json original = json::parse(test::read_bytes(folder / "config.json"));
    const auto analyse_changed = [&](const json& config, const std::string& changed) {
        std::ofstream(folder / "config.json", std::ios::binary) << config.dump();
        analyse_both(folder, changed);
    };
    std::set<std::string> members;  // and what holds them
    const json flat = original.flatten();
    for (const auto& leaf : flat.items())
        for (json::json_pointer member(leaf.key()); !member.empty(); member = member.parent_pointer())
            members.insert(member.to_string());
    for (const std::string& name : members) {
        const json::json_pointer member(name);
        json changed = original;
        for (const json& replacement : replacements()) {
            changed[member] = replacement;
            analyse_changed(changed, fmt::format("{} = {:.80}\n", name, replacement.dump()));
        }
        json& holder = changed[member.parent_pointer()];
        if (holder.is_array()) continue;
        holder.erase(member.back());
        analyse_changed(changed, name + " removed\n");
    }
}

TEST(HostileConfigurations, OfSelectiveRope) {
    const test::TemporaryFolder folder;
    fs::copy(test::source_path("data/checkpoints/parity-srope"), folder.path() / "model");
    replace_every_member(folder.path() / "model");
}

TEST(HostileConfigurations, OfForgetGates) {
    const test::TemporaryFolder gla, deltanet;
    test::SmallModel::gla().write(gla);
    replace_every_member(gla.path());
    test::SmallModel::gated_deltanet(2).write(deltanet);
    replace_every_member(deltanet.path());
}

TEST(HostileConfigurations, OfFixedRopeAndItsScalings) {
    Tensors tensors;
    add_llama_layer(tensors, 8);
    for (const char* scaling :
         {R"({"rope_type": "linear", "factor": 2.0})", R"({"rope_type": "dynamic", "factor": 2.0})",
          R"({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "beta_fast": 32})",
          R"({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 64})",
          R"({"rope_type": "longrope", "short_factor": [1, 1], "long_factor": [2, 2], "factor": 2.0,
              "original_max_position_embeddings": 64})"})
        replace_every_member(
            tensors.write(fmt::format(R"({{{}, "hidden_size": 8, "rope_scaling": {}}})", small_llama, scaling)));
}

}  // namespace
}  // namespace rotoscope::rope_tests
