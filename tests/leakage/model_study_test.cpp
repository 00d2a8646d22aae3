// The leakage of trained heads: windows and responses against sums over the goldens' own angles and gates.
#include "run_leakage.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

using test::near;
using test::number;
using test::run_leakage;
using test::table_of;

std::string shared(const std::string& name) { return (test::shared_folder() / "checkpoints" / name).string(); }

/// One channel's window and increments from arrays [T, H, P] and [T, H, 2P], by products and sums as they are defined.
struct DirectChannel {
    std::vector<double> window;
    std::vector<std::complex<double>> turned;

    DirectChannel(const Checkpoint& file, const std::string& prefix, std::size_t head, std::size_t channel) {
        const TensorInfo& info = file.require(prefix + "angle");
        const auto angles = file.read_all<double>(info);
        const auto gates = file.read_all<double>(file.require(prefix + "log_forget_gate"));
        const std::size_t tokens = info.shape[0], heads = info.shape[1], pairs = info.shape[2];
        const auto angle = [&](std::size_t t) { return angles[(t * heads + head) * pairs + channel]; };
        const auto gate = [&](std::size_t t, std::size_t half) {
            return gates[(t * heads + head) * 2 * pairs + channel + half * pairs];
        };
        for (std::size_t l = 0; l < tokens; ++l) {
            double first = 0.0, second = 0.0;
            for (std::size_t t = tokens - l; t < tokens; ++t) {
                first += gate(t, 0);
                second += gate(t, 1);
            }
            window.push_back(0.5 * (std::exp(first) + std::exp(second)));
            turned.push_back(window.back() * std::polar(1.0, angle(tokens - 1) - angle(tokens - 1 - l)));
        }
    }

    [[nodiscard]] double sum() const {
        double total = 0.0;
        for (const double w : window) total += w;
        return total;
    }
    [[nodiscard]] double response(double tone) const {
        std::complex<double> total = 0.0;
        for (std::size_t l = 0; l < turned.size(); ++l)
            total += turned[l] * std::polar(1.0, -tone * static_cast<double>(l));
        return std::abs(total);
    }
};

void expect_channels(const Result& result, const Checkpoint& golden, const std::string& prefix, double tolerance) {
    const Table& channels = table_of(result, "channels");
    const Table& spectra = table_of(result, "learned_spectra");
    const std::size_t tones = spectra.rows() / channels.rows();
    for (std::size_t row = 0; row < channels.rows(); ++row) {
        const auto head = static_cast<std::size_t>(number(channels, row, "head"));
        const auto channel = static_cast<std::size_t>(number(channels, row, "channel"));
        const DirectChannel direct(golden, prefix, head, channel);
        EXPECT_TRUE(near(number(channels, row, "window_sum"), direct.sum(), tolerance * direct.sum())) << row;
        EXPECT_TRUE(near(number(channels, row, "oldest_weight"), direct.window.back(), tolerance)) << row;
        EXPECT_LE(number(channels, row, "peak_level"), 1e-9);
        EXPECT_GE(number(channels, row, "noise_bandwidth"), number(channels, row, "window_noise_bandwidth") - 1e-9);
        for (std::size_t k = 0; k < tones; k += 16) {
            const std::size_t at = row * tones + k;
            const double level = std::pow(10.0, number(spectra, at, "level") / 20.0);
            EXPECT_TRUE(near(level, direct.response(number(spectra, at, "tone")) / direct.sum(), tolerance)) << row;
        }
    }
}

// The head is run in double; the golden's gates and angles are the float32 values of the same network, whose log gates
// sum up to 224·2^−24·|log a| and whose angles agree to 8e-6·T/53 (CHECKPOINTS): below 1e-4 of the window.
TEST(ModelStudy, OfALanguageModelIsThatOfItsGolden) {
    ROTOSCOPE_NEEDS_SHARED();
    for (const char* layer : {"0", "3"}) {
        LeakageOptions options;
        options.rotations = shared("lm-gla-srope") + ":" + layer + ":1";
        options.activations = shared("lm-gla-srope/golden.safetensors");
        const Result result = run_leakage(options);
        ASSERT_EQ(table_of(result, "channels").rows(), 16U);
        expect_channels(result, Checkpoint::open(*options.activations), std::string("layer") + layer + ".", 2e-4);
        for (const char* figure : {"learned_windows", "learned_spectra"})
            EXPECT_NE(test::figure_of(result, figure), nullptr);
    }
}

// What `phases --arrays` writes reads back as the same study: its angles are double, its log gates float32.
TEST(ModelStudy, OfArraysIsThatOfTheRun) {
    const test::TemporaryFolder folder;
    const std::string model = test::source_path("data/checkpoints/parity-srope").string();
    PhasesOptions phases;
    phases.checkpoint = model;
    phases.length = 200;
    phases.arrays = folder.path() / "arrays.safetensors";
    ThreadPool pool(2);
    Progress progress(false);
    Context context{pool, progress};
    (void)analyse_phases(phases, context);
    LeakageOptions run;
    run.rotations = model + ":0:2";
    run.length = 200;
    run.band = "-2:2";
    LeakageOptions read;
    read.arrays = phases.arrays->string() + ":0:2";
    read.band = "-2:2";
    const Result expected = run_leakage(run);
    const Result found = run_leakage(read);
    for (const char* column : {"drift", "window_sum", "window_noise_bandwidth", "noise_bandwidth", "peak_level"})
        for (std::size_t row = 0; row < 16; ++row) {
            const double value = number(table_of(expected, "channels"), row, column);
            EXPECT_TRUE(near(number(table_of(found, "channels"), row, column), value, 2e-5 * (1.0 + std::abs(value))))
                << column << ' ' << row;
        }
    expect_channels(found, Checkpoint::open(*phases.arrays), "layer0.", 1e-10);
}

// Constant angles and gates are a decayed rotation: the closed form.
TEST(ModelStudy, OfConstantRotationsIsTheClosedForm) {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "constant.safetensors").string();
    constexpr std::size_t tokens = 97;
    {
        SafetensorsWriter writer(
            path, {{"angle", DType::f64, {tokens, 1, 2}}, {"log_forget_gate", DType::f64, {tokens, 1}}}, {});
        std::vector<double> angles;
        for (std::size_t t = 0; t < tokens; ++t)
            for (const double w : {0.3, -0.2}) angles.push_back(w * static_cast<double>(t + 1));
        writer.write_rows<double>("angle", 0, angles);
        writer.write_rows<double>("log_forget_gate", 0, std::vector<double>(tokens, std::log(0.97)));
        writer.commit();
    }
    LeakageOptions options;
    options.arrays = path;
    const Result result = run_leakage(options);
    const Table& channels = table_of(result, "channels");
    const double frequencies[] = {0.3, -0.2};
    const double gain = (1.0 - std::pow(0.97, tokens)) / 0.03;
    for (std::size_t n = 0; n < 2; ++n) {
        EXPECT_TRUE(near(number(channels, n, "drift"), frequencies[n], 1e-14));
        EXPECT_TRUE(near(number(channels, n, "peak"), frequencies[n], 1e-4));
        EXPECT_TRUE(near(number(channels, n, "peak_level"), 0.0, 1e-4));
        EXPECT_TRUE(near(number(channels, n, "window_sum"), gain, 1e-12 * gain));
        const double alpha = -std::log(0.97);
        EXPECT_TRUE(near(number(channels, n, "window_noise_bandwidth"),
                         tokens * std::tanh(alpha / 2.0) / std::tanh(alpha * tokens / 2.0), 1e-10));
    }
}

// Fixed RoPE: the bank from the base, the decays of the resting gates; with activations the head as it runs.
TEST(ModelStudy, OfFixedRope) {
    ROTOSCOPE_NEEDS_SHARED();
    LeakageOptions options;
    options.rotations = shared("lm-gla-rope") + ":1:2";
    const Result result = run_leakage(options);
    const Table& responses = table_of(result, "responses");
    for (std::size_t n = 0; n < 16; ++n)
        EXPECT_TRUE(near(number(responses, n, "frequency"), std::pow(500000.0, -static_cast<double>(n) / 16.0), 1e-15));
    EXPECT_THAT(result.notes, ::testing::Contains(::testing::HasSubstr("layer 1, head 2 at rest")));
    LeakageOptions llama;
    llama.rotations = shared("lm-llama-hf");
    EXPECT_EQ(table_of(run_leakage(llama), "responses").rows(), 16U);
}

TEST(ModelStudy, RefusesArraysThatDoNotFit) {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "a.safetensors").string();
    const auto write = [&](std::vector<std::uint64_t> angle, std::vector<std::uint64_t> gate, double value) {
        const auto count = [](const std::vector<std::uint64_t>& shape) {
            std::size_t n = 1;
            for (const auto d : shape) n *= d;
            return n;
        };
        SafetensorsWriter writer(
            path, {{"layer0.angle", DType::f64, angle}, {"layer0.log_forget_gate", DType::f64, gate}}, {});
        writer.write_rows<double>("layer0.angle", 0, std::vector<double>(count(angle), 0.5));
        writer.write_rows<double>("layer0.log_forget_gate", 0, std::vector<double>(count(gate), value));
        writer.commit();
    };
    const auto refused = [&](const std::string& ending, ExitCode code, const std::string& part) {
        LeakageOptions options;
        options.arrays = path + ending;
        try {
            (void)run_leakage(options);
            ADD_FAILURE() << part;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code) << error.what();
            EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
        }
    };
    write({4, 2, 3}, {4, 2, 6}, std::nan(""));
    refused("", ExitCode::input, "nan at token 0");
    write({4, 2, 3}, {4, 2, 6}, 0.5);
    refused("", ExitCode::input, "a log gate of 0.5");
    write({4, 2, 3}, {4, 2, 5}, -0.5);
    refused("", ExitCode::input, "expected floating-point numbers [4, 2, 6]");
    write({4, 6}, {4, 2, 6}, -0.5);
    refused("", ExitCode::input, "[T, H, P]");
    write({4, 2, 3}, {4, 2, 6}, -0.5);
    refused(":1", ExitCode::usage, "no layer 1");
    refused(":0:2", ExitCode::usage, "no head 2");
}

// A schedule that is stretched, of half of each head: the bank has the frequencies that the model turns by.
TEST(ModelBank, HasTheModelsOwnSchedule) {
    const test::TemporaryFolder folder;
    folder.write("config.json", R"({"model_type": "phi", "hidden_size": 16, "num_attention_heads": 2,
        "num_hidden_layers": 1, "partial_rotary_factor": 0.5, "rope_theta": 100.0, "max_position_embeddings": 40,
        "rope_scaling": {"rope_type": "linear", "factor": 4.0}})");
    SafetensorsWriter(folder.path() / "model.safetensors",
                      {{"model.layers.0.self_attn.q_proj.weight", DType::f32, {16, 16}},
                       {"model.layers.0.self_attn.k_proj.weight", DType::f32, {16, 16}}})
        .commit();
    LeakageOptions options;
    options.rotations = folder.path().string();
    options.length = 64;
    const Result result = run_leakage(options);
    std::vector<double> heard = table_of(result, "responses").numbers("frequency");
    std::ranges::sort(heard);
    heard.erase(std::unique(heard.begin(), heard.end()), heard.end());
    ASSERT_EQ(heard.size(), 2U);  // pairs of the 4 elements of 8 that are rotated
    // 100^(−2n/4)/4, one power and one division rounded
    EXPECT_TRUE(near(heard[0], 0.025, 2 * 0x1p-53 * 0.025));
    EXPECT_TRUE(near(heard[1], 0.25, 2 * 0x1p-53 * 0.25));
}

}  // namespace
}  // namespace rotoscope
