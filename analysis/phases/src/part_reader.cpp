#include "part_fields.hpp"
#include "part_file.hpp"
#include "part_job.hpp"
#include "part_seal.hpp"

#include <fmt/format.h>

#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/core/version.hpp"

namespace rotoscope {
namespace {

// Offsets in a table of JSON have 32 bits; the job alone is kept in it, 36 bytes for each entry.
constexpr JsonLimits limits{.bytes = std::numeric_limits<std::uint32_t>::max(), .entries = std::size_t{1} << 22};
constexpr std::uint64_t exact_integers = std::uint64_t{1} << 53;

/// The numbers of one member's rows, all of one width, as they come.
class RowNumbers {
public:
    explicit RowNumbers(std::string_view key) : key_(key) {}

    void add(std::size_t row, const JsonEntry& cell) {
        const std::optional<double> number = parse_double(cell);
        if (!number) refuse_field(fmt::format("/{}/{}", key_, row), "a row of numbers");
        if (row != rows_ - 1) begin(row);
        numbers_.push_back(*number);
        ++cells_;
    }
    /// Throws unless there are so many rows of so many numbers.
    void expect(std::size_t rows, std::size_t width) const {
        if (rows_ == rows && (rows == 0 || (cells_ == width && (rows == 1 || width_ == width)))) return;
        throw input_error(fmt::format("{} rows of {}, of {} numbers; expected {} of {}", format_count(rows_),
                                      quote(key_), width_, format_count(rows), width));
    }
    /// The next number; expect() has made sure that there is one.
    double take() {
        const double number = numbers_.front();
        numbers_.pop_front();
        return number;
    }

private:
    void begin(std::size_t row) {
        if (rows_ > 0 && width_ == 0) width_ = cells_;
        if (row != rows_ || cells_ != width_)
            refuse_field(fmt::format("/{}/{}", key_, row), "preceded by rows of equally many numbers");
        ++rows_;
        cells_ = 0;
    }

    std::string key_;
    std::deque<double> numbers_;  // growing moves none of them
    std::size_t rows_ = 0;
    std::size_t width_ = 0;  ///< of all rows before the last
    std::size_t cells_ = 0;  ///< of the last row so far
};

/// Whatever was changed or cut off since the part was written shows here.
void check_seal(const InputFile& file) {
    const std::uint64_t length = part_seal(std::string(64, '0')).size();
    const std::uint64_t before = file.size() - std::min(file.size(), length);
    std::string found(static_cast<std::size_t>(file.size() - before), '\0');
    file.read_at(before, std::as_writable_bytes(std::span(found)));
    const std::string expected = part_seal(sha256_of(file, 0, before));
    if (found == expected) return;
    const bool sealed = found.starts_with(expected.substr(0, expected.find(':')));
    throw input_error(sealed ? "is damaged: its content is not what its sha256 says"
                             : "is not a whole part: expected it to end with its sha256, as phases --shard writes it");
}

HeadSums take_head(RowNumbers& numbers, std::size_t pairs) {
    HeadSums head;
    head.pairs.resize(pairs);
    for (PairSums& pair : head.pairs) {
        pair.query_energy = numbers.take();
        pair.key_energy = numbers.take();
        const double real = numbers.take();
        pair.coupling = {real, numbers.take()};
    }
    head.unrotated = numbers.take();
    return head;
}

/// Counts of `weights` weights.
WeightHistogram take_histogram(RowNumbers& numbers, double limit, std::uint64_t weights) {
    WeightHistogram histogram(limit);
    std::optional<std::uint64_t> total = 0;
    const auto take = [&] {
        const double count = numbers.take();
        if (!(count >= 0.0 && count <= static_cast<double>(exact_integers) && count == std::floor(count)))
            refuse_field("/counts", "made of whole numbers up to 2^53");
        if (total) total = checked_add(*total, static_cast<std::uint64_t>(count));
        return static_cast<std::uint64_t>(count);
    };
    for (std::uint64_t& count : histogram.counts()) count = take();
    histogram.set_not_a_number(take());
    if (total != weights) refuse_field("/counts", fmt::format("of {} weights a row", format_count(weights)));
    return histogram;
}

void take_sums(RopePart& part, RowNumbers& sums, RowNumbers& counts) {
    const RopeJob& job = part.job;
    const auto groups = std::span(job.groups).subspan(part.groups.begin, part.groups.size());
    const std::size_t heads =
        std::accumulate(groups.begin(), groups.end(), std::size_t{0},
                        [](auto sum, const HeadGroup& group) { return sum + group.heads.size(); });
    sums.expect(heads, 4 * job.rope.pairs() + 1);
    counts.expect(job.histogram_limit ? 2 * groups.size() : 0, WeightHistogram::bins + 3);
    const std::uint64_t weights = job.rope.head_dim * job.model.model_dim;  // of a head
    for (const HeadGroup& group : groups) {
        GroupSums& taken = part.sums.emplace_back();
        for (std::size_t h = 0; h < group.heads.size(); ++h) taken.heads.push_back(take_head(sums, job.rope.pairs()));
        if (!job.histogram_limit) continue;
        taken.query_histogram = take_histogram(counts, *job.histogram_limit, group.heads.size() * weights);
        taken.key_histogram = take_histogram(counts, *job.histogram_limit, weights);
    }
}

void check_writer(const PartFields& fields) {
    if (const std::string schema = fields.text("/schema"); schema != part_schema)
        throw input_error(fmt::format("is of the schema {}; expected {}", quote(schema), part_schema));
    if (const std::string writer = fields.text("/version"); writer != version())
        throw input_error(
            fmt::format("was written by rotoscope {}; this is {}, and parts are merged by the version "
                        "that wrote them",
                        quote(writer), version()));
}

RopePart parse_part(const InputFile& file) {
    RowNumbers sums("sums");
    RowNumbers counts("counts");
    const JsonRows rows[] = {{"sums", [&](std::size_t row, const JsonEntry& cell) { sums.add(row, cell); }},
                             {"counts", [&](std::size_t row, const JsonEntry& cell) { counts.add(row, cell); }}};
    const JsonTable table = read_json(file, limits, rows);
    const PartFields fields(table);
    check_writer(fields);
    RopePart part;
    part.shard.count = fields.whole("/of", 1, Shard::most);
    part.shard.index = fields.whole("/shard", 0, part.shard.count - 1);
    part.fingerprint = fields.text("/fingerprint");
    read_job(table, part.provenance, part.job);
    if (sha256_of(job_text(part.provenance, part.job)) != part.fingerprint)
        refuse_field("/fingerprint", "that of the job");
    part.groups.end = fields.whole("/groups/1", 0, part.job.groups.size());
    part.groups.begin = fields.whole("/groups/0", 0, part.groups.end);
    for (const char* member : {"/sums", "/counts"}) static_cast<void>(fields.size(member));
    take_sums(part, sums, counts);
    return part;
}

}  // namespace

RopePart read_part(const std::filesystem::path& path) {
    const InputFile file(path);
    try {
        check_seal(file);
        return parse_part(file);
    } catch (Error& error) {
        throw error.in_file(path.string());
    }
}

}  // namespace rotoscope
