#include "inspect_statistics.hpp"

#include "value_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// Large enough that seeking does not matter and small enough that threads share a tensor.
constexpr std::uint64_t chunk_elements = 1 << 22;
constexpr std::size_t terminal_rows = 40;
constexpr std::size_t most_named = 3;

/// A part of a tensor.
struct Job {
    std::size_t tensor;
    std::uint64_t begin;
    std::uint64_t end;
};

/// Whether float holds every value of the type: then half the bytes go through the cache.
bool fits_float(DType dtype) {
    switch (dtype) {
        case DType::f64:
        case DType::i64:
        case DType::u64:
        case DType::i32:
        case DType::u32:
            return false;
        default:
            return true;
    }
}

template <class Scalar>
ValueStatistics measure(const Checkpoint& checkpoint, const TensorInfo& tensor, std::uint64_t begin,
                        std::uint64_t end) {
    ValueStatistics statistics;
    checkpoint.visit_any_order<Scalar>(tensor, begin, end - begin, [&](std::span<const Scalar> piece) {
        merge(statistics, measure_values<Scalar>(piece));
    });
    return statistics;
}

std::vector<Job> cut_into_jobs(const std::vector<const TensorInfo*>& tensors) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (!tensors[i]->dtype) continue;
        for (std::uint64_t begin = 0; begin < tensors[i]->elements; begin += chunk_elements)
            jobs.push_back({i, begin, std::min(begin + chunk_elements, tensors[i]->elements)});
    }
    return jobs;
}

std::vector<ValueStatistics> measure_all(const Checkpoint& checkpoint, const std::vector<const TensorInfo*>& tensors,
                                         Context& context) {
    const std::vector<Job> jobs = cut_into_jobs(tensors);
    std::vector<ValueStatistics> parts(jobs.size());
    context.pool.for_chunks(jobs.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
            const TensorInfo& tensor = *tensors[jobs[k].tensor];
            parts[k] = fits_float(*tensor.dtype) ? measure<float>(checkpoint, tensor, jobs[k].begin, jobs[k].end)
                                                 : measure<double>(checkpoint, tensor, jobs[k].begin, jobs[k].end);
        }
    });
    std::vector<ValueStatistics> statistics(tensors.size());
    for (std::size_t k = 0; k < jobs.size(); ++k) merge(statistics[jobs[k].tensor], parts[k]);
    return statistics;
}

Cell finite_cell(double value, const ValueStatistics& of) {
    if (of.finite == 0) return std::monostate();
    return value;
}

Cell deviation_cell(const ValueStatistics& of) {
    if (of.finite < 2) return std::monostate();
    return of.standard_deviation();
}

/// To three digits, so that names have room beside.
Cell shown_cell(const Cell& exact) {
    constexpr int digits = 3;
    const double* const value = std::get_if<double>(&exact);
    return value == nullptr ? exact : Cell(std::stod(format_significant(*value, digits)));
}

/// "2 NaN, 1 infinite", or "" for finite values.
std::string flag(const ValueStatistics& of) {
    std::string text;
    if (of.nans > 0) text = fmt::format("{} NaN", format_count(of.nans));
    if (of.infinities > 0) text += fmt::format("{}{} infinite", text.empty() ? "" : ", ", format_count(of.infinities));
    return text;
}

Table full_table(const std::vector<const TensorInfo*>& tensors, const std::vector<ValueStatistics>& statistics) {
    Table table("statistics", "Values of the tensors.",
                {{"name", "", "name of the tensor"},
                 {"count", "", "values"},
                 {"minimum", "", "smallest finite value"},
                 {"maximum", "", "largest finite value"},
                 {"mean", "", "mean of the finite values"},
                 {"deviation", "", "standard deviation of the n finite values, with n - 1"},
                 {"zeros", "", "values that are 0 or -0"},
                 {"nans", "", "values that are NaN"},
                 {"infinities", "", "values that are infinite"}});
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const ValueStatistics& of = statistics[i];
        if (!tensors[i]->dtype) {
            std::vector<Cell> row(table.columns().size());
            row[0] = tensors[i]->name;
            table.add_row(std::move(row));
            continue;
        }
        table.add_row({tensors[i]->name, integer_cell(of.count), finite_cell(of.minimum, of),
                       finite_cell(of.maximum, of), finite_cell(of.mean, of), deviation_cell(of),
                       integer_cell(of.zeros), integer_cell(of.nans), integer_cell(of.infinities)});
    }
    return table;
}

Table terminal_table(const std::vector<const TensorInfo*>& tensors, const std::vector<ValueStatistics>& statistics) {
    Table table("statistics", "of the finite values; flag: what is not finite",
                {{"name", "", ""},
                 {"minimum", "", ""},
                 {"maximum", "", ""},
                 {"mean", "", ""},
                 {"std", "", ""},
                 {"zeros", "", ""},
                 {"flag", "", ""}});
    const auto add = [&](const std::string& name, const ValueStatistics& of, const std::string& flagged) {
        table.add_row({name, shown_cell(finite_cell(of.minimum, of)), shown_cell(finite_cell(of.maximum, of)),
                       shown_cell(finite_cell(of.mean, of)), shown_cell(deviation_cell(of)), integer_cell(of.zeros),
                       flagged});
    };
    // What is flagged is always among the rows that are shown.
    const std::size_t flagged = static_cast<std::size_t>(
        std::count_if(statistics.begin(), statistics.end(), [](const auto& of) { return !flag(of).empty(); }));
    std::size_t plain_rows = terminal_rows - std::min(terminal_rows, flagged);
    ValueStatistics all;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        merge(all, statistics[i]);
        const std::string text = tensors[i]->dtype ? flag(statistics[i]) : "not read";
        if (table.rows() == terminal_rows || (flag(statistics[i]).empty() && plain_rows == 0)) continue;
        if (flag(statistics[i]).empty()) --plain_rows;
        add(tensors[i]->name, statistics[i], text);
    }
    add(fmt::format("(all {})", format_count(tensors.size())), all, flag(all).empty() ? "none" : flag(all));
    return table;
}

void note_non_finite(const std::vector<const TensorInfo*>& tensors, const std::vector<ValueStatistics>& statistics,
                     std::vector<std::string>& notes) {
    ValueStatistics all;
    std::size_t flagged = 0;
    std::string names;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        merge(all, statistics[i]);
        if (flag(statistics[i]).empty()) continue;
        if (flagged++ < most_named) names += fmt::format("{} {}", names.empty() ? "" : ",", quote(tensors[i]->name));
    }
    if (flagged > 0)
        notes.push_back(fmt::format("not finite: {} values in {} tensor{}:{}{}", flag(all), format_count(flagged),
                                    flagged == 1 ? "" : "s", names, flagged > most_named ? ", ..." : ""));
}

}  // namespace

void append_statistics(const Checkpoint& checkpoint, const std::vector<const TensorInfo*>& tensors, Context& context,
                       Result& result) {
    context.progress.begin("reading values", 0);
    const std::vector<ValueStatistics> statistics = measure_all(checkpoint, tensors, context);
    checkpoint.check_content();
    context.progress.end();
    const auto unread = static_cast<std::size_t>(
        std::count_if(tensors.begin(), tensors.end(), [](const TensorInfo* tensor) { return !tensor->dtype; }));
    if (unread > 0)
        result.notes.push_back(fmt::format("{} tensor{} of a type that is not known: values not read",
                                           format_count(unread), unread == 1 ? "" : "s"));
    note_non_finite(tensors, statistics, result.notes);
    result.terminal.push_back(terminal_table(tensors, statistics));
    result.tables.push_back(full_table(tensors, statistics));
}

}  // namespace rotoscope
