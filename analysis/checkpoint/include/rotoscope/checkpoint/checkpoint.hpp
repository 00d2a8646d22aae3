// A model's files behind one interface: what tensors there are, their values on demand, the configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/file.hpp"
#include "rotoscope/checkpoint/input_record.hpp"
#include "rotoscope/checkpoint/json_table.hpp"
#include "rotoscope/checkpoint/tensor.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

class CheckpointFile;
struct HeaderBudget;

struct OpenOptions {
    /// NumPy arrays of the type V2, two raw bytes, are bfloat16: so JAX and ml_dtypes save it. Without, such an array
    /// is listed but cannot be read.
    bool raw_pairs_are_bf16 = false;
};

/// Whether the file begins as one of the formats that Checkpoint reads does, shard indexes not among them.
[[nodiscard]] bool looks_like_checkpoint(const InputFile& file);

/// An open checkpoint. Opening reads headers only; all structural faults of all files show there, as one Error (input).
/// Const members may be called from several threads at once.
class Checkpoint {
public:
    /// Opens a file of weights, an index of shards, or a folder. What a file is, its content says, whatever its name:
    ///   safetensors;
    ///   PyTorch's torch.save, zip or legacy layout: tensors only, nothing in it is ever executed; of a training
    ///     checkpoint the model, without "module." and "_orig_mod.";
    ///   NumPy .npy (the tensor is named by the file's stem) and .npz;
    ///   GGUF, versions 2 and 3, either byte order, with all parts of one that is split.
    /// Of a folder the first of these decides: model.safetensors.index.json, model.safetensors,
    /// pytorch_model.bin.index.json, pytorch_model.bin, and the only .gguf in it (or the first part). A config.json
    /// beside them is read too.
    [[nodiscard]] static Checkpoint open(const std::filesystem::path& path, const OpenOptions& options = {});

    /// As given to open().
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// "safetensors", or "safetensors, 3 shards"; "PyTorch", "PyTorch, legacy layout", "NumPy array", "NumPy archive",
    /// "GGUF version 3".
    [[nodiscard]] std::string format() const;

    /// All tensors that can be asked for, by name in byte order.
    [[nodiscard]] std::span<const TensorInfo> tensors() const noexcept { return tensors_; }
    /// The tensor of that name, or nullptr.
    [[nodiscard]] const TensorInfo* find(std::string_view name) const;
    /// The tensor of that name. Throws Error (input) where there is none: with the nearest name if one is near, or with
    /// the file in which the index promised it.
    [[nodiscard]] const TensorInfo& require(std::string_view name) const;

    /// The files with tensors, by name; of the path given, joined with the file's name.
    [[nodiscard]] std::span<const std::filesystem::path> files() const noexcept { return paths_; }
    [[nodiscard]] const std::filesystem::path& file_of(const TensorInfo& tensor) const;

    /// `__metadata__` of the first file; the entries of GGUF.
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
    /// config.json; empty where absent.
    [[nodiscard]] const JsonTable& config() const noexcept { return config_; }
    /// The entries of a GGUF file that describe its model: numbers, truth values, short strings and arrays of up to
    /// 1,024 numbers, by their keys without the architecture's name ("/rope.freq_base" of "llama.rope.freq_base"), and
    /// "/general.architecture". A float is the shortest decimal that it is nearest to. Empty for other formats, and
    /// where the file names no architecture.
    [[nodiscard]] const JsonTable& entries() const noexcept { return entries_; }
    /// Where index and shards disagree: tensors that the index names and their shard lacks, tensors in shards that the
    /// index does not place there (those are left out). What of a training checkpoint or archive is left out. Empty for
    /// most models.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

    /// out[i] = element first_element + i of the tensor in row-major order, decoded as decode() does, through a bounded
    /// buffer. Throws Error (input) where the type is unknown or the file ends early, internal_error beyond the tensor.
    template <class Scalar>
    void read(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const;

    /// Hands `count` elements to `visit` in whatever order reads fastest: of the whole tensor, a permutation. They come
    /// in pieces of piece_elements, the last shorter, each decoded into the first-level cache. For statistics. Before
    /// an Error of a file that shrinks, values may be zeros.
    template <class Scalar>
    void visit_any_order(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count,
                         const std::function<void(std::span<const Scalar>)>& visit) const;
    static constexpr std::size_t piece_elements = 4096;

    /// The same for integer types, exactly; other types are an Error (input).
    void read_integers(const TensorInfo& tensor, std::uint64_t first_element, std::span<std::int64_t> out) const;

    /// All elements. Throws Error (input) that says what it needs where they take more than `most_bytes` in memory.
    template <class Scalar>
    [[nodiscard]] std::vector<Scalar> read_all(const TensorInfo& tensor,
                                               std::uint64_t most_bytes = std::uint64_t{256} << 20) const;

    /// Checks whatever the files have checksums of and that no read has checked yet: the members of zip archives.
    void check_content() const;

    /// Every file that was opened: index, tensors, configuration. See record_input.
    [[nodiscard]] std::vector<InputRecord> inputs(bool hash_everything) const;

private:
    friend class TensorRange;

    /// A tensor that the index places in a file that lacks it.
    struct Missing {
        std::string name;
        std::uint32_t file = 0;
    };

    explicit Checkpoint(std::filesystem::path path) : path_(std::move(path)) {}
    std::vector<TensorInfo> add_file(InputFile file, HeaderBudget& used, const OpenOptions& options);
    void open_single(InputFile file, const OpenOptions& options);
    void open_parts(std::uint32_t count, HeaderBudget& used, const OpenOptions& options);
    void open_index(InputFile index, const OpenOptions& options);
    void open_config(const std::filesystem::path& folder);
    void place_tensors(const std::vector<JsonEntry>& weight_map, std::span<const std::uint32_t> file_of_entry,
                       std::vector<std::vector<TensorInfo>> found);
    void note_disagreements(std::span<const std::string> extra);
    template <class Use>
    void stream(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count, bool any_order,
                Use use) const;
    template <class Scalar>
    void read_blocks(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const;
    template <class Scalar>
    void visit_blocks(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count,
                      const std::function<void(std::span<const Scalar>)>& visit) const;
    void check_range(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count) const;

    std::filesystem::path path_;
    std::optional<InputFile> index_file_;
    std::optional<InputFile> config_file_;
    std::vector<std::shared_ptr<const CheckpointFile>> files_;
    std::vector<std::filesystem::path> paths_;
    std::string format_;
    std::vector<TensorInfo> tensors_;
    std::vector<Missing> missing_;  ///< by name
    std::map<std::string, std::string> metadata_;
    JsonTable config_;
    JsonTable entries_;
    std::vector<std::string> notes_;
};

}  // namespace rotoscope
