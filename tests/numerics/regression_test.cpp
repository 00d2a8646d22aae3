#include "rotoscope/numerics/regression.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {
namespace {

using test::near;

// NIST StRD "Norris" (linear regression, lower difficulty; itl.nist.gov/div898/strd/lls/data/Norris.shtml), certified
// to 15 digits. Its condition (Σx²/Σ(x − x̄)² below 2) costs nothing: 36 additions of terms, 10^−13 relative.
TEST(FitLine, NorrisCertifiedValues) {
    const std::vector<double> y = {0.1, 338.8, 118.1, 888.0, 9.2,   228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3,
                                   0.1, 778.1, 668.8, 339.3, 448.9, 10.8,  557.7, 228.3, 998.0, 888.8, 119.6, 0.3,
                                   0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2,  117.6, 228.9, 668.4, 449.2, 0.2};
    const std::vector<double> x = {0.2, 337.4, 118.2, 884.6, 10.1,  226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4,
                                   0.6, 775.5, 666.9, 338.0, 447.5, 11.6,  556.0, 228.1, 995.8, 887.6, 120.2, 0.3,
                                   0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1,  118.3, 229.2, 669.1, 448.9, 0.5};
    const LineFit fit = fit_line(x, y);
    EXPECT_TRUE(near(fit.slope, 1.00211681802045, 1e-13));
    EXPECT_TRUE(near(fit.intercept, -0.262323073774029, 1e-11));
    EXPECT_TRUE(near(fit.slope_error, 0.429796848199937e-3, 1e-11 * 0.43e-3));
    EXPECT_TRUE(near(fit.intercept_error, 0.232818234301152, 1e-11));
    EXPECT_TRUE(near(fit.residual_error, 0.884796396144373, 1e-11));
}

TEST(FitLine, ExactLineHasNoError) {
    const LineFit fit = fit_line(std::vector<double>{1, 2, 4}, std::vector<double>{5, 7, 11});
    EXPECT_TRUE(near(fit.slope, 2.0, 1e-15));
    EXPECT_TRUE(near(fit.intercept, 3.0, 4e-15));
    EXPECT_TRUE(near(fit.slope_error, 0.0, 1e-15));
}

// Over 4,000 lines with independent errors of 0.5, the slopes' deviation is the predicted σ/√Σ(x − x̄)², and so is the
// root mean square of the standard errors: 5 standard errors of a standard deviation, 5/√(2·4000) = 5.6 % (the second
// has more than 4000 degrees of freedom).
TEST(FitLine, StandardErrorIsTheSpreadOfSlopes) {
    const GaussianDraws normals(8, RandomStream::test);
    std::vector<double> x(10);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    Summary slopes;
    Summary variances;
    for (std::size_t sample = 0; sample < 4000; ++sample) {
        std::vector<double> y(x.size());
        normals.fill(x.size() * sample, std::span<double>(y));
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = 3.0 - x[i] + 0.5 * y[i];
        const LineFit fit = fit_line(x, y);
        slopes.add(fit.slope);
        variances.add(fit.slope_error * fit.slope_error);
    }
    const double predicted = 0.5 / std::sqrt(82.5);
    EXPECT_TRUE(near(slopes.standard_deviation(), predicted, 0.056 * predicted));
    EXPECT_TRUE(near(std::sqrt(variances.mean()), predicted, 0.056 * predicted));
    EXPECT_TRUE(near(slopes.mean(), -1.0, 5.0 * predicted / std::sqrt(4000.0)));
}

TEST(FitLine, TooFewPoints) {
    EXPECT_TRUE(std::isnan(fit_line({}, {}).slope));
    EXPECT_TRUE(std::isnan(fit_line(std::vector<double>{2, 2}, std::vector<double>{1, 5}).slope));
    const LineFit two = fit_line(std::vector<double>{0, 1}, std::vector<double>{1, 3});
    EXPECT_EQ(two.slope, 2.0);
    EXPECT_TRUE(std::isnan(two.slope_error));
    EXPECT_THROW(static_cast<void>(fit_line(std::vector<double>{0, 1}, std::vector<double>{1})), Error);
}

}  // namespace
}  // namespace rotoscope
