// Every window of scipy.signal.windows against SciPy itself, sample by sample.
#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "rotoscope/core/process.hpp"
#include "rotoscope/numerics/windows.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// Our spec, SciPy's call (M and the keyword sym are added), and a tolerance in epsilons for M samples: some count of
/// roundings of the values near 1 that enter, whatever the size of the result.
struct Case {
    const char* spec;
    const char* call;
    double (*rounding)(double m) = [](double) { return 16.0; };
};

/// SciPy's error, ours is smaller: it takes acosh of 1 + (b²/2), b = acosh(10^{at/20})/M, from the rounded sum, an
/// error of eps/b, times M, in an exponent; 5.8 = acosh(10^{50/20}) is the smallest M b here. Twice for β and for the
/// angle.
double chebyshev_rounding(double m) { return 64.0 + 4.0 * m * m / 5.8; }
/// SciPy's error, ours is smaller: LAPACK's eigenvectors are off by a few epsilons of the norm, M²/4, over the distance
/// of the eigenvalues, at least 3 (NW = 0).
double eigenvector_rounding(double m) { return 64.0 + 4.0 * m * m / 12.0; }
/// A running sum of M/2 positive numbers.
double sum_rounding(double m) { return 16.0 + m; }

const Case cases[] = {
    {"barthann", "barthann(M"},
    {"bartlett", "bartlett(M"},
    {"blackman", "blackman(M"},
    {"blackmanharris", "blackmanharris(M"},
    {"bohman", "bohman(M"},
    {"boxcar", "boxcar(M"},
    {"chebwin:50", "chebwin(M, 50", chebyshev_rounding},
    {"chebwin:at=100", "chebwin(M, 100", chebyshev_rounding},
    {"chebwin:150", "chebwin(M, 150", chebyshev_rounding},
    {"cosine", "cosine(M"},
    {"dpss:0.3", "dpss(M, 0.3", eigenvector_rounding},
    {"dpss:NW=3", "dpss(M, 3", eigenvector_rounding},
    {"dpss:7.5", "dpss(M, 7.5", eigenvector_rounding},
    {"exponential", "exponential(M"},
    {"exponential:tau=20", "exponential(M, None, 20"},
    {"exponential:30:center=0", "exponential(M, 0, 30"},
    {"exponential:30:center=5.5", "exponential(M, 5.5, 30"},
    {"flattop", "flattop(M"},
    {"gaussian:std=64", "gaussian(M, 64"},
    {"gaussian:std=3.5", "gaussian(M, 3.5"},
    {"general_cosine:0.4:0.3:0.2:-0.1", "general_cosine(M, [0.4, 0.3, 0.2, -0.1]"},
    {"general_cosine:1", "general_cosine(M, [1]"},
    {"general_gaussian:1.5:7", "general_gaussian(M, 1.5, 7"},
    {"general_gaussian:p=0.5:sig=20", "general_gaussian(M, 0.5, 20"},
    {"general_hamming:0.6", "general_hamming(M, 0.6"},
    {"hamming", "hamming(M"},
    {"hann", "hann(M"},
    {"kaiser:beta=0", "kaiser(M, 0"},
    {"kaiser:beta=8.6", "kaiser(M, 8.6", [](double) { return 64.0; }},
    {"kaiser:beta=30", "kaiser(M, 30", [](double) { return 64.0; }},
    {"kaiser_bessel_derived:beta=4", "kaiser_bessel_derived(M, 4", sum_rounding},
    {"kbd:beta=12", "kaiser_bessel_derived(M, 12", sum_rounding},
    {"lanczos", "lanczos(M"},
    {"nuttall", "nuttall(M"},
    {"parzen", "parzen(M"},
    {"taylor", "taylor(M"},
    {"taylor:nbar=6:sll=55", "taylor(M, 6, 55"},
    {"taylor:5:40:norm=0", "taylor(M, 5, 40, False"},
    {"triang", "triang(M"},
    {"tukey", "tukey(M"},
    {"tukey:0", "tukey(M, 0"},
    {"tukey:0.3", "tukey(M, 0.3"},
    {"tukey:alpha=1", "tukey(M, 1"},
};

constexpr std::array<std::size_t, 10> lengths{1, 2, 3, 4, 5, 16, 51, 64, 255, 1024};

/// Prints, for each case, symmetry and length that SciPy accepts, "case symmetric length" and the samples.
std::string script() {
    std::ostringstream text;
    text
        << "import sys, warnings\ntry:\n    from scipy.signal.windows import *\nexcept ImportError:\n    sys.exit(77)\n"
           "warnings.simplefilter('ignore')\n"
           "def show(i, sym, M, f):\n"
           "    try: w = f(M, sym)\n"
           "    except ValueError: return\n"
           "    print(i, int(sym), M, *[float(x).hex() for x in w])\n"
           "for sym in (False, True):\n  for M in (";
    for (const std::size_t n : lengths) text << n << ", ";
    text << "):\n";
    for (std::size_t i = 0; i < std::size(cases); ++i)
        text << "    show(" << i << ", sym, M, lambda M, sym: " << cases[i].call << ", sym=sym))\n";
    return text.str();
}

/// What the script prints, or "" where there is no Python or no SciPy.
std::string run_scipy() {
    ProcessOptions options;
    options.input = script();
    const ProcessOutcome outcome = run_process({"/usr/bin/python3", "-"}, options);
    EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 77 || outcome.exit_code == 127) << outcome.errors;
    return outcome.exit_code == 0 ? outcome.output : "";
}

TEST(Windows, EqualScipys) {
    const std::string output = std::filesystem::exists("/usr/bin/python3") ? run_scipy() : "";
    if (output.empty()) GTEST_SKIP() << "needs /usr/bin/python3 with SciPy (Debian: python3-scipy)";
    std::istringstream lines(output);
    std::map<std::size_t, int> compared;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::size_t index = 0;
        std::size_t length = 0;
        int symmetric = 0;
        words >> index >> symmetric >> length;
        std::vector<double> expected;
        for (std::string word; words >> word;) expected.push_back(std::strtod(word.c_str(), nullptr));
        const Case& the_case = cases[index];
        const auto window =
            make_window(parse_window(the_case.spec), length, symmetric == 1 ? Symmetry::symmetric : Symmetry::periodic);
        const double tolerance = epsilon * the_case.rounding(static_cast<double>(length));
        EXPECT_TRUE(test::all_near(window, expected, tolerance))
            << the_case.spec << (symmetric == 1 ? " symmetric" : " periodic") << " of " << length;
        ++compared[index];
    }
    for (std::size_t i = 0; i < std::size(cases); ++i) EXPECT_GE(compared[i], 4) << cases[i].spec;
}

TEST(Windows, HaveAllOfScipysNames) {
    for (const char* name : {"barthann",
                             "bartlett",
                             "blackman",
                             "blackmanharris",
                             "bohman",
                             "boxcar",
                             "chebwin",
                             "cosine",
                             "dpss",
                             "exponential",
                             "flattop",
                             "gaussian",
                             "general_cosine",
                             "general_gaussian",
                             "general_hamming",
                             "hamming",
                             "hann",
                             "kaiser",
                             "kaiser_bessel_derived",
                             "lanczos",
                             "nuttall",
                             "parzen",
                             "taylor",
                             "triang",
                             "tukey"}) {
        EXPECT_EQ(find_window(name).name, name);
        EXPECT_TRUE(std::any_of(std::begin(cases), std::end(cases),
                                [&](const Case& the_case) { return parse_window(the_case.spec).window->name == name; }))
            << name << " is not compared";
    }
}

}  // namespace
}  // namespace rotoscope
