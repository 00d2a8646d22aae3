// A model's files behind one interface: what tensors there are, their values on demand, the configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
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

/// An open checkpoint. Opening reads headers only; all structural faults of all files show there, as one Error (input).
/// Const members may be called from several threads at once.
class Checkpoint {
public:
    /// Opens a safetensors file (known by its content, whatever its name), an index of shards, or a folder: its
    /// model.safetensors.index.json decides where there is one, else its model.safetensors. A config.json beside them
    /// is read too.
    [[nodiscard]] static Checkpoint open(const std::filesystem::path& path);

    /// As given to open().
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// "safetensors", or "safetensors, 3 shards".
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

    /// `__metadata__` of the first file.
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
    /// config.json; empty where absent.
    [[nodiscard]] const JsonTable& config() const noexcept { return config_; }
    /// Where index and shards disagree: tensors that the index names and their shard lacks, tensors in shards that the
    /// index does not place there (those are left out). Empty for most models.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

    /// out[i] = element first_element + i of the tensor in row-major order, decoded as decode() does, through a bounded
    /// buffer. Throws Error (input) where the type is unknown or the file ends early, internal_error beyond the tensor.
    template <class Scalar>
    void read(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const;

    /// The same for integer types, exactly; other types are an Error (input).
    void read_integers(const TensorInfo& tensor, std::uint64_t first_element, std::span<std::int64_t> out) const;

    /// All elements. Throws Error (input) that says what it needs where they take more than `most_bytes` in memory.
    template <class Scalar>
    [[nodiscard]] std::vector<Scalar> read_all(const TensorInfo& tensor,
                                               std::uint64_t most_bytes = std::uint64_t{256} << 20) const;

    /// Every file that was opened: index, tensors, configuration. See record_input.
    [[nodiscard]] std::vector<InputRecord> inputs(bool hash_everything) const;

private:
    /// A tensor that the index places in a file that lacks it.
    struct Missing {
        std::string name;
        std::uint32_t file = 0;
    };

    explicit Checkpoint(std::filesystem::path path) : path_(std::move(path)) {}
    void open_single(InputFile file);
    void open_index(InputFile index);
    void open_config(const std::filesystem::path& folder);
    void place_tensors(const std::vector<JsonEntry>& weight_map, std::span<const std::uint32_t> file_of_entry,
                       std::vector<std::vector<TensorInfo>> found);
    void note_disagreements(std::span<const std::string> extra);
    template <class Out, class Decode>
    void stream(const TensorInfo& tensor, std::uint64_t first_element, std::span<Out> out, Decode decode) const;
    void check_range(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count) const;

    std::filesystem::path path_;
    std::optional<InputFile> index_file_;
    std::optional<InputFile> config_file_;
    std::vector<InputFile> files_;
    std::vector<std::uint64_t> header_bytes_;  ///< of each file, before its data
    std::vector<std::filesystem::path> paths_;
    std::vector<TensorInfo> tensors_;
    std::vector<Missing> missing_;  ///< by name
    std::map<std::string, std::string> metadata_;
    JsonTable config_;
    std::vector<std::string> notes_;
};

}  // namespace rotoscope
