#include "checkpoint_file.hpp"
#include "gguf.hpp"
#include "safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> model_names{"model.safetensors.index.json", "model.safetensors",
                                                      "pytorch_model.bin.index.json", "pytorch_model.bin"};
constexpr std::string_view config_name = "config.json";
constexpr JsonLimits index_limits{.bytes = 100'000'000, .entries = HeaderBudget::most_tensors + 100'000};

/// Whether a name is taken, if only by a link that leads nowhere: that is for the open to complain about.
bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

/// The only .gguf file of the folder, or the first part of the only one.
std::optional<fs::path> find_gguf(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code ignored;
    for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored))
        if (entry->path().extension() == ".gguf") found.push_back(entry->path());
    std::sort(found.begin(), found.end());
    const auto is_later_part = [](const fs::path& path) {
        const std::string name = path.stem().string();
        constexpr std::size_t ending = 15;  // of -00002-of-00003
        return name.size() > ending && name.substr(name.size() - ending).find("-of-") == 6 &&
               name.substr(name.size() - ending, 6) != "-00001";
    };
    std::erase_if(found, is_later_part);
    if (found.size() > 1)
        throw input_error(fmt::format("the folder has {} models in GGUF files, {} and {} among them; name the one to "
                                      "read",
                                      found.size(), quote(found[0].filename().string()),
                                      quote(found[1].filename().string())))
            .in_file(folder.string());
    if (found.empty()) return std::nullopt;
    return found.front();
}

InputFile open_in_folder(const fs::path& folder) {
    for (const std::string_view name : model_names)
        if (is_there(folder / name)) return InputFile(folder / name);
    if (const auto gguf = find_gguf(folder)) return InputFile(*gguf);
    throw input_error(
        "the folder has no model.safetensors, pytorch_model.bin (or an index of their shards) and no "
        ".gguf file; name the file to read")
        .in_file(folder.string());
}

/// JSON text, or what is named like it. As a header length, eight bytes of JSON are beyond 2^56: none is a zero byte.
bool is_index(const InputFile& file) {
    if (has_safetensors_length(file)) return false;
    char first = 0;
    if (file.size() > 0) file.read_at(0, std::as_writable_bytes(std::span(&first, 1)));
    return first == '{' || file.path().extension() == ".json";
}

/// A shard is a file below the index's folder.
void check_shard_name(std::string_view name) {
    using namespace std::string_view_literals;
    const fs::path path(name);
    const bool climbs = std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
    if (name.empty() || path.is_absolute() || climbs || name.find_first_of("\\\0"sv) != std::string_view::npos)
        throw input_error(fmt::format("the file name {} leaves the index's folder; expected a plain name below it",
                                      rotoscope::quote(name)));
}

/// weight_map, checked: by tensor name, each with a safe file name.
std::vector<JsonEntry> read_weight_map(const JsonTable& index) {
    if (index.kind("/weight_map") != JsonKind::object)
        throw input_error("is no index of shards: it has no object 'weight_map' of tensor names and file names");
    std::vector<JsonEntry> entries = index.children("/weight_map");
    if (entries.empty()) throw input_error("weight_map is empty; expected tensor names and file names");
    if (entries.size() > HeaderBudget::most_tensors)
        throw input_error(fmt::format("weight_map has {} tensors; expected at most {}", format_count(entries.size()),
                                      format_count(HeaderBudget::most_tensors)));
    for (const JsonEntry& entry : entries) try {
            if (entry.kind != JsonKind::string) throw input_error("weight_map holds no file name for it");
            check_shard_name(entry.text);
        } catch (Error& error) {
            throw error.in_tensor(entry.key);
        }
    return entries;
}

/// "2 tensors WHAT: 'a', 'b'", with at most three names.
template <class Items, class Name>
std::string list_names(std::string_view what, const Items& items, Name name) {
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min<std::size_t>(items.size(), 3); ++i)
        shown.push_back(rotoscope::quote(name(items[i]), 80));
    return fmt::format("{} {} {}: {}{}", format_count(items.size()), items.size() == 1 ? "tensor" : "tensors", what,
                       fmt::join(shown, ", "), items.size() > 3 ? ", ..." : "");
}

}  // namespace

Checkpoint Checkpoint::open(const fs::path& path, const OpenOptions& options) {
    Checkpoint checkpoint(path);
    std::error_code ignored;
    const bool is_folder = fs::is_directory(path, ignored);
    InputFile file = is_folder ? open_in_folder(path) : InputFile(path);
    if (is_index(file)) checkpoint.open_index(std::move(file), options);
    else checkpoint.open_single(std::move(file), options);
    checkpoint.open_config(is_folder ? path : path.parent_path());
    return checkpoint;
}

/// Opens the file, which becomes the last one; returns its tensors.
std::vector<TensorInfo> Checkpoint::add_file(InputFile file, HeaderBudget& used, const OpenOptions& options) {
    paths_.push_back(file.path());
    auto opened = std::make_shared<CheckpointFile>(std::move(file), used, options);
    const auto index = static_cast<std::uint32_t>(files_.size());
    FormatContents& contents = opened->contents();
    for (TensorInfo& tensor : contents.tensors) tensor.file = index;
    if (files_.empty()) {
        format_ = contents.format;
        metadata_ = std::move(contents.metadata);
        entries_ = std::move(contents.entries);
    }
    for (std::string& note : contents.notes)
        if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(std::move(note));
    std::vector<TensorInfo> tensors = std::move(contents.tensors);
    files_.push_back(std::move(opened));
    return tensors;
}

void Checkpoint::open_single(InputFile file, const OpenOptions& options) {
    HeaderBudget used;
    tensors_ = add_file(std::move(file), used, options);
    const std::uint32_t parts = files_.front()->contents().split_count;
    if (parts > 1) open_parts(parts, used, options);
}

/// A GGUF model in parts, of which one is open.
void Checkpoint::open_parts(std::uint32_t count, HeaderBudget& used, const OpenOptions& options) {
    const fs::path given = paths_.front();
    std::vector<fs::path> parts;
    try {
        parts = gguf_parts(given, count);
    } catch (Error& error) {
        throw error.in_file(given.string());
    }
    used = HeaderBudget();
    files_.clear();
    paths_.clear();
    tensors_.clear();
    for (const fs::path& part : parts) {
        std::vector<TensorInfo> tensors = add_file(InputFile(part), used, options);
        const std::uint32_t its_count = files_.back()->contents().split_count;
        if (its_count != count)
            throw input_error(
                fmt::format("is one of {} parts; {} is one of {}", its_count, quote(given.filename().string()), count))
                .in_file(part.string());
        std::move(tensors.begin(), tensors.end(), std::back_inserter(tensors_));
    }
    try {
        sort_by_name(tensors_);
    } catch (Error& error) {
        throw error.in_file(given.string());
    }
}

void Checkpoint::open_config(const fs::path& folder) {
    if (!is_there(folder / config_name)) return;
    config_file_.emplace(folder / config_name);
    config_ = read_json(*config_file_);
    if (config_.kind("") != JsonKind::object)
        throw input_error("is no configuration: expected a JSON object").in_file(config_file_->path().string());
}

void Checkpoint::open_index(InputFile index, const OpenOptions& options) {
    index_file_.emplace(std::move(index));
    const fs::path folder = index_file_->path().parent_path();
    const JsonTable table = read_json(*index_file_, index_limits);
    std::vector<JsonEntry> weight_map;
    try {
        weight_map = read_weight_map(table);
    } catch (Error& error) {
        throw error.in_file(index_file_->path().string());
    }
    std::map<std::string_view, std::uint32_t> names;  // of files, in order
    for (const JsonEntry& entry : weight_map) names.emplace(entry.text, 0);
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> opened;
    std::vector<std::vector<TensorInfo>> found;
    HeaderBudget used;
    for (auto& [name, id] : names) {
        InputFile file(folder / name);
        const auto [known, is_new] = opened.emplace(file.identity(), static_cast<std::uint32_t>(files_.size()));
        id = known->second;
        if (!is_new) continue;
        found.push_back(add_file(std::move(file), used, options));
    }
    std::vector<std::uint32_t> file_of_entry;
    file_of_entry.reserve(weight_map.size());
    for (const JsonEntry& entry : weight_map) file_of_entry.push_back(names.at(entry.text));
    place_tensors(weight_map, file_of_entry, std::move(found));
}

void Checkpoint::place_tensors(const std::vector<JsonEntry>& weight_map, std::span<const std::uint32_t> file_of_entry,
                               std::vector<std::vector<TensorInfo>> found) {
    std::vector<bool> placed(weight_map.size(), false);
    std::vector<std::string> extra;
    for (std::vector<TensorInfo>& shard : found) {
        for (TensorInfo& tensor : shard) {
            const auto entry =
                std::lower_bound(weight_map.begin(), weight_map.end(), tensor.name,
                                 [](const JsonEntry& a, const std::string& name) { return a.key < name; });
            const auto i = static_cast<std::size_t>(entry - weight_map.begin());
            if (entry != weight_map.end() && entry->key == tensor.name && file_of_entry[i] == tensor.file) {
                placed[i] = true;
                tensors_.push_back(std::move(tensor));
            } else {
                extra.push_back(std::move(tensor.name));
            }
        }
        shard = {};
    }
    for (std::size_t i = 0; i < placed.size(); ++i)
        if (!placed[i]) missing_.push_back({std::string(weight_map[i].key), file_of_entry[i]});
    std::sort(tensors_.begin(), tensors_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(extra.begin(), extra.end());
    note_disagreements(extra);
}

void Checkpoint::note_disagreements(std::span<const std::string> extra) {
    if (!missing_.empty())
        notes_.push_back(list_names("that the index names not found in the named file", missing_,
                                    [](const Missing& each) -> const std::string& { return each.name; }));
    if (!extra.empty())
        notes_.push_back(list_names("in the shards left out, since the index does not place them there", extra,
                                    [](const std::string& name) -> const std::string& { return name; }));
}

}  // namespace rotoscope
