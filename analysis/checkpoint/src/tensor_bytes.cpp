// The stored bytes of tensors: views gathered, big-endian turned.
#include "checkpoint_file.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

/// One axis of a box of elements: how many, how far apart in the storage, how far apart in the output.
struct CheckpointFile::Piece {
    std::uint64_t size;
    std::uint64_t stride;
    std::uint64_t step;
};

namespace {

constexpr std::uint64_t most_span = 1 << 20;     // bytes read at once
constexpr std::uint64_t cheap_span = 1 << 14;    // read although few of them are wanted
constexpr std::uint64_t least_mapped = 1 << 16;  // bytes; to map and unmap takes as long as to copy so many
constexpr std::uint64_t most_unwanted = 16;      // bytes read for one wanted, beyond that

void swap_each(std::span<std::byte> bytes, std::size_t size) {
    for (std::size_t i = 0; i + size <= bytes.size(); i += size)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                     bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
}

template <std::size_t size>
void copy_run(const std::byte* from, std::uint64_t stride, std::byte* to, std::uint64_t step, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) std::memcpy(to + i * step * size, from + i * stride * size, size);
}

void copy_run(std::size_t size, const std::byte* from, std::uint64_t stride, std::byte* to, std::uint64_t step,
              std::uint64_t count) {
    switch (size) {
        case 1:
            return copy_run<1>(from, stride, to, step, count);
        case 2:
            return copy_run<2>(from, stride, to, step, count);
        case 4:
            return copy_run<4>(from, stride, to, step, count);
        default:
            return copy_run<8>(from, stride, to, step, count);
    }
}

/// Counts through the positions of a box, the last axis fastest; `at` is added up along with it.
template <class Axis>
class Odometer {
public:
    explicit Odometer(std::span<const Axis> axes) : axes_(axes), index_(axes.size(), 0) {}
    [[nodiscard]] std::uint64_t storage() const { return storage_; }
    [[nodiscard]] std::uint64_t output() const { return output_; }
    /// To the next position; false after the last.
    bool advance() {
        for (std::size_t k = axes_.size(); k-- > 0;) {
            storage_ += axes_[k].stride;
            output_ += axes_[k].step;
            if (++index_[k] < axes_[k].size) return true;
            storage_ -= axes_[k].stride * axes_[k].size;
            output_ -= axes_[k].step * axes_[k].size;
            index_[k] = 0;
        }
        return false;
    }

private:
    std::span<const Axis> axes_;
    std::vector<std::uint64_t> index_;
    std::uint64_t storage_ = 0;
    std::uint64_t output_ = 0;
};

}  // namespace

TensorLayout CheckpointFile::layout(const TensorInfo& tensor) const {
    if (tensor.layout != TensorInfo::plain) return contents_.layouts.at(tensor.layout);
    TensorLayout plain;
    plain.begin = tensor.offset;
    return plain;
}

void CheckpointFile::read_bytes(const TensorLayout& layout, std::uint64_t offset, std::span<std::byte> out) const {
    if (layout.member == TensorLayout::whole_file) file_.read_at(layout.begin + offset, out);
    else archive_->read_at(layout.member, layout.begin + offset, out);
}

/// Axes sorted by falling stride: the last ones, whose range of the storage is worth reading at once, are gathered in
/// memory, with a part of the axis before them; the others are counted through.
void CheckpointFile::gather_box(const TensorLayout& layout, std::size_t size, std::uint64_t base,
                                std::vector<Piece> axes, std::byte* out) const {
    const std::uint64_t most = most_span / size;
    std::uint64_t span = 1;  // elements of the storage that the inner axes reach over
    std::uint64_t wanted = 1;
    const auto worth = [&](std::uint64_t range, std::uint64_t count) {
        return range <= cheap_span / size || range / count <= most_unwanted;
    };
    axes.insert(axes.begin(), Piece{1, 0, 0});  // something to cut, whatever the rank
    std::size_t cut = axes.size() - 1;          // the axis that is read in parts
    std::uint64_t part = 1;                     // positions of it at once
    for (;; --cut) {
        const Piece& axis = axes[cut];
        const std::uint64_t fitting = axis.stride == 0 ? axis.size : (most - span) / axis.stride + 1;
        part = std::min(axis.size, fitting);
        if (!worth(span + (part - 1) * axis.stride, wanted * part)) part = 1;
        if (part < axis.size || cut == 0) break;
        span += (part - 1) * axis.stride;
        wanted *= part;
    }
    const Piece parts = axes[cut];
    std::vector<Piece> inner(axes.begin() + static_cast<std::ptrdiff_t>(cut), axes.end());
    std::vector<std::byte> window(static_cast<std::size_t>((span + (part - 1) * parts.stride) * size));
    Odometer<Piece> outer({axes.data(), cut});
    do {
        for (std::uint64_t begin = 0; begin < parts.size; begin += part) {
            inner.front().size = std::min(part, parts.size - begin);
            const std::uint64_t range = span + (inner.front().size - 1) * parts.stride;
            read_bytes(layout, (base + outer.storage() + begin * parts.stride) * size,
                       std::span(window).first(static_cast<std::size_t>(range * size)));
            std::byte* const to = out + (outer.output() + begin * parts.step) * size;
            const Piece& run = inner.back();
            Odometer<Piece> each({inner.data(), inner.size() - 1});
            do {
                copy_run(size, window.data() + each.storage() * size, run.stride, to + each.output() * size, run.step,
                         run.size);
            } while (each.advance());
        }
    } while (outer.advance());
}

void CheckpointFile::gather(const TensorInfo& tensor, const TensorLayout& layout, std::uint64_t first,
                            std::span<std::byte> out) const {
    const std::size_t size = dtype_size(*tensor.dtype);
    const std::size_t rank = tensor.shape.size();
    const std::vector<std::uint64_t> rows = dense_strides(tensor.shape, false);
    const std::uint64_t end = first + out.size() / size;
    // The range of row-major positions as boxes: a part of one axis with everything of the axes behind it.
    for (std::uint64_t position = first; position < end;) {
        std::size_t axis = 0;
        while (axis + 1 < rank && (position % rows[axis] != 0 || end - position < rows[axis])) ++axis;
        const std::uint64_t index = position / rows[axis] % tensor.shape[axis];
        const std::uint64_t count = std::min(tensor.shape[axis] - index, (end - position) / rows[axis]);
        std::uint64_t base = 0;
        for (std::size_t k = 0; k < rank; ++k) base += position / rows[k] % tensor.shape[k] * layout.strides[k];
        std::vector<Piece> axes;
        for (std::size_t k = axis; k < rank; ++k) {
            const std::uint64_t extent = k == axis ? count : tensor.shape[k];
            if (extent > 1) axes.push_back({extent, layout.strides[k], rows[k]});
        }
        std::sort(axes.begin(), axes.end(), [](const Piece& a, const Piece& b) { return a.stride > b.stride; });
        gather_box(layout, size, base, std::move(axes), out.data() + (position - first) * size);
        position += count * rows[axis];
    }
}

void CheckpointFile::read_packed(const TensorInfo& tensor, std::uint64_t first, std::span<std::byte> out,
                                 bool any_order) const {
    if (out.empty()) return;
    const std::size_t size = dtype_size(*tensor.dtype);
    if (tensor.layout == TensorInfo::plain) return file_.read_at(tensor.offset + first * size, out);
    const TensorLayout& layout = contents_.layouts.at(tensor.layout);
    const bool in_order = layout.strides.empty() || (any_order && is_dense(tensor.shape, layout.strides));
    if (in_order) read_bytes(layout, first * size, out);
    else gather(tensor, layout, first, out);
    if (layout.swapped) swap_each(out, size);
}

std::unique_ptr<FileMapping> CheckpointFile::map_packed(const TensorInfo& tensor, std::uint64_t first,
                                                        std::uint64_t count) const {
    const TensorLayout plain = layout(tensor);
    if (plain.member != TensorLayout::whole_file || !plain.strides.empty() || plain.swapped || plain.blocks != nullptr)
        return nullptr;
    const std::size_t size = dtype_size(*tensor.dtype);
    if (count * size < least_mapped) return nullptr;
    return FileMapping::map(file_, plain.begin + first * size, count * size);
}

void CheckpointFile::read_blocks(const TensorInfo& tensor, std::uint64_t first_block, std::span<std::byte> out) const {
    const TensorLayout& layout = contents_.layouts.at(tensor.layout);
    const std::size_t size = layout.blocks->bytes;
    read_bytes(layout, first_block * size, out);
    if (!layout.swapped) return;
    for (std::size_t i = 0; i + size <= out.size(); i += size) layout.blocks->swap(out.data() + i);
}

}  // namespace rotoscope
