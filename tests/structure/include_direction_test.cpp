// Modules know only those below them (DESIGN): numerics → core; theory → numerics; checkpoint → core;
// phases → theory, checkpoint; leakage, rff, compare → phases; claims → phases; figures → claims, leakage;
// notebooks_export → core; apps → all.
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

/// What each module may include besides itself: everything that it links, directly or not.
const std::map<std::string, std::set<std::string>> allowed{
    {"core", {}},
    {"numerics", {"core"}},
    {"theory", {"numerics", "core"}},
    {"checkpoint", {"core"}},
    {"phases", {"theory", "checkpoint", "numerics", "core"}},
    {"leakage", {"phases", "theory", "checkpoint", "numerics", "core"}},
    {"rff", {"phases", "theory", "checkpoint", "numerics", "core"}},
    {"compare", {"phases", "theory", "checkpoint", "numerics", "core"}},
    {"claims", {"phases", "theory", "checkpoint", "numerics", "core"}},
    {"figures", {"claims", "leakage", "phases", "theory", "checkpoint", "numerics", "core"}},
    {"notebooks_export", {"core"}},
    {"apps",
     {"core", "numerics", "theory", "checkpoint", "phases", "leakage", "rff", "compare", "claims", "figures",
      "notebooks_export"}},
};

/// The modules of `text`'s includes that `module` must not know.
std::vector<std::string> violations(const std::string& module, const std::string& text) {
    static const std::regex include(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*["<]rotoscope/([^/"<>]+)/[^"<>]*[">])re");
    std::vector<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match) {
        const std::string used = (*match)[1];
        if (used != module && !allowed.at(module).contains(used)) found.push_back(used);
    }
    return found;
}

/// Includes that leave the folder, as in "../core/src/x.hpp": a way around the direction.
bool climbs(const std::string& text) {
    static const std::regex include(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*["<][^"<>]*\.\.)re");
    return std::regex_search(text, include);
}

fs::path folder_of(const std::string& module) {
    const bool top_level = module == "apps" || module == "notebooks_export";
    return test::source_path(top_level ? module : "analysis/" + module);
}

std::vector<fs::path> sources_of(const std::string& module) {
    std::vector<fs::path> sources;
    if (!fs::exists(folder_of(module))) return sources;
    for (const auto& entry : fs::recursive_directory_iterator(folder_of(module)))
        if (entry.path().extension() == ".hpp" || entry.path().extension() == ".cpp") sources.push_back(entry.path());
    return sources;
}

TEST(IncludeDirection, IsObeyed) {
    std::size_t files = 0;
    for (const auto& [module, ignored] : allowed) {
        for (const fs::path& source : sources_of(module)) {
            const std::string text = test::read_bytes(source);
            EXPECT_THAT(violations(module, text), ::testing::IsEmpty()) << source;
            EXPECT_FALSE(climbs(text)) << source;
            ++files;
        }
    }
    EXPECT_GT(files, 50U) << "the sources were not found";
}

TEST(IncludeDirection, CoversEveryModule) {
    for (const auto& entry : fs::directory_iterator(test::source_path("analysis")))
        EXPECT_TRUE(!entry.is_directory() || allowed.contains(entry.path().filename().string())) << entry.path();
}

// A module's public headers are below its own name: otherwise the names in includes would not tell the module.
TEST(IncludeDirection, HeadersLieBelowTheirModulesName) {
    for (const auto& [module, ignored] : allowed) {
        const fs::path include = folder_of(module) / "include";
        if (!fs::exists(include)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(include)) {
            if (!entry.is_regular_file()) continue;
            EXPECT_EQ(fs::relative(entry.path(), include).parent_path(), fs::path("rotoscope") / module)
                << entry.path();
        }
    }
}

TEST(IncludeDirection, FindsViolations) {
    using ::testing::ElementsAre;
    using ::testing::IsEmpty;
    const std::string text =
        "#pragma once\n#include <vector>\n  #  include \"rotoscope/theory/rotation.hpp\"\n"
        "#include <rotoscope/core/text.hpp>\n// #include \"rotoscope/apps/x.hpp\"\n";
    EXPECT_THAT(violations("numerics", text), ElementsAre("theory"));
    EXPECT_THAT(violations("core", text), ElementsAre("theory"));
    EXPECT_THAT(violations("notebooks_export", text), ElementsAre("theory"));
    EXPECT_THAT(violations("theory", text), IsEmpty());
    EXPECT_THAT(violations("phases", text), IsEmpty());
    EXPECT_THAT(violations("core", "#include \"rotoscope/new_module/x.hpp\""), ElementsAre("new_module"));
    EXPECT_TRUE(climbs("#include \"../../core/src/text.hpp\"\n"));
    EXPECT_FALSE(climbs("// ...\n#include \"text.hpp\"\n"));
}

}  // namespace
}  // namespace rotoscope
