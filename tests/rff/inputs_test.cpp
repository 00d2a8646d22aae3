// Queries, keys and learned angles from files; rotations and matrices over them.
#include "run_rff.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <variant>

#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/theory/frequency_draws.hpp"

namespace rotoscope {
namespace {

using test::number;
using test::row_where;
using test::run_rff;
using test::table_of;
using ::testing::HasSubstr;

constexpr std::uint64_t tokens = 40;
constexpr std::uint64_t heads = 2;
constexpr std::uint64_t width = 8;

/// Tensor values of element i: something irregular.
double value_at(std::size_t tensor, std::size_t i) { return GaussianDraws(11 + tensor, RandomStream::test).normal(i); }

struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<double> values = {};  ///< irregular ones where empty
};

std::filesystem::path write_file(const test::TemporaryFolder& folder, std::vector<Tensor> tensors) {
    const std::filesystem::path path = folder.path() / "golden.safetensors";
    std::vector<TensorDeclaration> declared;
    for (const Tensor& tensor : tensors) declared.push_back({tensor.name, DType::f64, tensor.shape});
    SafetensorsWriter writer(path, declared);
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        std::uint64_t elements = 1;
        for (const std::uint64_t size : tensors[t].shape) elements *= size;
        for (std::size_t i = tensors[t].values.size(); i < elements; ++i) tensors[t].values.push_back(value_at(t, i));
        writer.write<double>(tensors[t].name, 0, tensors[t].values);
    }
    writer.commit();
    return path;
}

RffOptions options_of(const std::filesystem::path& path, std::vector<RffStudy> studies) {
    RffOptions options;
    options.inputs = path;
    options.features = parse_features("trig");
    options.counts = {16};
    options.seeds = 2;
    options.studies = std::move(studies);
    return options;
}

std::string complaint(const RffOptions& options, ExitCode code) {
    try {
        (void)run_rff(options);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    return "nothing";
}

const std::vector<std::uint64_t> shape{tokens, heads, width};

// Head 1 of layer 3, whose learned increments are constant in each channel; the implicit ones by their definition.
TEST(RffRotations, ImplicitAndLearnedSideBySide) {
    const test::TemporaryFolder folder;
    std::vector<double> angles;
    for (std::uint64_t t = 0; t < tokens; ++t)
        for (std::uint64_t c = 0; c < heads * width / 2; ++c)
            angles.push_back(static_cast<double>(t) * 0.01 * static_cast<double>(c));
    RffOptions options = options_of(write_file(folder, {{"layer3.q_attn", shape},
                                                        {"layer3.k_attn", shape},
                                                        {"layer3.angle", {tokens, heads, width / 2}, angles}}),
                                    {RffStudy::rotations});
    options.head = 1;
    options.scale = 0.25;
    options.seed = 9;
    options.temperature = parse_temperatures("0.5");
    const Result result = run_rff(options);
    const Table& rotations = table_of(result, "rotations");
    const RowMatrix<double> frequencies = 0.5 * draw_frequencies(DrawKind::independent, 9, width, 0, width / 2);
    for (std::size_t c = 0; c < width / 2; ++c) {
        const std::size_t learned = row_where(rotations, {{"angles", "learned"}, {"channel", static_cast<double>(c)}});
        const double expected = 0.01 * static_cast<double>(4 + c);  // channel 4 + c of both heads together
        EXPECT_TRUE(test::near(number(rotations, learned, "mean"), expected, 1e-14));
        EXPECT_TRUE(test::near(number(rotations, learned, "resultant_length"), 1.0, 1e-14));
        double sum = 0.0;
        std::complex<double> direction = 0.0;
        for (std::uint64_t t = 1; t < tokens; ++t) {
            double angle = 0.0;
            for (std::uint64_t i = 0; i < width; ++i) {
                const auto query = [&](std::uint64_t at) { return 0.25 * value_at(0, (at * heads + 1) * width + i); };
                angle += frequencies(static_cast<Index>(c), static_cast<Index>(i)) * (query(t) - query(t - 1));
            }
            sum += std::abs(angle);
            direction += std::polar(1.0, angle);
        }
        const std::size_t implicit =
            row_where(rotations, {{"angles", "implicit"}, {"channel", static_cast<double>(c)}});
        const auto steps = static_cast<double>(tokens - 1);
        EXPECT_EQ(number(rotations, implicit, "samples"), steps);
        EXPECT_TRUE(test::near(number(rotations, implicit, "mean_abs"), sum / steps, 1e-13));
        EXPECT_TRUE(test::near(number(rotations, implicit, "resultant_length"), std::abs(direction) / steps, 1e-13));
        EXPECT_TRUE(test::near_angle(number(rotations, implicit, "mean_direction"), std::arg(direction), 1e-12));
    }
    EXPECT_TRUE(test::has_figure(result, "rotations"));
}

// The recurrence with the real factor is the direct sum; without, only for queries of one norm.
TEST(RffRotations, RecurrenceNeedsTheRealFactor) {
    RffOptions options;
    options.dimension = 16;
    options.length = 300;
    options.studies = {RffStudy::rotations};
    const Result sphere = run_rff(options);
    EXPECT_LT(number(table_of(sphere, "recurrence"), 0, "difference"), 1e-12);
    EXPECT_LT(number(table_of(sphere, "recurrence"), 1, "difference"), 1e-12);
    options.scale = 0.3;
    const Result gaussian = run_rff(options);
    EXPECT_LT(number(table_of(gaussian, "recurrence"), 0, "difference"), 1e-12);
    EXPECT_GT(number(table_of(gaussian, "recurrence"), 1, "difference"), 1e-2);
}

// Weights times visible keys have the mean 1 in every row; a sequence within the blocks is shown token by token.
TEST(RffMatrices, ShowTheWeights) {
    RffOptions options;
    options.dimension = 8;
    options.length = 30;
    options.counts = {64};
    options.features = parse_features("trig,positive");
    options.studies = {RffStudy::matrices};
    const Result result = run_rff(options);
    ASSERT_EQ(result.figures.size(), 2U);
    const Figure& figure = test::figure_of(result, "matrix_trig");
    ASSERT_EQ(figure.panels.size(), 3U);
    const auto& exact = std::get<HeatMap>(figure.panels[0].marks.front());
    ASSERT_EQ(exact.rows, 30U);
    EXPECT_EQ(exact.values[0], 1.0);  // the first query sees one key
    EXPECT_TRUE(std::isnan(exact.values[1]));
    options.length = 1000;
    const Result longer = run_rff(options);
    const auto& blocks = std::get<HeatMap>(test::figure_of(longer, "matrix_positive").panels[1].marks.front());
    EXPECT_LE(blocks.rows, 96U);
    EXPECT_EQ(blocks.x_step, 11.0);
    // A row of full blocks averages to about 1: every weight counts, times 990 or so visible keys.
    double sum = 0.0;
    for (std::size_t column = 0; column < 90; ++column) sum += blocks.values[90 * blocks.columns + column];
    EXPECT_TRUE(test::near(sum / 90.0, 1.0, 0.02));
}

TEST(RffInputs, TensorsAreFound) {
    const test::TemporaryFolder folder;
    const auto described = [&](std::vector<Tensor> tensors, std::optional<std::uint64_t> layer) {
        RffOptions options = options_of(write_file(folder, std::move(tensors)), {RffStudy::spectra});
        options.layer = layer;
        return run_rff(options).summary.front().second;
    };
    const std::vector<Tensor> two{{"layer10.q_out", shape}, {"layer10.k_out", shape}, {"layer2.q_attn", shape},
                                  {"layer2.k_attn", shape}, {"layer2.q_out", shape},  {"layer2.k_out", shape}};
    EXPECT_THAT(described(two, std::nullopt), HasSubstr("layer2.q_attn"));
    EXPECT_THAT(described(two, 10), HasSubstr("layer10.q_out"));
    EXPECT_THAT(described({{"q_attn", shape}, {"k_attn", shape}}, std::nullopt), HasSubstr("q_attn and k_attn"));
    // d^(−1/4) = 8^(−1/4): the usual 1/√d of the scores.
    EXPECT_THAT(described(two, std::nullopt), HasSubstr("0.5946 (d^-1/4)"));
}

TEST(RffInputs, FilesThatDoNotFit) {
    const test::TemporaryFolder folder;
    const auto refused = [&](std::vector<Tensor> tensors, ExitCode code, std::optional<std::uint64_t> layer = {},
                             std::uint64_t head = 0) {
        RffOptions options = options_of(write_file(folder, std::move(tensors)), {RffStudy::errors});
        options.layer = layer;
        options.head = head;
        return complaint(options, code);
    };
    const std::vector<Tensor> good{{"layer1.q_attn", shape}, {"layer1.k_attn", shape}};
    EXPECT_THAT(refused({{"x", {2}}}, ExitCode::input), HasSubstr("no queries"));
    EXPECT_THAT(refused({{"q_attn", shape}}, ExitCode::input), HasSubstr("k_attn"));
    EXPECT_THAT(refused({{"q_attn", shape}, {"k_attn", {tokens, heads, width + 1}}}, ExitCode::input),
                HasSubstr("keys [40, 2, 9] and queries [40, 2, 8]"));
    EXPECT_THAT(refused({{"q_attn", {tokens, width}}, {"k_attn", {tokens, width}}}, ExitCode::input),
                HasSubstr("[tokens, heads, width]"));
    EXPECT_THAT(refused({{"q_attn", {0, heads, width}}, {"k_attn", {0, heads, width}}}, ExitCode::input),
                HasSubstr("none 0"));
    EXPECT_THAT(refused(good, ExitCode::usage, 2), HasSubstr("no queries of layer 2; the file has 1"));
    EXPECT_THAT(refused(good, ExitCode::usage, {}, 2), HasSubstr("no head 2"));
    std::vector<Tensor> broken = good;
    broken[1].values = {std::nan("")};
    EXPECT_THAT(refused(broken, ExitCode::input), HasSubstr("layer1.k_attn"));
    std::vector<Tensor> angles = good;
    angles.push_back({"layer1.angle", {tokens - 1, heads, 4}});
    EXPECT_THAT(refused(angles, ExitCode::input), HasSubstr("angles"));
}

TEST(RffInputs, ImpossibleOptions) {
    const auto refused = [](const std::function<void(RffOptions&)>& change) {
        RffOptions options;
        options.length = 8;
        change(options);
        return complaint(options, ExitCode::usage);
    };
    EXPECT_THAT(refused([](RffOptions& o) { o.counts = {0}; }), HasSubstr("--counts"));
    EXPECT_THAT(refused([](RffOptions& o) { o.counts = {8, 8}; }), HasSubstr("ascending"));
    EXPECT_THAT(refused([](RffOptions& o) { o.counts = {8, 4}; }), HasSubstr("ascending"));
    EXPECT_THAT(refused([](RffOptions& o) { o.dimension = 0; }), HasSubstr("--dim"));
    EXPECT_THAT(refused([](RffOptions& o) { o.length = 0; }), HasSubstr("--length"));
    EXPECT_THAT(refused([](RffOptions& o) { o.seeds = 0; }), HasSubstr("--seeds"));
    EXPECT_THAT(refused([](RffOptions& o) { o.norm = -1.0; }), HasSubstr("--norm"));
    EXPECT_THAT(refused([](RffOptions& o) { o.angle = 181.0; }), HasSubstr("--angle"));
    EXPECT_THAT(refused([](RffOptions& o) { o.norm = o.scale = 1.0; }), HasSubstr("at most one"));
    EXPECT_THAT(refused([](RffOptions& o) { o.head = 1; }), HasSubstr("--inputs"));
    EXPECT_THAT(refused([](RffOptions& o) { o.dimension = 4000, o.features = parse_features("sobol"); }),
                HasSubstr("Sobol"));
    EXPECT_THAT(refused([](RffOptions& o) { o.length = std::uint64_t{1} << 36; }), HasSubstr("TiB of memory"));
    EXPECT_THAT(refused([](RffOptions& o) { o.counts = {std::uint64_t{1} << 40}; }), HasSubstr("of memory"));
    EXPECT_THAT(refused([](RffOptions& o) { o.dimension = 1, o.studies = {RffStudy::kernel}; }), HasSubstr("two"));
}

// The smallest of everything.
TEST(RffInputs, OneOfEverything) {
    RffOptions options;
    options.dimension = options.length = options.seeds = 1;
    options.counts = {1};
    options.studies = parse_studies("errors,norms,matrices,rotations");
    const Result result = run_rff(options);
    EXPECT_EQ(number(table_of(result, "errors"), 0, "rows"), 1.0);
    options.dimension = 2;
    options.studies = parse_studies("all");
    EXPECT_NO_THROW((void)run_rff(options));
}

TEST(RffInputs, SameNumbersForAnyNumberOfThreads) {
    RffOptions options;
    options.dimension = 16;
    options.length = 100;
    options.counts = {20, 300};
    options.seeds = 2;
    options.studies = parse_studies("all");
    const Result one = run_rff(options, 1);
    for (const unsigned threads : {2U, 3U}) {
        const Result other = run_rff(options, threads);
        ASSERT_EQ(other.tables.size(), one.tables.size());
        for (std::size_t t = 0; t < one.tables.size(); ++t)
            for (std::size_t row = 0; row < one.tables[t].rows(); ++row)
                for (std::size_t column = 0; column < one.tables[t].columns().size(); ++column)
                    ASSERT_EQ(other.tables[t].at(row, column), one.tables[t].at(row, column))
                        << one.tables[t].name() << " " << row << " " << column;
    }
}

}  // namespace
}  // namespace rotoscope
