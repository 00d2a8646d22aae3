// Numbers that users see, against what is known of the shared checkpoints from elsewhere.
#include "program.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <set>
#include <sstream>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

class Results : public test::SharedCheckpoints {
protected:
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_.path() / name; }
    test::TemporaryFolder folder_;
};

TEST_F(Results, ShardsAreOneModel) {
    const json index = json::parse(test::read_bytes(test::checkpoint("lm-llama-hf/model.safetensors.index.json")));
    const std::size_t count = index["weight_map"].size();
    const auto bytes = index["metadata"]["total_size"].get<std::uint64_t>();
    for (const char* path : {"lm-llama-hf", "lm-llama-hf/model.safetensors.index.json"}) {
        const ProcessOutcome outcome = run_rotoscope({"inspect", test::checkpoint(path)});
        ASSERT_TRUE(succeeds(outcome));
        EXPECT_THAT(outcome.output, HasSubstr("3 shards"));
        EXPECT_THAT(outcome.output, HasSubstr(std::to_string(count) + " tensors, " + format_bytes(bytes)));
        EXPECT_THAT(outcome.output, HasSubstr("8 heads"));
        EXPECT_THAT(outcome.output, HasSubstr("4 key heads"));
    }
    const json result = json::parse(run_rotoscope({"inspect", test::checkpoint("lm-llama-hf"), "--json"}).output);
    std::map<std::string, json> columns;
    for (const json& column : result["tables"][0]["columns"]) columns[column["name"]] = column["values"];
    ASSERT_EQ(columns["name"].size(), count);
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < count; ++row) {
        sum += columns["bytes"][row].get<std::uint64_t>();
        EXPECT_EQ(columns["file"][row], index["weight_map"][columns["name"][row].get<std::string>()]);
    }
    EXPECT_EQ(sum, bytes);
}

/// total_angle(token 1) − total_angle(token 0) of tokens.csv, in units of π, by head and channel.
std::map<std::pair<int, int>, double> parity_contrasts(const fs::path& csv) {
    std::map<std::pair<int, int>, double> contrasts;
    std::ifstream stream(csv);
    std::string line;
    std::getline(stream, line);
    EXPECT_THAT(line, ::testing::StartsWith("layer,head,channel,token,projected_phase,total_angle"));
    while (std::getline(stream, line)) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream cells(line);
        int layer = 0, head = 0, channel = 0, token = 0;
        double projected = 0.0, angle = 0.0;
        cells >> layer >> head >> channel >> token >> projected >> angle;
        contrasts[{head, channel}] += (token == 1 ? angle : -angle) / std::numbers::pi;
    }
    return contrasts;
}

// What the model of parity has learned, to the digits that its description prints.
TEST_F(Results, ParityTurnsByAboutPi) {
    ASSERT_TRUE(succeeds(run_rotoscope({"phases", test::checkpoint("parity-srope"), "--length", "64", "--format", "csv",
                                        "--out", file("o").string()})));
    const auto contrasts = parity_contrasts(file("o") / "tokens.csv");
    ASSERT_EQ(contrasts.size(), 64U);
    constexpr double printed = 0.005;  // half a unit of the last digit
    EXPECT_TRUE(test::near(contrasts.at({1, 14}), -0.74, printed));
    EXPECT_TRUE(test::near(contrasts.at({1, 4}), 0.70, printed));
    EXPECT_TRUE(test::near(contrasts.at({0, 6}), -0.59, printed));
    EXPECT_TRUE(test::near(contrasts.at({0, 8}), 0.45, printed));
    std::vector<std::pair<double, std::pair<int, int>>> sorted;
    for (const auto& [where, value] : contrasts) sorted.emplace_back(-std::abs(value), where);
    std::sort(sorted.begin(), sorted.end());
    const std::vector<std::pair<int, int>> largest{{1, 14}, {1, 4}, {0, 6}, {0, 8}};
    for (std::size_t i = 0; i < largest.size(); ++i) EXPECT_EQ(sorted[i].second, largest[i]) << i;
}

TEST_F(Results, ParityHasTwoProjectedPhasesAChannel) {
    ASSERT_TRUE(succeeds(run_rotoscope({"phases", test::checkpoint("parity-srope"), "--length", "500", "--arrays",
                                        file("a").string(), "--format", "csv", "--out", file("o").string()})));
    const Checkpoint arrays = Checkpoint::open(file("a"));
    const std::vector<float> projected = arrays.read_all<float>(arrays.require("layer0.phi_projected"));
    ASSERT_EQ(projected.size(), 500U * 64U);
    for (std::size_t c = 0; c < 64; ++c) {
        std::set<float> values;
        for (std::size_t t = 0; t < 500; ++t) values.insert(projected[t * 64 + c]);
        EXPECT_EQ(values.size(), 2U) << c;
    }
    EXPECT_EQ(arrays.find("layer0.q_out"), nullptr) << "no queries were given";
    EXPECT_EQ(arrays.find("layer0.k_out"), nullptr);
}

struct Expected {
    DType dtype;
    std::vector<std::uint64_t> shape;
};

/// Names, types and shapes as documented, for T tokens, H heads of P pairs and `gates` gate columns (0: no gate);
/// models of a family with forget gates have those too.
std::map<std::string, Expected> documented(std::uint64_t t, std::uint64_t h, std::uint64_t p, std::uint64_t gates,
                                           bool forgets = false) {
    std::map<std::string, Expected> arrays{{"phi_projected", {DType::f32, {t, h * p}}},
                                           {"phi_convolved", {DType::f32, {t, h, p}}},
                                           {"phi", {DType::f32, {t, h, p}}},
                                           {"angle", {DType::f64, {t, h, p}}},
                                           {"q_out", {DType::f32, {t, h, 2 * p}}},
                                           {"k_out", {DType::f32, {t, h, 2 * p}}}};
    if (forgets) arrays["log_forget_gate"] = {DType::f32, {t, h, 2 * p}};
    if (gates > 0) arrays["phase_gate"] = {DType::f32, {t, gates}};
    return arrays;
}

struct ArraysCase {
    std::string checkpoint;
    std::string activations;
    std::vector<std::string> prefixes;
    std::map<std::string, Expected> arrays;
};

// Loosely here (the bounds derived from float32 rounding are in tests/phases): the right array under the right name.
TEST_F(Results, ArraysAreAsDocumentedAndAsRecorded) {
    const std::vector<ArraysCase> cases{
        {"mqar-srope", "mqar-srope/golden.safetensors", {"layer0.", "layer1."}, documented(128, 2, 16, 2, true)},
        {"lm-gla-srope", "lm-gla-srope/golden.safetensors", {"layer0.", "layer3."}, documented(224, 4, 16, 4, true)},
        {"modules/00.safetensors", "modules/00.safetensors", {""}, documented(53, 3, 8, 24)},
        {"modules/01.safetensors", "modules/01.safetensors", {""}, documented(53, 3, 8, 0)},
        {"modules/02.safetensors", "modules/02.safetensors", {""}, documented(53, 3, 8, 3)},
        {"modules/03.safetensors", "modules/03.safetensors", {""}, documented(53, 3, 8, 3)},
    };
    for (const ArraysCase& each : cases) {
        SCOPED_TRACE(each.checkpoint);
        const std::string model = test::checkpoint(each.checkpoint);
        ASSERT_TRUE(
            succeeds(run_rotoscope({"phases", model, "--activations", test::checkpoint(each.activations), "--arrays",
                                    file("a").string(), "--format", "csv", "--out", file("o").string()})));
        const Checkpoint written = Checkpoint::open(file("a"));
        const Checkpoint golden = Checkpoint::open(test::checkpoint(each.activations));
        EXPECT_EQ(written.metadata(),
                  (std::map<std::string, std::string>{
                      {"format", "rotoscope.phases/1"}, {"layout", "half-split"}, {"source", model}}));
        EXPECT_EQ(written.tensors().size(), each.prefixes.size() * each.arrays.size());
        for (const std::string& prefix : each.prefixes) {
            for (const auto& [name, expected] : each.arrays) {
                SCOPED_TRACE(prefix + name);
                const TensorInfo& tensor = written.require(prefix + name);
                EXPECT_EQ(tensor.dtype, expected.dtype);
                EXPECT_EQ(tensor.shape, expected.shape);
                const std::vector<double> values = written.read_all<double>(tensor);
                const std::vector<double> recorded = golden.read_all<double>(golden.require(prefix + name));
                double largest = 0.0;
                for (const double value : recorded) largest = std::max(largest, std::abs(value));
                EXPECT_TRUE(test::all_near(values, recorded, 1e-4 * largest));
            }
        }
    }
}

TEST_F(Results, SelectionsShowWhatWasAskedFor) {
    ASSERT_TRUE(succeeds(run_rotoscope({"phases", test::checkpoint("mqar-srope"), "--layers", "1", "--heads", "1,0",
                                        "--channels", "0,2-3,2", "--format", "json", "--out", file("o").string()})));
    const json result = json::parse(test::read_bytes(file("o") / "result.json"));
    const json& columns = result["tables"][0]["columns"];
    EXPECT_EQ(columns[0]["values"], json::array({1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(columns[1]["values"], json::array({0, 0, 0, 1, 1, 1}));
    EXPECT_EQ(columns[2]["values"], json::array({0, 2, 3, 0, 2, 3}));
}

TEST_F(Results, SeedsAndTokensMatter) {
    const auto samples = [&](const test::Arguments& options) {
        test::Arguments arguments{"phases", test::checkpoint("parity-srope"), "--json"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return json::parse(run_rotoscope(arguments).output)["tables"][0];
    };
    EXPECT_NE(samples({"--seed", "1"}), samples({"--seed", "2"}));
    folder_.write("ids", "0 1,1\n0");
    EXPECT_EQ(samples({"--tokens", "0,1,1,0"}), samples({"--tokens", file("ids").string()}));
    EXPECT_NE(samples({"--tokens", "0,1,1,0"}), samples({"--tokens", "0,1,1,1"}));
}

}  // namespace
}  // namespace rotoscope
