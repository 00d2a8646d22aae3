#include "support/compare.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/rff/rff.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

std::string names(const std::string& list) {
    std::string text;
    for (const FeatureSeries& series : parse_features(list)) text += (text.empty() ? "" : ",") + feature_name(series);
    return text;
}

template <class Function>
std::string complaint(const Function& function) {
    try {
        function();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        return error.what();
    }
    return "";
}

TEST(FeatureNames, KindsAndDraws) {
    EXPECT_EQ(names("trig,orthogonal,positive"), "trig,trig:orthogonal,positive");
    EXPECT_EQ(names("trig:iid"), "trig");
    EXPECT_EQ(names("offset,hyperbolic:hadamard,oprf:sobol,sobol,hadamard"),
              "offset,hyperbolic:hadamard,oprf:sobol,trig:sobol,trig:hadamard");
    EXPECT_EQ(parse_features("all").size(), 10U);
    // Every combination has a name that is read back as itself.
    for (const FeatureKind kind : {FeatureKind::trigonometric, FeatureKind::random_offset, FeatureKind::positive,
                                   FeatureKind::hyperbolic, FeatureKind::optimal_positive})
        for (const DrawKind draws : {DrawKind::independent, DrawKind::orthogonal, DrawKind::structured_orthogonal,
                                     DrawKind::quasi_monte_carlo}) {
            const FeatureSeries back = parse_features(feature_name({kind, draws})).front();
            EXPECT_TRUE(back.kind == kind && back.draws == draws) << feature_name({kind, draws});
        }
}

TEST(FeatureNames, UnknownOnesAreRefusedWithTheNearest) {
    const auto refused = [](const std::string& list) { return complaint([&] { (void)parse_features(list); }); };
    EXPECT_THAT(refused("trug"), HasSubstr("perhaps trig"));
    EXPECT_THAT(refused("positive:orthogonl"), HasSubstr("perhaps positive:orthogonal"));
    EXPECT_THAT(refused("trig,zzzzzzzzz"), HasSubstr("offset"));
    for (const char* list : {"", "trig,", ",trig", "trig:", ":iid", "trig:iid:iid", "TRIG", "trig,trig:iid"})
        EXPECT_THAT(refused(list), HasSubstr("--features")) << list;
}

TEST(Temperatures, OfEveryForm) {
    EXPECT_TRUE(parse_temperatures("1").standard());
    EXPECT_FALSE(parse_temperatures("1,2").standard());
    EXPECT_EQ(parse_temperatures("0.5,2").repeated(8, 5), (std::vector<double>{0.5, 2, 0.5, 2, 0.5}));
    EXPECT_EQ(parse_temperatures("0.7").repeated(8, 5), (std::vector<double>{0.7}));
    const std::vector<double> rope = parse_temperatures("rope:16").set(8);
    EXPECT_TRUE(test::all_near(rope, std::vector<double>{1.0, 0.5, 0.25, 0.125}, 1e-15));
    EXPECT_EQ(parse_temperatures("rope").describe(), "rope:10000");
    // tan(φ/2), φ = 0, π/4, π/2 at ε = ½, over tan(π/4) = 1.
    const std::vector<double> rfa = parse_temperatures("rfa:0.5").set(6);
    EXPECT_TRUE(test::all_near(rfa, std::vector<double>{0.0, std::tan(std::numbers::pi / 8.0), 1.0}, 1e-15));
}

TEST(Temperatures, OthersAreRefused) {
    for (const char* text : {"", "x", "-1", "1,", "1,-2", "nan", "inf", "1e999", "rope:", "rope:1", "rope:x", "rfa:0",
                             "rfa:1", "rfa:2", "ropes", "1 "})
        EXPECT_THAT(complaint([&] { (void)parse_temperatures(text); }), HasSubstr("--temperature")) << text;
    EXPECT_THAT(complaint([] { (void)parse_temperatures("rope").set(7); }), HasSubstr("odd"));
}

TEST(Studies, Names) {
    EXPECT_EQ(parse_studies("kernel,errors"), (std::vector{RffStudy::kernel, RffStudy::errors}));
    EXPECT_EQ(parse_studies("all").size(), 7U);
    EXPECT_THAT(complaint([] { (void)parse_studies("kernal"); }), HasSubstr("perhaps kernel"));
}

}  // namespace
}  // namespace rotoscope
