// What `phases` of models with fixed RoPE counts, refuses and draws.
#include "rope_models.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "rotoscope/core/error.hpp"

namespace rotoscope::rope_tests {
namespace {

TEST(RopeOptions, HistogramsCountEveryWeight) {
    Tensors tensors;
    add_llama_layer(tensors, columns);
    tensors.values[0][5] = std::nan("");
    tensors.values[1][7] = INFINITY;
    PhasesOptions options;
    options.checkpoint = tensors.write(fmt::format(R"({{{}, "hidden_size": {}}})", small_llama, columns));
    options.histogram = 2.0;
    const Result result = run(options);
    const Table& histograms = table(result, "histograms");
    const std::vector<double> low = histograms.numbers("low"), high = histograms.numbers("high"),
                              count = histograms.numbers("count");
    ASSERT_EQ(low.size(), 2U * 259U);
    for (std::size_t which = 0; which < 2; ++which) {
        for (std::size_t row = 259 * which; row < 259 * (which + 1); ++row) {
            std::size_t expected = 0;
            for (const double x : tensors.values[which]) {
                const bool last = row == 259 * which + 258;  // not a number
                expected += last ? std::isnan(x)
                                 : !std::isnan(x) && !(x < low[row]) && !(x >= high[row]);  // a missing edge is NaN
            }
            EXPECT_EQ(count[row], static_cast<double>(expected)) << row;
        }
    }
    EXPECT_FALSE(result.notes.empty());
}

TEST(RopeOptions, ThreadsChangeNothing) {
    Tensors tensors;
    add_llama_layer(tensors, columns);
    PhasesOptions options;
    options.checkpoint = tensors.write(fmt::format(R"({{{}, "hidden_size": {}}})", small_llama, columns));
    options.histogram = 1.0;
    const std::vector<Cell> one = cells(run(options, 1));
    EXPECT_GT(one.size(), 500U);
    for (const unsigned threads : {2U, 3U, 8U}) EXPECT_EQ(cells(run(options, threads)), one) << threads;
    // Neither does what else is asked for.
    options.heads = {1};
    const Result alone = run(options, 2);
    EXPECT_EQ(table(alone, "frequencies").numbers("coupling")[0],
              table(run(options.checkpoint), "frequencies").numbers("coupling")[2]);
}

TEST(RopeOptions, RefusesWhatItDoesNotKnow) {
    Tensors tensors;
    add_llama_layer(tensors, 8);
    const auto failure = [&](const std::string& config, const std::function<void(PhasesOptions&)>& change = {}) {
        PhasesOptions options;
        options.checkpoint = tensors.write(fmt::format("{{{}, {}}}", small_llama, config));
        if (change) change(options);
        try {
            static_cast<void>(run(options));
        } catch (const Error& error) {
            return std::pair(error.code(), std::string(error.what()));
        }
        return std::pair(ExitCode::done, std::string());
    };
    using testing::HasSubstr;
    const std::string width = R"("hidden_size": 8)";
    EXPECT_EQ(failure(width).first, ExitCode::done);
    EXPECT_EQ(failure(width + R"(, "rope_scaling": null)").first, ExitCode::done);
    EXPECT_EQ(failure(width + R"(, "rope_scaling": {"rope_type": "default"})").first, ExitCode::done);
    EXPECT_EQ(failure(width + R"(, "rope_scaling": {"rope_type": "longrope", "type": "su", "short_factor": [1, 1],
                               "long_factor": [1, 1], "original_max_position_embeddings": 40})")
                  .first,
              ExitCode::done);
    const struct {
        const char* config;
        const char* message;
    } refused[] = {
        {R"("rope_scaling": {"type": "mrope", "mrope_section": [1, 1]})", "'mrope' is not known"},
        {R"("rope_scaling": {"factor": 2.0})", "names no rope_type"},
        {R"("rope_scaling": {"rope_type": "linear"})", "factor"},
        {R"("rope_scaling": {"rope_type": "linear", "factor": "2"})", "is not a number"},
        {R"("rope_scaling": {"rope_type": "llama3", "factor": 8.0})", "original_max_position_embeddings"},
        {R"("rope_scaling": {"rope_type": "longrope", "short_factor": [1], "long_factor": [1]})", "short_factor has 1"},
        {R"("rope_parameters": {"rope_type": "default"}, "rope_scaling": {"rope_type": "wavy"})",
         "'wavy' is not known"},
        {R"("rope_parameters": {"rope_type": "default"}, "rope_scaling": {"type": "linear", "factor": 2.0})",
         "'rope_parameters/rope_type' is 'default', and 'rope_scaling/type' is 'linear'; expected one kind"},
        {R"("rope_parameters": {"rope_type": "default", "rope_theta": 500000.0})",
         "'rope_parameters/rope_theta' is 5e+05, and 'rope_theta' is 100; expected one value"},
        {R"("partial_rotary_factor": 0.1)", "head dimensions are rotated"},
    };
    for (const auto& each : refused) {
        const auto [code, message] = failure(width + ", " + each.config);
        EXPECT_EQ(code, ExitCode::input) << each.config;
        EXPECT_THAT(message, HasSubstr(each.message));
    }
    EXPECT_THAT(failure(R"("hidden_size": 9)").second, HasSubstr("expected [8, 9]"));
    const auto usage = [&](const std::function<void(PhasesOptions&)>& change, const char* option) {
        const auto [code, message] = failure(width, change);
        EXPECT_EQ(code, ExitCode::usage) << option;
        EXPECT_THAT(message, HasSubstr(option));
    };
    usage([](PhasesOptions& o) { o.context = 0; }, "--context");
    usage([](PhasesOptions& o) { o.histogram = -1.0; }, "--histogram");
    usage([](PhasesOptions& o) { o.tokens = "0"; }, "--tokens");
    usage([](PhasesOptions& o) { o.channels = {0}; }, "--channels");
    usage([](PhasesOptions& o) { o.layers = {4}; }, "--layers");
    PhasesOptions selective;
    selective.checkpoint = test::source_path("data/checkpoints/parity-srope");
    selective.context = 64;
    EXPECT_THROW(static_cast<void>(run(selective)), Error);
}

/// The tool itself refuses, before the weights are read; it accepts every figure that it draws.
TEST(RopeOptions, KnowsItsFiguresBeforehand) {
    Tensors tensors;
    add_llama_layer(tensors, 8);
    PhasesOptions options;
    options.checkpoint = tensors.write(fmt::format(R"({{{}, "hidden_size": 8}})", small_llama));
    ThreadPool pool(1);
    Progress progress(false);
    std::vector<std::string> names;
    for (const Figure& figure : run(options).figures) names.push_back(figure.name);
    Context context{pool, progress, {names}};
    EXPECT_EQ(analyse_phases(options, context).figures.size(), names.size());
    context.figures.names = {{"coupling"}};
    EXPECT_THROW((void)analyse_phases(options, context), Error);
}

/// Every figure says which layout and schedule it shows.
TEST(RopeOptions, FiguresNameLayoutAndSchedule) {
    Tensors tensors;
    add_llama_layer(tensors, 8);
    const Result result = run(tensors.write(
        fmt::format(R"({{{}, "hidden_size": 8, "rope_scaling": {{"type": "linear", "factor": 4.0}}}})", small_llama)));
    EXPECT_EQ(result.figures.size(), 4U);
    for (const Figure& figure : result.figures)
        EXPECT_THAT(figure.note, testing::HasSubstr("half-split pairs; RoPE base 100, linear (factor 4); context 40"));
}

}  // namespace
}  // namespace rotoscope::rope_tests
