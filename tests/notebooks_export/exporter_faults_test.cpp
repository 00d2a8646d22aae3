// The exporter while the file system fails at every point, one after the other.
#include "sample_result.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "rotoscope/core/error.hpp"
#include "rotoscope/notebooks_export/exporter.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using Contents = std::map<std::string, std::string>;

constexpr const char* folder_variable = "ROTOSCOPE_TEST_FOLDER";

void export_seed(std::uint64_t seed, const fs::path& folder) {
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    export_result(test::sample_result(seed), {folder, parse_formats("csv,json,tex,gp"), {}, Style::iclr}, context);
}

Contents contents(const fs::path& folder) {
    Contents files;
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::directory_iterator(folder))
        files[entry.path().filename().string()] = test::read_bytes(entry.path());
    return files;
}

bool is_temporary(const std::string& name) { return name.ends_with(".tmp"); }

/// Old and new versions of the folder, and the checks that hold after any fault.
struct Versions {
    Contents before;
    Contents after;

    /// Every file is of one version; a folder with a manifest is all of one version.
    void check(const Contents& found) const {
        for (const auto& [name, bytes] : found) {
            if (is_temporary(name)) continue;
            const bool is_old = before.contains(name) && before.at(name) == bytes;
            const bool is_new = after.contains(name) && after.at(name) == bytes;
            EXPECT_TRUE(is_old || is_new) << name << " is torn";
        }
        Contents finished;
        for (const auto& file : found)
            if (!is_temporary(file.first)) finished.insert(file);
        if (found.contains("manifest.json")) {
            EXPECT_TRUE(finished == before || finished == after) << "finished, but mixed";
        }
    }
};

/// Runs this program's DISABLED_Exports as a child under a fault.
ProcessOutcome export_in_child(const fs::path& folder, test::Fault fault) {
    return test::run_with_fault(
        {test::this_program(), "--gtest_filter=ExporterChild.*", "--gtest_also_run_disabled_tests"}, fault,
        {{folder_variable, folder.string()}});
}

// Not a test: the child of those below.
TEST(ExporterChild, DISABLED_Exports) {
    const char* folder = std::getenv(folder_variable);
    if (folder == nullptr) GTEST_SKIP() << "started by other tests";
    try {
        export_seed(2, folder);
    } catch (const Error& error) {
        std::cerr << error.what() << std::endl;
        std::_Exit(static_cast<int>(error.code()));
    }
    std::_Exit(0);
}

class ExporterFaults : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        export_seed(2, scratch_.path() / "after");
        versions_.after = contents(scratch_.path() / "after");
        if (overwrites()) {
            export_seed(1, scratch_.path() / "before");
            versions_.before = contents(scratch_.path() / "before");
        }
    }

    [[nodiscard]] static bool overwrites() { return GetParam(); }

    /// A folder as before the export.
    fs::path fresh_folder() {
        const fs::path folder = scratch_.path() / "out";
        fs::remove_all(folder);
        if (overwrites()) fs::copy(scratch_.path() / "before", folder);
        return folder;
    }

    test::TemporaryFolder scratch_;
    Versions versions_;
};

// The n-th change of the file system fails, for every n until an export succeeds without reaching it.
TEST_P(ExporterFaults, FailCleanly) {
    int call = 1;
    for (;; ++call) {
        SCOPED_TRACE(call);
        const fs::path folder = fresh_folder();
        const ProcessOutcome outcome = export_in_child(folder, {call, false});
        const Contents found = contents(folder);
        versions_.check(found);
        for (const auto& file : found) EXPECT_FALSE(is_temporary(file.first)) << file.first;
        if (outcome.exit_code == 0) {
            EXPECT_EQ(found, versions_.after);
            break;
        }
        EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::output)) << outcome.errors;
        EXPECT_THAT(outcome.errors, testing::HasSubstr(folder.string()));
        ASSERT_LT(call, 500);
    }
    // 4 tables' files, 2 scripts, result and manifest: each is made, written, flushed, renamed and its folder flushed.
    EXPECT_GE(call, 8 * 5);
}

// A failure before the first rename leaves the old folder as it was.
TEST_P(ExporterFaults, BeforeTheFirstRenameChangeNothing) {
    for (int call = 1; call <= 8 * 3; ++call) {
        const fs::path folder = fresh_folder();
        EXPECT_EQ(export_in_child(folder, {call, false}).exit_code, static_cast<int>(ExitCode::output));
        EXPECT_EQ(contents(folder), versions_.before) << call;
        EXPECT_EQ(fs::exists(folder), overwrites()) << call;
    }
}

// Killed at every point: nothing is torn, and the next export makes everything whole and clean.
TEST_P(ExporterFaults, AreRepairedByTheNextRun) {
    for (int call = 1;; ++call) {
        SCOPED_TRACE(call);
        const fs::path folder = fresh_folder();
        const ProcessOutcome outcome = export_in_child(folder, {call, true});
        versions_.check(contents(folder));
        if (outcome.exit_code == 0) break;
        EXPECT_EQ(outcome.exit_code, 128 + 9) << outcome.errors;
        export_seed(2, folder);
        EXPECT_EQ(contents(folder), versions_.after);
        ASSERT_LT(call, 500);
    }
}

INSTANTIATE_TEST_SUITE_P(OverOldAndNew, ExporterFaults, testing::Bool(),
                         [](const auto& tested) { return std::string(tested.param ? "OldFolder" : "NewFolder"); });

}  // namespace
}  // namespace rotoscope
