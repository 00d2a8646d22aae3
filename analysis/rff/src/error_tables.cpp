#include "error_tables.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

const Column features_column{"features", "", "kind of features and, unless independent, of their draws"};
const Column count_column{"frequencies", "", "D, the number of random frequencies"};

/// Missing where there is no interval, as for one seed.
Cell finite_cell(double value) { return std::isinf(value) ? Cell() : Cell(value); }

void append_band(std::vector<Cell>& row, SeedErrors errors, double AttentionErrors::* member) {
    const ConfidenceBand band = band_of(errors, member);
    row.insert(row.end(), {band.mean, errors.size() == 1 ? Cell() : finite_cell(band.low),
                           errors.size() == 1 ? Cell() : finite_cell(band.high)});
}

void append_bands(std::vector<Cell>& row, SeedErrors errors) {
    append_band(row, errors, &AttentionErrors::output);
    append_band(row, errors, &AttentionErrors::weights_frobenius);
    append_band(row, errors, &AttentionErrors::total_variation);
    append_band(row, errors, &AttentionErrors::normaliser);
    row.emplace_back(band_of(errors, &AttentionErrors::weights_largest).mean);
    row.push_back(integer_cell(unreliable_rows(errors)));
}

std::vector<Column> band_columns() {
    const auto interval = [](const std::string& name, const std::string& end) {
        return Column{
            fmt::format("{}_{}", name, end), "",
            fmt::format("{} end of the 95 % confidence interval of that mean, from Student's t over the seeds",
                        end == "low" ? "lower" : "upper")};
    };
    std::vector<Column> columns;
    for (const auto& [name, description] :
         {std::pair<std::string, std::string>{"output_error", "||O' - O||/||O||, Frobenius norms, mean over the seeds"},
          {"weights_error", "||W' - W||/||W|| of the attention matrix, Frobenius norms, mean over the seeds"},
          {"total_variation", "mean over rows and seeds of half the sum of |W' - W|"},
          {"normaliser_error", "root mean square over rows of Z'/Z - 1, mean over the seeds"}}) {
        columns.push_back({name, "", description});
        columns.push_back(interval(name, "low"));
        columns.push_back(interval(name, "high"));
    }
    columns.push_back({"weights_largest", "", "largest |W' - W|, mean over the seeds"});
    columns.push_back({"unreliable_rows", "",
                       "rows of all seeds with Z'/Z below 0.1, negative or not finite; they are in every error"});
    return columns;
}

std::vector<Column> joined(std::vector<Column> first, const std::vector<Column>& rest) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
}

Cell number_of_frequencies(const ErrorResults& results, std::size_t count) {
    return integer_cell(results.counts[count]);
}

/// Calls visit(series, count) for all.
template <class Visit>
void for_each(const RffOptions& options, const ErrorResults& results, const Visit& visit) {
    for (std::size_t series = 0; series < options.features.size(); ++series)
        for (std::size_t count = 0; count < results.counts.size(); ++count) visit(series, count);
}

std::string seeds_phrase(const ErrorResults& results) {
    return results.seeds == 1 ? "one seed" : fmt::format("mean over {} seeds", results.seeds);
}

}  // namespace

Table error_table(const RffOptions& options, const ErrorResults& results) {
    Table table("errors", "Attention estimated with random features (primed) against softmax attention.",
                joined({features_column, count_column, {"real_features", "", "features of a vector: D or 2 D"}},
                       joined(band_columns(),
                              {{"rows", "", "rows of all seeds"},
                               {"output_predicted", "",
                                "root mean square output error to first order in 1/D, in closed form, of the first "
                                "seed's inputs; missing where the draws are dependent or sigma is not 1"},
                               {"weights_predicted", "", "the same of the attention matrix"}})));
    for_each(options, results, [&](std::size_t series, std::size_t count) {
        const FeatureSeries& features = options.features[series];
        std::vector<Cell> row{feature_name(features), number_of_frequencies(results, count),
                              integer_cell(results.counts[count] * features_per_draw(features.kind))};
        append_bands(row, results.study.at(series, count));
        row.push_back(integer_cell(results.tokens * results.seeds));
        const double root = std::sqrt(static_cast<double>(results.counts[count]));
        const std::optional<FirstOrderErrors>& predicted = results.predicted[series];
        row.push_back(predicted ? Cell(predicted->output / root) : Cell());
        row.push_back(predicted ? Cell(predicted->weights_frobenius / root) : Cell());
        table.add_row(std::move(row));
    });
    return table;
}

Table seed_table(const RffOptions& options, const ErrorResults& results) {
    Table table("seeds", "The errors of each seed, of which the table errors has the means.",
                {features_column,
                 count_column,
                 {"seed", "", "seed of inputs and frequencies"},
                 {"output_error", "", "||O' - O||/||O||"},
                 {"weights_error", "", "||W' - W||/||W||"},
                 {"total_variation", "", "mean over rows of half the sum of |W' - W|"},
                 {"normaliser_error", "", "root mean square over rows of Z'/Z - 1"},
                 {"weights_largest", "", "largest |W' - W|"},
                 {"unreliable_rows", "", "rows with Z'/Z below 0.1, negative or not finite"}});
    for_each(options, results, [&](std::size_t series, std::size_t count) {
        std::uint64_t seed = options.seed;
        for (const AttentionErrors& errors : results.study.at(series, count))
            table.add_row({feature_name(options.features[series]), number_of_frequencies(results, count),
                           integer_cell(seed++), errors.output, errors.weights_frobenius, errors.total_variation,
                           errors.normaliser, errors.weights_largest, integer_cell(errors.unreliable_rows)});
    });
    return table;
}

Table slope_table(const RffOptions& options, const ErrorResults& results) {
    Table table("slopes", "Slopes of log error against log D, fitted to each seed by least squares.",
                {features_column,
                 {"output_slope", "", "of the output error, mean over the seeds; -0.5 for averages of D terms"},
                 {"output_slope_low", "", "lower end of the 95 % confidence interval of that mean"},
                 {"output_slope_high", "", "upper end"},
                 {"weights_slope", "", "of the attention matrix's relative Frobenius error"},
                 {"weights_slope_low", "", "lower end of the 95 % confidence interval"},
                 {"weights_slope_high", "", "upper end"}});
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        std::vector<Cell> row{feature_name(options.features[series])};
        for (const auto member : {&AttentionErrors::output, &AttentionErrors::weights_frobenius}) {
            const std::optional<ConfidenceBand> slope = fit_slope(results, series, member);
            if (slope) row.insert(row.end(), {slope->mean, finite_cell(slope->low), finite_cell(slope->high)});
            else row.resize(row.size() + 3);
        }
        table.add_row(std::move(row));
    }
    return table;
}

Table norm_table(const RffOptions& options, const std::vector<ErrorResults>& results) {
    Table table("norms", "The same inputs made shorter and longer: where the estimates break.",
                joined({features_column, {"squared_norm", "", "mean of ||q||^2 and ||k||^2"}, count_column},
                       joined(band_columns(), {{"rows", "", "rows of all seeds"}})));
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        for (const ErrorResults& at_norm : results) {
            std::vector<Cell> row{feature_name(options.features[series]), at_norm.squared_norm,
                                  number_of_frequencies(at_norm, 0)};
            append_bands(row, at_norm.study.at(series, 0));
            row.push_back(integer_cell(at_norm.tokens * at_norm.seeds));
            table.add_row(std::move(row));
        }
    }
    return table;
}

Table terminal_error_table(const RffOptions& options, const ErrorResults& results) {
    std::vector<Column> columns{{"features", "", ""}};
    const bool fitted = results.counts.size() > 1;
    if (fitted) columns.push_back({"slope", "", ""});
    for (const Index count : results.counts) columns.push_back({fmt::format("D={}", count), "", ""});
    Table table(
        "errors",
        fmt::format("relative error of the output against the number D of frequencies, {}", seeds_phrase(results)),
        std::move(columns));
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        std::vector<Cell> row{feature_name(options.features[series])};
        const auto slope = fit_slope(results, series, &AttentionErrors::output);
        if (fitted) row.push_back(slope ? Cell(std::round(slope->mean * 1e3) / 1e3) : Cell());
        for (std::size_t count = 0; count < results.counts.size(); ++count)
            row.emplace_back(band_of(results.study.at(series, count), &AttentionErrors::output).mean);
        table.add_row(std::move(row));
    }
    return table;
}

Table terminal_largest_table(const RffOptions& options, const ErrorResults& results) {
    const std::size_t last = results.counts.size() - 1;
    Table table("quality",
                fmt::format("all errors at D = {}, {}", format_count(static_cast<std::uint64_t>(results.counts[last])),
                            seeds_phrase(results)),
                {{"features", "", ""},
                 {"output", "", ""},
                 {"weights", "", ""},
                 {"variation", "", ""},
                 {"normaliser", "", ""},
                 {"unreliable", "rows", ""}});
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        const SeedErrors errors = results.study.at(series, last);
        table.add_row({feature_name(options.features[series]), band_of(errors, &AttentionErrors::output).mean,
                       band_of(errors, &AttentionErrors::weights_frobenius).mean,
                       band_of(errors, &AttentionErrors::total_variation).mean,
                       band_of(errors, &AttentionErrors::normaliser).mean, integer_cell(unreliable_rows(errors))});
    }
    return table;
}

Table terminal_norm_table(const RffOptions& options, const std::vector<ErrorResults>& results) {
    std::vector<Column> columns{{"features", "", ""}};
    for (const ErrorResults& at_norm : results)
        columns.push_back({format_significant(at_norm.squared_norm, 3), "", ""});
    Table table("norms",
                fmt::format("relative error of the output against ‖q‖² and ‖k‖² (mean), D = {}, {}",
                            format_count(static_cast<std::uint64_t>(results.front().counts.front())),
                            seeds_phrase(results.front())),
                std::move(columns));
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        std::vector<Cell> row{feature_name(options.features[series])};
        for (const ErrorResults& at_norm : results)
            row.emplace_back(band_of(at_norm.study.at(series, 0), &AttentionErrors::output).mean);
        table.add_row(std::move(row));
    }
    return table;
}

}  // namespace rotoscope
