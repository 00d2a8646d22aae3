#include "rope_pass.hpp"

#include <algorithm>

#include "rotoscope/checkpoint/stored_lanes.hpp"
#include "rotoscope/checkpoint/tensor_range.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

// Elements of the rows taken at once of either of a pair's elements. As floats they have 128 KiB; with queries and
// keys, twice, half a megabyte, which stays in a core's cache while it is decoded, counted and summed. With half as
// many the calls that read take as long as the sums.
constexpr std::size_t window_elements = std::size_t{1} << 15;
// Pairs of heads that are summed at once: a kibibyte of sums each.
constexpr std::size_t most_sums = 1024;

/// Consecutive pairs whose rows are taken together: rows of their first elements, rows of their second.
struct PairRange {
    std::size_t first_pair = 0;  ///< rotated pairs first, then pairs of neighbours among what is not rotated
    std::size_t count = 0;
};

/// The rows of several heads: as they are stored, where they are mapped, or one head's for a range of pairs and columns
/// at a time as floats.
class ProjectionRows {
public:
    /// Heads first_head … last_head.
    ProjectionRows(const Checkpoint& checkpoint, const HeadRows& rows, std::size_t first_head, std::size_t last_head,
                   PairLayout layout, const RopeModel& rope)
        : rows_(rows),
          columns_(static_cast<std::size_t>(rows.weight->shape[1])),
          range_(checkpoint, *rows.weight, std::uint64_t{rows.row(first_head, 0)} * columns_,
                 std::uint64_t{rows.row(last_head, 0) + rope.head_dim - rows.row(first_head, 0)} * columns_),
          layout_(layout),
          pairs_(rope.pairs()) {}

    /// The type of mapped rows that are summed as they are stored.
    [[nodiscard]] std::optional<DType> stored_type() const {
        const std::optional<DType> dtype = rows_.weight->dtype;
        return range_.mapped() && loads_as_lanes(*dtype) ? dtype : std::nullopt;
    }
    /// A head's element rows from `element` on, `count` of them.
    [[nodiscard]] const std::byte* stored(std::size_t head, std::size_t element, std::size_t count = 1) const {
        return range_.stored(std::uint64_t{rows_.row(head, element)} * columns_, std::uint64_t{count} * columns_)
            .data();
    }

    /// Counts the mapped rows of a range of pairs.
    void count(DType dtype, std::size_t head, const PairRange& range, WeightHistogram& histogram) const {
        const std::size_t half = range.count * columns_;
        if (neighbours(range)) {  // rows in one piece, of which any two halves will do
            const std::byte* const rows = stored(head, 2 * range.first_pair, 2 * range.count);
            histogram.add(dtype, rows, rows + half * dtype_size(dtype), half);
        } else {
            histogram.add(dtype, stored(head, range.first_pair, range.count),
                          stored(head, pairs_ + range.first_pair, range.count), half);
        }
    }

    void read(std::size_t head, const PairRange& range, std::size_t column, std::size_t width) {
        width_ = width;
        count_ = range.count;
        neighbours_ = neighbours(range);
        const std::size_t half = range.count * width;
        if (values_.size() < 2 * half) values_.resize(2 * half);
        const std::span<float> values(values_);
        if (neighbours_) {
            read_rows(head, 2 * range.first_pair, column, width, values.first(2 * half));
        } else {
            read_rows(head, range.first_pair, column, width, values.first(half));
            read_rows(head, pairs_ + range.first_pair, column, width, values.subspan(half, half));
        }
    }
    /// Of what was read, the rows of the two elements of pair i.
    [[nodiscard]] const float* first(std::size_t i) const {
        return values_.data() + (neighbours_ ? 2 * i : i) * width_;
    }
    [[nodiscard]] const float* second(std::size_t i) const {
        return values_.data() + (neighbours_ ? 2 * i + 1 : count_ + i) * width_;
    }
    [[nodiscard]] std::span<const float> all() const { return std::span(values_).first(2 * count_ * width_); }

    /// What was computed of the rows is nothing before this: see TensorRange.
    void check() const { range_.check(); }

private:
    /// Whether the rows of a pair's two elements follow each other.
    [[nodiscard]] bool neighbours(const PairRange& range) const {
        return layout_ == PairLayout::interleaved || range.first_pair >= pairs_;
    }

    /// Element rows of the head from `first` on, `width` columns of each, as many as `out` holds.
    void read_rows(std::size_t head, std::size_t first, std::size_t column, std::size_t width,
                   std::span<float> out) const {
        const std::uint64_t start = std::uint64_t{rows_.row(head, first)} * columns_ + column;
        if (width == columns_) return range_.read(start, out);
        for (std::size_t i = 0; i * width < out.size(); ++i)
            range_.read(start + i * columns_, out.subspan(i * width, width));
    }

    const HeadRows& rows_;
    std::size_t columns_;
    TensorRange range_;
    PairLayout layout_;
    std::size_t pairs_;
    std::vector<float> values_;
    std::size_t width_ = 0;
    std::size_t count_ = 0;
    bool neighbours_ = false;
};

/// What is added to every query or key besides the weights times the normalised input: bias + W·(norm's offset), one
/// for each element of the head.
class HeadOffsets {
public:
    HeadOffsets(const Checkpoint& checkpoint, const HeadRows& rows, const std::vector<float>& norm_offset,
                std::size_t head, std::size_t head_dim)
        : norm_offset_(norm_offset), values_(rows.bias != nullptr || !norm_offset.empty() ? head_dim : 0, 0.0) {
        if (rows.bias != nullptr) checkpoint.read<double>(*rows.bias, rows.row(head, 0), values_);
    }
    void add(std::size_t element, const float* row, std::size_t column, std::size_t width) {
        if (!norm_offset_.empty()) values_[element] += dot_product(row, norm_offset_.data() + column, width);
    }
    [[nodiscard]] double at(std::size_t element) const { return values_.empty() ? 0.0 : values_[element]; }

private:
    const std::vector<float>& norm_offset_;
    std::vector<double> values_;
};

double gain_at(const std::vector<double>& gain, std::size_t element) { return gain.empty() ? 1.0 : gain[element]; }

class GroupPass {
public:
    GroupPass(const Checkpoint& checkpoint, const RopeModel& rope, PairLayout layout, const LayerProjections& layer,
              const HeadGroup& group, ProjectionRows& keys, ProjectionRows& queries,
              std::optional<double> histogram_limit)
        : rope_(rope),
          layout_(layout),
          layer_(layer),
          group_(group),
          keys_(keys),
          queries_(queries),
          key_offsets_(checkpoint, layer.key, layer.offset, group.key_head, rope.head_dim) {
        for (const std::size_t head : group.heads)
            query_offsets_.emplace_back(checkpoint, layer.query, layer.offset, head, rope.head_dim);
        result_.heads.resize(group.heads.size());
        for (HeadSums& head : result_.heads) head.pairs.resize(rope.pairs());
        if (!histogram_limit) return;
        result_.query_histogram.emplace(*histogram_limit);
        result_.key_histogram.emplace(*histogram_limit);
    }

    GroupSums run() {
        const std::optional<DType> stored = keys_.stored_type();
        const bool as_stored = stored && stored == queries_.stored_type() && layer_.offset.empty();
        const std::size_t width = std::min(layer_.columns, window_elements);
        const std::size_t height = std::clamp<std::size_t>(window_elements / std::max<std::size_t>(width, 1), 1,
                                                           std::max<std::size_t>(most_sums / group_.heads.size(), 1));
        const std::size_t all = rope_.head_dim / 2;
        for (std::size_t first = 0; first < all;) {
            throw_if_stopped();
            // A range lies wholly among what is rotated or what is not.
            const std::size_t end = first < rope_.pairs() ? rope_.pairs() : all;
            const PairRange range{first, std::min(height, end - first)};
            if (as_stored) sum_stored(*stored, range);
            else sum_range(range, width);
            first += range.count;
        }
        return std::move(result_);
    }

private:
    /// The two elements of a pair; of what is not rotated, neighbours.
    [[nodiscard]] PairIndices elements(std::size_t pair) const {
        return pair < rope_.pairs() ? pair_indices(layout_, pair, rope_.pairs()) : PairIndices{2 * pair, 2 * pair + 1};
    }

    /// Without turning rows into floats first: what is read only once costs more to write down and read back than to
    /// sum.
    void sum_stored(DType dtype, const PairRange& range) {
        if (result_.key_histogram) {
            keys_.count(dtype, group_.key_head, range, *result_.key_histogram);
            for (const std::size_t head : group_.heads) {
                throw_if_stopped();
                queries_.count(dtype, head, range, *result_.query_histogram);
            }
        }
        const float* const gain = layer_.gain.empty() ? nullptr : layer_.gain.data();
        for (std::size_t pair = range.first_pair; pair < range.first_pair + range.count; ++pair) {
            throw_if_stopped();
            const PairIndices index = elements(pair);
            const std::byte* const k0 = keys_.stored(group_.key_head, index.first);
            const std::byte* const k1 = keys_.stored(group_.key_head, index.second);
            for (std::size_t h = 0; h < group_.heads.size(); ++h) {
                PairAccumulator sums;
                sums.add(dtype, queries_.stored(group_.heads[h], index.first),
                         queries_.stored(group_.heads[h], index.second), k0, k1, gain, layer_.columns);
                finish_pair(h, pair, sums.total());
            }
        }
    }

    void sum_range(const PairRange& range, std::size_t width) {
        std::vector<PairAccumulator> sums(range.count * group_.heads.size());
        for (std::size_t column = 0; column < layer_.columns; column += width) {
            const std::size_t count = std::min(width, layer_.columns - column);
            const float* const gain = layer_.gain.empty() ? nullptr : layer_.gain.data() + column;
            keys_.read(group_.key_head, range, column, count);
            if (result_.key_histogram) result_.key_histogram->add(keys_.all());
            add_offsets(key_offsets_, keys_, range, column, count);
            for (std::size_t h = 0; h < group_.heads.size(); ++h) {
                queries_.read(group_.heads[h], range, column, count);
                if (result_.query_histogram) result_.query_histogram->add(queries_.all());
                add_offsets(query_offsets_[h], queries_, range, column, count);
                for (std::size_t i = 0; i < range.count; ++i)
                    sums[h * range.count + i].add(queries_.first(i), queries_.second(i), keys_.first(i),
                                                  keys_.second(i), gain, count);
            }
        }
        for (std::size_t h = 0; h < group_.heads.size(); ++h)
            for (std::size_t i = 0; i < range.count; ++i)
                finish_pair(h, range.first_pair + i, sums[h * range.count + i].total());
    }

    void add_offsets(HeadOffsets& offsets, const ProjectionRows& rows, const PairRange& range, std::size_t column,
                     std::size_t width) const {
        if (layer_.offset.empty()) return;
        for (std::size_t i = 0; i < range.count; ++i) {
            const PairIndices pair = elements(range.first_pair + i);
            offsets.add(pair.first, rows.first(i), column, width);
            offsets.add(pair.second, rows.second(i), column, width);
        }
    }

    void finish_pair(std::size_t h, std::size_t pair, const PairProducts& s) {
        const PairIndices index = elements(pair);
        const double a0 = gain_at(layer_.query_gain, index.first);
        const double a1 = gain_at(layer_.query_gain, index.second);
        const double b0 = gain_at(layer_.key_gain, index.first);
        const double b1 = gain_at(layer_.key_gain, index.second);
        const std::complex<double> query_offset(a0 * query_offsets_[h].at(index.first),
                                                a1 * query_offsets_[h].at(index.second));
        const std::complex<double> key_offset(b0 * key_offsets_.at(index.first), b1 * key_offsets_.at(index.second));
        PairSums sums;
        sums.query_energy = a0 * a0 * s.q0q0 + a1 * a1 * s.q1q1;
        sums.key_energy = b0 * b0 * s.k0k0 + b1 * b1 * s.k1k1;
        sums.coupling = {a0 * b0 * s.q0k0 + a1 * b1 * s.q1k1, a1 * b0 * s.q1k0 - a0 * b1 * s.q0k1};
        sums.coupling += std::conj(key_offset) * query_offset;
        if (pair < rope_.pairs()) result_.heads[h].pairs[pair] = sums;
        else result_.heads[h].unrotated += sums.coupling.real();
    }

    const RopeModel& rope_;
    PairLayout layout_;
    const LayerProjections& layer_;
    const HeadGroup& group_;
    ProjectionRows& keys_;
    ProjectionRows& queries_;
    HeadOffsets key_offsets_;
    std::vector<HeadOffsets> query_offsets_;
    GroupSums result_;
};

}  // namespace

std::vector<GroupSums> sum_groups(const Checkpoint& checkpoint, const RopeModel& rope, PairLayout layout,
                                  const LayerProjections& layer, std::span<const HeadGroup> groups,
                                  std::optional<double> histogram_limit) {
    std::vector<GroupSums> sums;
    if (groups.empty()) return sums;
    ProjectionRows keys(checkpoint, layer.key, groups.front().key_head, groups.back().key_head, layout, rope);
    ProjectionRows queries(checkpoint, layer.query, groups.front().heads.front(), groups.back().heads.back(), layout,
                           rope);
    for (const HeadGroup& group : groups)
        sums.push_back(GroupPass(checkpoint, rope, layout, layer, group, keys, queries, histogram_limit).run());
    keys.check();
    queries.check();
    return sums;
}

}  // namespace rotoscope
