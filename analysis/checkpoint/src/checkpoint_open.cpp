#include "safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view index_name = "model.safetensors.index.json";
constexpr std::string_view model_name = "model.safetensors";
constexpr std::string_view config_name = "config.json";
constexpr JsonLimits index_limits{.bytes = 100'000'000, .entries = HeaderBudget::most_tensors + 100'000};

/// Whether a name is taken, if only by a link that leads nowhere: that is for the open to complain about.
bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

InputFile open_in_folder(const fs::path& folder) {
    for (const std::string_view name : {index_name, model_name})
        if (is_there(folder / name)) return InputFile(folder / name);
    throw input_error(fmt::format("the folder has neither {} nor {}; name the file to read", index_name, model_name))
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

Checkpoint Checkpoint::open(const fs::path& path) {
    Checkpoint checkpoint(path);
    std::error_code ignored;
    const bool is_folder = fs::is_directory(path, ignored);
    InputFile file = is_folder ? open_in_folder(path) : InputFile(path);
    if (is_index(file)) checkpoint.open_index(std::move(file));
    else checkpoint.open_single(std::move(file));
    checkpoint.open_config(is_folder ? path : path.parent_path());
    return checkpoint;
}

void Checkpoint::open_single(InputFile file) {
    HeaderBudget used;
    SafetensorsHeader header = read_safetensors_header(file, used);
    tensors_ = std::move(header.tensors);
    metadata_ = std::move(header.metadata);
    header_bytes_ = {header.data_begin};
    paths_ = {file.path()};
    files_.push_back(std::move(file));
}

void Checkpoint::open_config(const fs::path& folder) {
    if (!is_there(folder / config_name)) return;
    config_file_.emplace(folder / config_name);
    config_ = read_json(*config_file_);
    if (config_.kind("") != JsonKind::object)
        throw input_error("is no configuration: expected a JSON object").in_file(config_file_->path().string());
}

void Checkpoint::open_index(InputFile index) {
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
        SafetensorsHeader header = read_safetensors_header(file, used);
        if (files_.empty()) metadata_ = std::move(header.metadata);
        for (TensorInfo& tensor : header.tensors) tensor.file = id;
        found.push_back(std::move(header.tensors));
        header_bytes_.push_back(header.data_begin);
        paths_.push_back(file.path());
        files_.push_back(std::move(file));
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
