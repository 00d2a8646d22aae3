// inspect --stats against plain sums in long double, and what it flags.
#include "support/compare.hpp"
#include "support/files.hpp"
#include "support/format_writers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"
#include "rotoscope/phases/inspect.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Expected {
    std::int64_t zeros = 0;
    std::int64_t nans = 0;
    std::int64_t infinities = 0;
    std::vector<double> finite;
    long double mean = 0;
    long double deviation = 0;
};

Expected count_naively(const std::vector<double>& values) {
    Expected expected;
    for (const double value : values) {
        if (value == 0) ++expected.zeros;
        if (std::isnan(value)) ++expected.nans;
        else if (std::isinf(value)) ++expected.infinities;
        else expected.finite.push_back(value);
    }
    for (const double value : expected.finite) expected.mean += value;
    expected.mean /= static_cast<long double>(expected.finite.size());
    for (const double value : expected.finite) expected.deviation += (value - expected.mean) * (value - expected.mean);
    expected.deviation = std::sqrt(expected.deviation / static_cast<long double>(expected.finite.size() - 1));
    return expected;
}

Result inspect_with_statistics(const std::filesystem::path& path, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    InspectOptions options;
    options.checkpoint = path;
    options.statistics = true;
    return inspect_checkpoint(options, context);
}

const Table& statistics(const Result& result) { return result.tables.at(1); }

double number(const Table& table, std::size_t row, const std::string& column) { return table.numbers(column)[row]; }

/// Writes the values as f32 and f64 (rounded), and as a column-major big-endian array.
void expect_statistics(const std::vector<double>& values) {
    const test::TemporaryFolder folder;
    std::string data;
    for (const double value : values) data += test::bytes_of(value, true);
    const Result result =
        inspect_with_statistics(folder.write("a.npy", test::write_npy(">f8", true, {values.size() / 2, 2}, data)));
    const Table& table = statistics(result);
    const Expected expected = count_naively(values);
    EXPECT_EQ(number(table, 0, "count"), static_cast<double>(values.size()));
    EXPECT_EQ(number(table, 0, "zeros"), static_cast<double>(expected.zeros));
    EXPECT_EQ(number(table, 0, "nans"), static_cast<double>(expected.nans));
    EXPECT_EQ(number(table, 0, "infinities"), static_cast<double>(expected.infinities));
    if (expected.finite.empty()) {
        EXPECT_TRUE(std::holds_alternative<std::monostate>(table.at(0, table.column("minimum"))));
        return;
    }
    EXPECT_EQ(number(table, 0, "minimum"), *std::ranges::min_element(expected.finite));
    EXPECT_EQ(number(table, 0, "maximum"), *std::ranges::max_element(expected.finite));
    // Sums of n values about the first one: each of n additions and the product round by half an ulp of the sum.
    const double n = static_cast<double>(expected.finite.size());
    const double epsilon = std::numeric_limits<double>::epsilon();
    double spread = 0;
    double squares = 0;
    for (const double value : expected.finite) {
        spread = std::max(spread, std::abs(value - expected.finite.front()));
        squares += (value - expected.finite.front()) * (value - expected.finite.front());
    }
    const double mean = static_cast<double>(expected.mean);
    EXPECT_TRUE(test::near(number(table, 0, "mean"), mean, n * epsilon * spread + 2 * epsilon * std::abs(mean)));
    if (n < 2) return;
    const double deviation = static_cast<double>(expected.deviation);
    const double tolerance = 4 * n * epsilon * squares / (n - 1) / std::max(deviation, 1e-300);
    EXPECT_TRUE(test::near(number(table, 0, "deviation"), deviation, tolerance));
}

TEST(InspectStatistics, AgreeWithPlainSums) {
    const UniformDraws draws(1, RandomStream::test);
    for (const std::size_t count : {2U, 4U, 8U, 14U, 16U, 30U, 1'000U, 140'000U}) {
        std::vector<double> values(count);
        for (std::size_t i = 0; i < count; ++i) values[i] = draws.uniform(i) - 0.3;
        expect_statistics(values);
        for (double& value : values) value += 1e6;  // far from 0
        expect_statistics(values);
        for (std::size_t i = 0; i < count; i += 5) values[i] = i % 2 == 0 ? nan : -infinity;
        for (std::size_t i = 1; i < count; i += 7) values[i] = i % 2 == 0 ? 0.0 : -0.0;
        expect_statistics(values);
    }
    expect_statistics({nan, nan, infinity, -infinity});
}

TEST(InspectStatistics, FlagWhatIsNotFinite) {
    const test::TemporaryFolder folder;
    const float quiet = std::numeric_limits<float>::quiet_NaN();
    SafetensorsWriter writer(
        folder.path() / "m",
        {{"a", DType::f32, {3}}, {"b", DType::f32, {2}}, {"c", DType::f32, {0}}, {"d", DType::i64, {1}}});
    writer.write<float>("a", 0, std::vector<float>{1.0F, quiet, static_cast<float>(-infinity)});
    writer.write<float>("b", 0, std::vector<float>{1.0F, -1.0F});
    writer.write<std::int64_t>("d", 0, std::vector<std::int64_t>{7});
    writer.commit();
    const Result result = inspect_with_statistics(folder.path() / "m");
    ASSERT_FALSE(result.notes.empty());
    EXPECT_EQ(result.notes.back(), "not finite: 1 NaN, 1 infinite values in 1 tensor: 'a'");
    const Table& shown = result.terminal.back();
    EXPECT_EQ(std::get<std::string>(shown.at(0, 6)), "1 NaN, 1 infinite");
    EXPECT_EQ(std::get<std::string>(shown.at(shown.rows() - 1, 0)), "(all 4)");
    EXPECT_EQ(std::get<std::string>(shown.at(shown.rows() - 1, 6)), "1 NaN, 1 infinite");
    EXPECT_EQ(number(statistics(result), 3, "maximum"), 7.0);
}

// Larger than a chunk, so that threads share it.
TEST(InspectStatistics, SameBitsForAnyThreads) {
    constexpr std::uint64_t elements = 9'000'001;
    const test::TemporaryFolder folder;
    std::vector<float> values(elements);
    const UniformDraws draws(2, RandomStream::test);
    for (std::size_t i = 0; i < elements; ++i)
        values[i] = static_cast<float>(draws.uniform(i / 4) * static_cast<double>(i % 4 + 1));
    SafetensorsWriter writer(folder.path() / "m", {{"a", DType::f32, {elements}}});
    writer.write<float>("a", 0, values);
    writer.commit();
    const Result one = inspect_with_statistics(folder.path() / "m", 1);
    for (const unsigned threads : {2U, 3U, 8U}) {
        const Result many = inspect_with_statistics(folder.path() / "m", threads);
        for (const std::string column : {"count", "minimum", "maximum", "mean", "deviation", "zeros"})
            EXPECT_EQ(number(statistics(many), 0, column), number(statistics(one), 0, column)) << column;
    }
}

TEST(InspectStatistics, DamagedContentIsFound) {
    const test::TemporaryFolder folder;
    std::string bytes = test::write_torch_zip({{"a", "0", "FloatStorage", 2, 0, {2}, {1}}},
                                              {{"0", std::string(8, 'x')}, {"1", "unrelated"}});
    bytes[bytes.find("unrelated")] = 'U';  // of no tensor
    const auto path = folder.write("m.pt", bytes);
    try {
        (void)inspect_with_statistics(path);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("'archive/data/1': at byte"));
        EXPECT_THAT(error.what(), HasSubstr("its bytes have the CRC"));
    }
}

}  // namespace
}  // namespace rotoscope
