// Sources name no place of the machine on which they were written.
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/process.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

/// The first absolute path of a person's or a machine's folder in the text, or "".
std::string find_machine_path(const std::string& text) {
    static const std::regex folder(R"((?:^|[^A-Za-z0-9_.~$}/-])(/(?:work|workspace|home|root|Users|mnt|scratch)/\w*))");
    std::smatch match;
    return std::regex_search(text, match, folder) ? match[1].str() : "";
}

/// The files that git tracks; without git, as in an unpacked archive, none.
std::vector<fs::path> tracked_files() {
    std::vector<fs::path> files;
    const fs::path root = test::source_path("");
    try {
        const ProcessOutcome listed = run_process({"git", "-C", root.string(), "ls-files", "-z"});
        if (listed.exit_code != 0) return {};
        std::istringstream names(listed.output);
        for (std::string name; std::getline(names, name, '\0');)
            if (fs::is_regular_file(root / name)) files.push_back(root / name);
    } catch (const Error&) {  // no git
    }
    return files;
}

TEST(MachinePaths, AreInNoTrackedFile) {
    const std::vector<fs::path> files = tracked_files();
    if (files.empty()) GTEST_SKIP() << "needs a git clone: no list of tracked files";
    for (const fs::path& file : files) {
        const std::string text = test::read_bytes(file);
        if (text.find('\0') != std::string::npos) continue;  // data
        EXPECT_EQ(find_machine_path(text), "") << file;
    }
}

TEST(MachinePaths, AreFound) {
    const std::string slash = "/";
    EXPECT_EQ(find_machine_path("open(\"" + slash + "home/someone\")"), slash + "home/someone");
    EXPECT_EQ(find_machine_path("a\n" + slash + "work/x"), slash + "work/x");
    EXPECT_EQ(find_machine_path("${root}/home/x, frame/work/x, https://a.b/home/x"), "");
}

}  // namespace
}  // namespace rotoscope
