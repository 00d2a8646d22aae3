// Names, parameters, errors, symmetry, and the windows that SciPy lacks.
#include "rotoscope/numerics/windows.hpp"

#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using std::numbers::pi;
using test::all_near;
using test::near;
using ::testing::HasSubstr;

constexpr double epsilon = std::numeric_limits<double>::epsilon();

std::string error_of(const std::string& list) {
    try {
        for (const WindowSpec& spec : parse_windows(list)) (void)make_window(spec, 16);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage) << list;
        return error.what();
    }
    return "no error";
}

TEST(WindowNames, AreUniqueSortedAndComplete) {
    std::set<std::string_view> names;
    for (const WindowInfo& window : all_windows()) {
        EXPECT_TRUE(names.insert(window.name).second) << window.name;
        for (const auto alias : window.aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
        EXPECT_FALSE(window.formula.empty() || window.description.empty()) << window.name;
        EXPECT_NE(window.generate, nullptr) << window.name;
        for (const WindowParameter& parameter : window.parameters)
            EXPECT_FALSE(parameter.meaning.empty()) << window.name;
    }
    EXPECT_TRUE(std::is_sorted(all_windows().begin(), all_windows().end(),
                               [](const auto& a, const auto& b) { return a.name < b.name; }));
    EXPECT_EQ(all_windows().size(), 34U);  // SciPy's 25 and 9 more
}

TEST(WindowNames, AreFoundByAliasAndInAnyCase) {
    EXPECT_EQ(find_window("Rectangular").name, "boxcar");
    EXPECT_EQ(find_window("riemann").name, "lanczos");
    EXPECT_EQ(find_window("Hann-Poisson").name, "hann_poisson");
    EXPECT_EQ(find_window("kbd").variants, WindowVariants::symmetric_only);
    EXPECT_EQ(describe_variants(find_window("kbd").variants), "symmetric only");
}

TEST(WindowSpecs, ReadPositionsAndNames) {
    EXPECT_EQ(parse_window("kaiser:2.5").arguments[0], 2.5);
    EXPECT_EQ(parse_window("kaiser:beta=8").arguments[1], 8);
    EXPECT_EQ(parse_window("taylor").arguments[1], 30);
    EXPECT_EQ(parse_window("taylor:sll=50").arguments[0], 4);
    EXPECT_EQ(parse_window("general_cosine:0.5:-0.25:0.125").arguments.size(), 3U);
    EXPECT_EQ(parse_windows("hann,tukey:0.25,poisson:2").size(), 3U);
}

TEST(WindowSpecs, PrintWhatTheyRead) {
    for (const char* text : {"hann", "kaiser:2.5", "kaiser:beta=8", "taylor:sll=50", "taylor:6:50:norm=0", "tukey:0.25",
                             "general_cosine:0.5:-0.25:0.125", "exponential:30:center=5", "gaussian:std=64"})
        EXPECT_EQ(parse_window(text).text(), text);
    EXPECT_EQ(parse_window("Taylor:nbar=6:sll=50").text(), "taylor:6:50");
}

TEST(WindowSpecs, RefuseWhatTheyDoNotUnderstand) {
    EXPECT_THAT(error_of("han"), HasSubstr("unknown window 'han'; did you mean hann?"));
    EXPECT_THAT(error_of("zzzzzzzzzz"), HasSubstr("unknown window"));
    EXPECT_THAT(error_of("poisson:-1"), HasSubstr("parameter alpha is -1; expected a number from 0 to 700"));
    EXPECT_THAT(error_of("poisson"), HasSubstr("needs its parameter alpha"));
    EXPECT_THAT(error_of("poisson:two"), HasSubstr("parameter alpha is 'two'; expected a number"));
    EXPECT_THAT(error_of("poisson:nan"), HasSubstr("expected a number"));
    EXPECT_THAT(error_of("poisson:"), HasSubstr("expected a number"));
    EXPECT_THAT(error_of("poisson:1:2"), HasSubstr("2 values; expected at most 1 (alpha)"));
    EXPECT_THAT(error_of("hann:1"), HasSubstr("1 values; expected none"));
    EXPECT_THAT(error_of("tukey:1.5"), HasSubstr("expected a number from 0 to 1"));
    EXPECT_THAT(error_of("kaiser:1:beta=3"), HasSubstr("both alpha and beta are given"));
    EXPECT_THAT(error_of("kaiser:alpha=1:alpha=2"), HasSubstr("given twice"));
    EXPECT_THAT(error_of("kaiser:gamma=1"), HasSubstr("no parameter 'gamma'; expected one of: alpha, beta="));
    EXPECT_THAT(error_of("taylor:2.5"), HasSubstr("expected a whole number from 1 to 100"));
    EXPECT_THAT(error_of("geometric:0"), HasSubstr("expected a number above 0, at most 1"));
    EXPECT_THAT(error_of("dpss:9"), HasSubstr("NW is 9 for 17 samples; expected less than half"));
    EXPECT_THAT(error_of("hann,,hann"), HasSubstr("empty name"));
    EXPECT_THAT(error_of(""), HasSubstr("empty name"));
    EXPECT_THAT(error_of("x\n\x1b[2J"), ::testing::Not(HasSubstr("\x1b")));
    EXPECT_THROW((void)make_window(parse_window("hann"), 0), Error);
    EXPECT_THROW((void)make_window(parse_window("kbd:3"), 15), Error);
}

TEST(Windows, ArePeriodicByDefaultAndSymmetricOnRequest) {
    for (const WindowInfo& window : all_windows()) {
        if (window.variants != WindowVariants::both || !window.parameters.empty()) continue;
        const WindowSpec spec = parse_window(window.name);
        for (const std::size_t n : {2U, 3U, 16U, 17U}) {
            const auto periodic = make_window(spec, n);
            auto longer = make_window(spec, n + 1, Symmetry::symmetric);
            EXPECT_EQ(std::vector<double>(longer.rbegin(), longer.rend()), longer) << window.name;
            longer.pop_back();
            EXPECT_EQ(periodic, longer) << window.name;
        }
        EXPECT_EQ(make_window(spec, 1), std::vector<double>{1.0}) << window.name;
    }
}

TEST(Windows, ThatSciPyLacksFollowTheirFormulas) {
    constexpr std::size_t n = 40;
    const auto expect = [](const char* text, auto formula) {
        std::vector<double> expected(n);
        for (std::size_t i = 0; i < n; ++i) expected[i] = formula((static_cast<double>(i) - 20.0) / 20.0);
        EXPECT_TRUE(all_near(make_window(parse_window(text), n), expected, 8 * epsilon)) << text;
    };
    expect("poisson:2.5", [](double u) { return std::exp(-2.5 * std::abs(u)); });
    expect("hann_poisson:0.5",
           [](double u) { return std::pow(std::cos(pi * u / 2), 2) * std::exp(-0.5 * std::abs(u)); });
    expect("cauchy:4", [](double u) { return 1 / (1 + 16 * u * u); });
    expect("riesz", [](double u) { return 1 - u * u; });
    expect("riemann", [](double u) { return u == 0 ? 1 : std::sin(pi * u) / (pi * u); });
    expect("gaussian:3", [](double u) { return std::exp(-4.5 * u * u); });
    expect("tukey:0.5",
           [](double u) { return std::abs(u) < 0.5 ? 1 : 0.5 * (1 + std::cos(pi * (std::abs(u) - 0.5) / 0.5)); });
    expect("exact_blackman",
           [](double u) { return (7938 + 9240 * std::cos(pi * u) + 1430 * std::cos(2 * pi * u)) / 18608; });
    expect("bh3", [](double u) { return 0.42323 + 0.49755 * std::cos(pi * u) + 0.07922 * std::cos(2 * pi * u); });
    expect("cos:3", [](double u) { return std::pow(std::max(0.0, std::cos(pi * u / 2)), 3); });
    expect("cos:2", [](double u) { return 0.5 + 0.5 * std::cos(pi * u); });
    expect("kaiser:2",
           [](double u) { return std::cyl_bessel_i(0, 2 * pi * std::sqrt(1 - u * u)) / std::cyl_bessel_i(0, 2 * pi); });
    expect("decay:3", [](double u) { return std::exp(-3 * (u + 1) / 2); });
    expect("geometric:0.9", [](double u) { return std::pow(0.9, std::round((u + 1) * 20)); });
}

TEST(Windows, AreLinearInTheCoefficientsOfCosineSums) {
    const auto window = [](const char* text) { return make_window(parse_window(text), 33); };
    const auto a = window("general_cosine:0.5:0.25");
    const auto b = window("general_cosine:0.25:0.125:0.5");
    auto sum = window("general_cosine:0.75:0.375:0.5");
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] -= a[i] + b[i];
    EXPECT_TRUE(all_near(sum, std::vector<double>(33), 8 * epsilon));
}

TEST(Dpss, IsAnEigenvectorOfTheSincKernel) {
    // The definition, not the tridiagonal matrix: Σ_s sin(2πW(t − s))/(π(t − s)) v_s = λ v_t, with 0 < λ < 1 the share
    // of the energy inside [−W, W], at least 1 − 1e-4 from NW = 2.
    for (const auto& [nw, n] : {std::pair{0.5, 64U}, {2.0, 65U}, {4.0, 128U}}) {
        const auto v = make_window(parse_window("dpss:" + std::to_string(nw)), n, Symmetry::symmetric);
        const double w = nw / n;
        std::vector<double> product(n);
        for (std::size_t t = 0; t < n; ++t)
            for (std::size_t s = 0; s < n; ++s) {
                const double d = static_cast<double>(t) - static_cast<double>(s);
                product[t] += v[s] * (t == s ? 2 * w : std::sin(2 * pi * w * d) / (pi * d));
            }
        const double lambda = product[n / 2] / v[n / 2];
        EXPECT_GT(lambda, nw < 1 ? 0.7 : 1 - 1e-4);
        EXPECT_LT(lambda, 1);
        auto expected = v;
        for (double& value : expected) value *= lambda;
        EXPECT_TRUE(all_near(product, expected, 4 * n * epsilon)) << nw;  // sums of n terms, and an eigenvector of n
    }
}

TEST(Dpss, KeepsItsAccuracyAtLargeSizes) {
    // In the limit the window is a prolate function of u: samples of different lengths agree to O(1/N²), not worse for
    // the larger length (with the matrix as printed the error would grow as N² eps: 1e-6 here).
    const auto coarse = make_window(parse_window("dpss:3"), (1U << 13) + 1, Symmetry::symmetric);
    const auto middle = make_window(parse_window("dpss:3"), (1U << 15) + 1, Symmetry::symmetric);
    const auto fine = make_window(parse_window("dpss:3"), (1U << 17) + 1, Symmetry::symmetric);
    for (std::size_t i = 0; i < coarse.size(); i += 97) {
        const double first = middle[4 * i] - coarse[i];
        const double second = fine[16 * i] - middle[4 * i];
        EXPECT_LE(std::abs(second), std::abs(first) / 3 + 1e-11) << i;
    }
}

}  // namespace
}  // namespace rotoscope
