#include "rope_pass.hpp"

#include <algorithm>

namespace rotoscope {
namespace {

// Elements of the rows held at once of either of a pair's elements: 128 KiB of floats. With queries and keys, twice,
// that is half a megabyte, which stays in a core's cache while it is decoded and summed; with half as many the calls
// that read take as long as the sums.
constexpr std::size_t window_elements = std::size_t{1} << 15;

/// Consecutive pairs whose rows are held together: rows of their first elements, rows of their second.
struct PairRange {
    std::size_t first_pair = 0;  ///< rotated pairs first, then pairs of neighbours among what is not rotated
    std::size_t count = 0;
};

/// The rows of one head for a range of pairs and columns, as floats.
class RowWindow {
public:
    RowWindow(const Checkpoint& checkpoint, const HeadRows& rows) : checkpoint_(checkpoint), rows_(rows) {}

    /// Element rows first … first + count − 1 of the head into `into`, columns from `column` on, `width` of them.
    void read(std::size_t head, std::size_t first, std::size_t count, std::size_t column, std::size_t width,
              std::span<float> into) const {
        const std::uint64_t columns = rows_.weight->shape[1];
        const std::uint64_t start = rows_.row(head, first) * columns + column;
        if (width == columns) {
            checkpoint_.read<float>(*rows_.weight, start, into.first(count * width));
            return;
        }
        for (std::size_t i = 0; i < count; ++i)
            checkpoint_.read<float>(*rows_.weight, start + i * columns, into.subspan(i * width, width));
    }

private:
    const Checkpoint& checkpoint_;
    const HeadRows& rows_;
};

/// The two rows of each pair of a range, wherever the layout puts them.
class PairWindow {
public:
    PairWindow(const Checkpoint& checkpoint, const HeadRows& rows, PairLayout layout, std::size_t rotary_dim)
        : window_(checkpoint, rows), layout_(layout), pairs_(rotary_dim / 2), values_(2 * window_elements) {}

    void read(std::size_t head, const PairRange& range, std::size_t column, std::size_t width) {
        width_ = width;
        count_ = range.count;
        neighbours_ = layout_ == PairLayout::interleaved || range.first_pair >= pairs_;
        const std::size_t half = range.count * width;
        if (values_.size() < 2 * half) values_.resize(2 * half);
        const std::span<float> values(values_);
        if (neighbours_) {
            window_.read(head, 2 * range.first_pair, 2 * range.count, column, width, values);
        } else {
            window_.read(head, range.first_pair, range.count, column, width, values.first(half));
            window_.read(head, pairs_ + range.first_pair, range.count, column, width, values.subspan(half, half));
        }
    }
    [[nodiscard]] const float* first(std::size_t i) const {
        return values_.data() + (neighbours_ ? 2 * i : i) * width_;
    }
    [[nodiscard]] const float* second(std::size_t i) const {
        return values_.data() + (neighbours_ ? 2 * i + 1 : count_ + i) * width_;
    }
    [[nodiscard]] std::span<const float> all() const { return std::span(values_).first(2 * count_ * width_); }

private:
    RowWindow window_;
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
              const HeadGroup& group, std::optional<double> histogram_limit)
        : rope_(rope),
          layout_(layout),
          layer_(layer),
          group_(group),
          keys_(checkpoint, layer.key, layout, rope.rotary_dim),
          queries_(checkpoint, layer.query, layout, rope.rotary_dim),
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
        const std::size_t width = std::min(layer_.columns, window_elements);
        const std::size_t height = std::max<std::size_t>(window_elements / std::max<std::size_t>(width, 1), 1);
        const std::size_t all = rope_.head_dim / 2;
        for (std::size_t first = 0; first < all;) {
            // A range lies wholly among what is rotated or what is not.
            const std::size_t end = first < rope_.pairs() ? rope_.pairs() : all;
            const PairRange range{first, std::min(height, end - first)};
            sum_range(range, width);
            first += range.count;
        }
        return std::move(result_);
    }

private:
    /// The two elements of a pair; of what is not rotated, neighbours.
    [[nodiscard]] PairIndices elements(std::size_t pair) const {
        return pair < rope_.pairs() ? pair_indices(layout_, pair, rope_.pairs()) : PairIndices{2 * pair, 2 * pair + 1};
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

    void add_offsets(HeadOffsets& offsets, const PairWindow& rows, const PairRange& range, std::size_t column,
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
    PairWindow keys_;
    PairWindow queries_;
    HeadOffsets key_offsets_;
    std::vector<HeadOffsets> query_offsets_;
    GroupSums result_;
};

}  // namespace

GroupSums sum_group(const Checkpoint& checkpoint, const RopeModel& rope, PairLayout layout,
                    const LayerProjections& layer, const HeadGroup& group, std::optional<double> histogram_limit) {
    return GroupPass(checkpoint, rope, layout, layer, group, histogram_limit).run();
}

}  // namespace rotoscope
