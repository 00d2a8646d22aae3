// Signals through windows and along a bank, against the recurrence and what is known of tones.
#include "run_leakage.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using std::numbers::pi;
using test::near;
using test::number;
using test::run_leakage;
using test::table_of;
using test::text;

LeakageOptions signal(const std::string& text, std::uint64_t length) {
    LeakageOptions options;
    options.signal = text;
    options.length = length;
    return options;
}

std::vector<std::complex<double>> values(const Result& result) {
    const Table& table = table_of(result, "signal");
    std::vector<std::complex<double>> v;
    for (std::size_t t = 0; t < table.rows(); ++t)
        v.emplace_back(number(table, t, "real"), number(table, t, "imaginary"));
    return v;
}

TEST(SignalStudy, FindsAToneInEveryWindow) {
    LeakageOptions options = signal("tone:0.83", 64);
    options.windows = "boxcar,hann,decay:2";
    const Result result = run_leakage(options);
    const Table& tones = table_of(result, "tones");
    ASSERT_EQ(tones.rows(), 3U);
    for (std::size_t row = 0; row < 3; ++row) {
        // The parabola through points π/2048 apart, 1/64 bin.
        EXPECT_TRUE(near(number(tones, row, "found"), 0.83, 1e-4)) << row;
        EXPECT_TRUE(near(number(tones, row, "level"), 0.0, 1e-4)) << row;
    }
    const auto v = values(result);
    for (std::size_t t = 0; t < 64; ++t)
        EXPECT_LE(std::abs(v[t] - std::polar(1.0, 0.83 * static_cast<double>(t))), 1e-13);
}

// A tone 30 dB lower, 5 bins away, drowns in the rectangle's side lobes (−24.7 dB there) and shows under Blackman's
// window.
TEST(SignalStudy, FindsAWeakToneOnlyWhereLeakageIsLow) {
    LeakageOptions options = signal("two:0.5:1.0:30", 64);
    options.windows = "boxcar,blackman";
    const Result result = run_leakage(options);
    const Table& tones = table_of(result, "tones");
    EXPECT_GT(std::abs(number(tones, 1, "level") + 30.0), 2.0);
    EXPECT_TRUE(near(number(tones, 3, "level"), -30.0, 0.3));
    // The strong tone's lobes are 28 dB below the weak one: up to 0.04·π a bin of slope, over the main lobe's
    // curvature, 0.76 a bin² (half amplitude at 1.15 bins).
    EXPECT_TRUE(near(number(tones, 3, "error"), 0.0, 0.17));
}

// s_t(n) = a e^{iw_n} s_{t−1}(n) + v_t.
TEST(SignalStudy, StatesAreTheRecurrences) {
    LeakageOptions options = signal("chirp:0.2:1.5", 50);
    options.rotations = "0.3,0.9,2";
    options.decay = "a=0.9,0.95,1";
    const Result result = run_leakage(options);
    const auto v = values(result);
    const Table& states = table_of(result, "spectrogram");
    ASSERT_EQ(states.rows(), 150U);
    const double frequencies[] = {0.3, 0.9, 2.0};
    const double decays[] = {0.9, 0.95, 1.0};
    for (std::size_t n = 0; n < 3; ++n) {
        std::complex<double> state = 0.0;
        double gain = 0.0;
        for (int l = 0; l < 50; ++l) gain += std::pow(decays[n], l);
        for (std::size_t t = 0; t < 50; ++t) {
            state = std::polar(decays[n], frequencies[n]) * state + v[t];
            EXPECT_TRUE(near(gain * std::pow(10.0, number(states, 3 * t + n, "level") / 20.0), std::abs(state), 1e-12));
        }
    }
}

TEST(SignalStudy, SpectraAreTheSums) {
    LeakageOptions options = signal("step", 40);
    options.windows = "hann";
    options.band = "0:2";
    const Result result = run_leakage(options);
    const auto v = values(result);
    for (std::size_t t = 0; t < 40; ++t) EXPECT_EQ(v[t], t < 20 ? 0.0 : 1.0);
    const auto window = make_window(parse_window("hann"), 40);
    const Table& spectra = table_of(result, "spectra");
    for (std::size_t row = 0; row < spectra.rows(); row += 256) {
        std::complex<double> sum = 0.0;
        double gain = 0.0;
        for (std::size_t t = 0; t < 40; ++t) {
            // The newest token has lag 0: a periodic window is turned round.
            sum += window[39 - t] * v[t] * std::polar(1.0, -number(spectra, row, "frequency") * static_cast<double>(t));
            gain += window[t];
        }
        EXPECT_TRUE(near(std::pow(10.0, number(spectra, row, "level") / 20.0), std::abs(sum) / gain, 1e-12));
    }
}

TEST(SignalStudy, ChirpsTurnFasterAndFaster) {
    const auto v = values(run_leakage(signal("chirp:0.1:0.9", 200)));
    for (std::size_t t = 1; t < 200; ++t)
        EXPECT_TRUE(
            near(std::arg(v[t] * std::conj(v[t - 1])), 0.1 + 0.8 * (static_cast<double>(t) - 0.5) / 200.0, 1e-12));
}

TEST(SignalStudy, ReadsFiles) {
    const test::TemporaryFolder folder;
    const auto path = folder.write("v.csv", "re,im\n1,2\n\n-0.5;1e-3\n3 4\n").string();
    LeakageOptions options;
    options.signal = path;
    const Result result = run_leakage(options);
    const auto v = values(result);
    ASSERT_EQ(v.size(), 3U);
    EXPECT_EQ(v[1], std::complex<double>(-0.5, 1e-3));
    ASSERT_EQ(result.inputs.size(), 1U);
}

TEST(SignalStudy, RefusesFilesWithoutNumbers) {
    const test::TemporaryFolder folder;
    const auto refused = [&](const std::string& bytes, const std::string& part) {
        LeakageOptions options;
        options.signal = folder.write("v.csv", bytes).string();
        try {
            (void)run_leakage(options);
            ADD_FAILURE() << part;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input) << error.what();
            EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
        }
    };
    refused("", "no numbers");
    refused("time\n", "no numbers");
    refused("1\nnan\n", "line 2: 'nan'");
    refused("nan\n1\n", "line 1: 'nan'");
    refused("1\n2\nx\n", "line 3: 'x'");
    refused("1,2\n3\n", "line 2: 1 numbers; expected 2");
    refused("1,2,3\n", "line 1: 3 numbers; expected at most 2");
    refused("1\n1e999\n", "line 2");
}

TEST(SignalStudy, RefusesWhatIsNoSignal) {
    for (const char* text :
         {"", "tone", "tone:x", "tone:1:2", "two:1", "chirp:1", "step:1:2", "tone:1e9", "noise", "tone:nan"})
        EXPECT_THROW((void)run_leakage(signal(text, 16)), Error) << text;
}

}  // namespace
}  // namespace rotoscope
