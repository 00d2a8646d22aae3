// Responses of banks through the tool, against sums term by term.
#include "run_leakage.hpp"
#include "support/compare.hpp"
#include "support/direct_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {
namespace {

using test::near;
using test::number;
using test::run_leakage;
using test::table_of;
using test::text;

LeakageOptions bank(const std::string& rotations, std::uint64_t length) {
    LeakageOptions options;
    options.rotations = rotations;
    options.length = length;
    return options;
}

/// |Σ_l w_l e^{−i(w' − w_n)l}|.
double direct(const std::vector<double>& window, double frequency, double tone) {
    const std::vector<std::complex<double>> samples(window.begin(), window.end());
    std::vector<std::complex<double>> turned(samples.size());
    for (std::size_t l = 0; l < samples.size(); ++l)
        turned[l] = samples[l] * test::exact_phasor(frequency, static_cast<double>(l));
    return std::abs(test::direct_sum(turned, tone));
}

// Every kind of bank, windows with and without a closed form, T = 1, 2, prime, and long enough for each fast method;
// tones on a rotation (δ = 0), beside it, and anywhere.
TEST(BankStudy, AnswersAsTheSums) {
    for (const char* rotations : {"dft:64", "rope:64:10000", "rfa:20:0.01", "linear:700:-0.1:0.9", "0.1,5"})
        for (const std::uint64_t length : {1U, 2U, 97U, 1000U}) {
            LeakageOptions options = bank(rotations, length);
            options.windows = "hann,decay:2,geometric:0.999999999,kaiser:2.5";
            options.tones = "0.1,0.10000001,2.345";
            const Result result = run_leakage(options);
            const Table& responses = table_of(result, "responses");
            const RotationBank exact = parse_rotation_bank(rotations);
            ASSERT_EQ(responses.rows(), 5 * 3 * exact.size());
            const std::size_t step = std::max<std::size_t>(exact.size() / 7, 1);
            for (std::size_t row = 0; row < responses.rows(); row += step) {
                const std::string window = text(responses, row, "window");
                const auto samples = make_window(parse_window(window), length);
                double gain = 0.0;
                for (const double w : samples) gain += w;
                const double tone = number(responses, row, "tone");
                const double frequency = number(responses, row, "frequency");
                const double expected = direct(samples, frequency, tone);
                // 1e-10 of the largest response, and the rounding of the frequencies, 2^−50·T of it.
                const double tolerance = (1e-10 + 1e-15 * static_cast<double>(length)) * gain;
                ASSERT_TRUE(near(number(responses, row, "response"), expected, tolerance))
                    << rotations << ' ' << length << ' ' << window << ' ' << frequency << ' ' << tone;
            }
            const Table& summary = table_of(result, "bank");
            for (std::size_t row = 0; row < summary.rows(); ++row)
                EXPECT_FALSE(number(summary, row, "error") > 1e-10) << rotations << ' ' << length;
        }
}

TEST(BankStudy, SaysHowItComputed) {
    const auto method = [](const std::string& rotations, const std::string& window, std::uint64_t length) {
        LeakageOptions options = bank(rotations, length);
        options.windows = window;
        return text(table_of(run_leakage(options), "bank"), 1, "method");
    };
    EXPECT_EQ(method("rope:64:10000", "decay:1", 100), "closed form");
    EXPECT_EQ(method("dft:256", "hann", 4096), "fast Fourier transform");
    EXPECT_EQ(method("linear:4096:0:0.1", "hann", 8192), "chirp-z transform");
    EXPECT_EQ(method("rope:8192:10000", "hann", 8192), "non-uniform Fourier transform");
    EXPECT_EQ(method("0.1,0.2", "hann", 100), "direct sum");
}

TEST(BankStudy, ComparesOwnDecaysWithOneOfTheSameMean) {
    LeakageOptions options = bank("0.1,0.2,0.3", 50);
    options.decay = "alpha=1,2,6";
    options.tones = "0.21";
    const Result result = run_leakage(options);
    const Table& responses = table_of(result, "responses");
    ASSERT_EQ(responses.rows(), 9U);
    for (std::size_t n = 0; n < 3; ++n) {
        const double frequency = 0.1 * static_cast<double>(n + 1);
        const double alphas[] = {1.0, 2.0, 6.0};
        const auto own = make_window(parse_window("decay:" + std::to_string(alphas[n])), 50);
        EXPECT_TRUE(near(number(responses, 3 + n, "response"), direct(own, frequency, 0.21), 1e-11));
        EXPECT_TRUE(near(number(responses, 6 + n, "response"),
                         direct(make_window(parse_window("decay:3"), 50), frequency, 0.21), 1e-11));
    }
    EXPECT_EQ(text(responses, 6, "window"), "shared decay, α = 3");
}

// A tone of a DFT's own frequency reaches one of T = N rotations without decay; with decay it leaks: Parseval tells how
// much, 1 − (Σw)²/(N Σw²).
TEST(BankStudy, CountsWhatLeaksElsewhere) {
    LeakageOptions options = bank("dft:64", 64);
    options.windows = "decay:4";
    const Result result = run_leakage(options);
    const Table& summary = table_of(result, "bank");
    EXPECT_LT(number(summary, 0, "elsewhere"), 1e-28);
    EXPECT_EQ(number(summary, 0, "heard"), 1.0);
    double sum = 0.0, squares = 0.0;
    for (const double w : make_window(parse_window("decay:4"), 64)) {
        sum += w;
        squares += w * w;
    }
    EXPECT_TRUE(near(number(summary, 1, "elsewhere"), 1.0 - sum * sum / (64.0 * squares), 1e-12));
}

// Exponential windows need no memory for their length.
TEST(BankStudy, HasNoLimitOfLengthInClosedForm) {
    LeakageOptions options = bank("rope:64:10000", std::uint64_t{1} << 40);
    options.decay = "a=0.999";
    const Result result = run_leakage(options);
    const Table& responses = table_of(result, "responses");
    for (std::size_t n = 0; n < 32; ++n) {
        const double detuning = number(responses, 32 + n, "tone") - number(responses, 32 + n, "frequency");
        const double expected = 1.0 / std::sqrt(1.0 - 2.0 * 0.999 * std::cos(detuning) + 0.999 * 0.999);
        EXPECT_TRUE(near(number(responses, 32 + n, "response"), expected, 1e-9 * expected));
    }
}

// Cells are the largest of the tones within; where a rotation's frequency lies in a cell, that is 0 dB.
TEST(BankStudy, DrawsEveryRotationWhereItIs) {
    LeakageOptions options = bank("rope:64:10000", 4096);
    options.windows = "hann";
    const Result result = run_leakage(options);
    const Figure* const figure = test::figure_of(result, "bank_map");
    ASSERT_NE(figure, nullptr);
    for (const Panel& panel : figure->panels) {
        const auto& map = std::get<HeatMap>(panel.marks.front());
        ASSERT_EQ(map.values.size(), map.rows * map.columns);
        for (std::size_t row = 0; row < map.rows; ++row) {
            const double place = (-4.0 * static_cast<double>(row) / 32.0 - map.x_first) / map.x_step;
            EXPECT_EQ(map.values[row * map.columns + static_cast<std::size_t>(std::lround(place))], 0.0) << row;
        }
    }
}

TEST(BankStudy, RefusesWhatDoesNotFit) {
    const auto refused = [](LeakageOptions options, const std::string& part) {
        try {
            (void)run_leakage(options);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::usage);
            EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
            return;
        }
        ADD_FAILURE() << part;
    };
    LeakageOptions options = bank("dft:64", 64);
    options.decay = "a=0.9,0.8";
    refused(options, "2 decays for 64 rotations");
    options.decay = "a=1.5";
    refused(options, "--decay: a = 1.5");
    options.decay = "alpha=-1";
    refused(options, "--decay: alpha = -1");
    options.decay = "alpha=x";
    refused(options, "--decay: 'x'");
    options.decay.reset();
    options.band = "1:0";
    refused(options, "--band");
    options.band.reset();
    options.tones = "";
    refused(options, "--tone");
    refused(bank("", 64), "rotation bank ''");
    refused(bank("dft:64", 0), "--length");
    LeakageOptions long_window = bank("dft:64", std::uint64_t{1} << 45);
    long_window.windows = "hann";
    refused(long_window, "would need");
}

}  // namespace
}  // namespace rotoscope
