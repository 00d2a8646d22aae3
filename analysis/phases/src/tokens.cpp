#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/inputs.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

// A text file of ids is held in memory, 4 bytes for an id that may take 2 in the text, and up to thrice that while the
// vector grows: 384 MiB. Longer sequences go into a safetensors file, which is streamed.
constexpr std::uint64_t most_text_bytes = std::uint64_t{64} << 20;

std::string count_tokens(std::uint64_t count) {
    return fmt::format("{} token{}", format_count(count), count == 1 ? "" : "s");
}

class DrawnTokens final : public TokenSequence {
public:
    DrawnTokens(std::uint64_t vocabulary, std::uint64_t length, std::uint64_t seed)
        : vocabulary_(vocabulary), length_(length), seed_(seed), draws_(seed, RandomStream::tokens) {}
    [[nodiscard]] std::uint64_t size() const override { return length_; }
    void read(std::uint64_t first, std::span<std::int64_t> ids) const override {
        for (std::size_t k = 0; k < ids.size(); ++k)
            ids[k] = static_cast<std::int64_t>(draws_.below(first + k, vocabulary_));
    }
    [[nodiscard]] bool independent() const override { return true; }
    [[nodiscard]] std::string describe() const override {
        return fmt::format("{} drawn uniformly (seed {})", count_tokens(length_), seed_);
    }

private:
    std::uint64_t vocabulary_;
    std::uint64_t length_;
    std::uint64_t seed_;
    UniformDraws draws_;
};

class ListedTokens final : public TokenSequence {
public:
    ListedTokens(std::vector<std::uint32_t> ids, std::string source)
        : ids_(std::move(ids)), source_(std::move(source)) {}
    [[nodiscard]] std::uint64_t size() const override { return ids_.size(); }
    void read(std::uint64_t first, std::span<std::int64_t> ids) const override {
        for (std::size_t k = 0; k < ids.size(); ++k) ids[k] = ids_[static_cast<std::size_t>(first) + k];
    }
    [[nodiscard]] std::string describe() const override {
        return fmt::format("{} from {}", count_tokens(ids_.size()), source_);
    }

private:
    std::vector<std::uint32_t> ids_;
    std::string source_;
};

[[noreturn]] void refuse_id(std::string_view id, std::uint64_t position, std::uint64_t vocabulary) {
    throw input_error(fmt::format("token {} is {}; expected an id from 0 to {}", format_count(position), quote(id, 40),
                                  vocabulary - 1));
}

class StoredTokens final : public TokenSequence {
public:
    StoredTokens(Checkpoint file, std::uint64_t vocabulary) : file_(std::move(file)), vocabulary_(vocabulary) {
        // A .npy file has one array, whose name is the file's.
        const bool only = file_.tensors().size() == 1 && file_.find("token_ids") == nullptr;
        tensor_ = only ? file_.tensors().data() : &file_.require("token_ids");
        const bool sequence = tensor_->shape.size() == 1 || (tensor_->shape.size() == 2 && tensor_->shape[0] == 1);
        if (!sequence || !tensor_->dtype || !is_integer(*tensor_->dtype) || tensor_->elements == 0)
            throw input_error(fmt::format("{} {}; expected integers [T] or [1, T], T at least 1", tensor_->type,
                                          format_shape(tensor_->shape)))
                .in_tensor(tensor_->name)
                .in_file(file_.path().string());
    }
    [[nodiscard]] std::uint64_t size() const override { return tensor_->elements; }
    void read(std::uint64_t first, std::span<std::int64_t> ids) const override {
        file_.read_integers(*tensor_, first, ids);
        for (std::size_t k = 0; k < ids.size(); ++k)
            if (ids[k] < 0 || static_cast<std::uint64_t>(ids[k]) >= vocabulary_) try {
                    refuse_id(std::to_string(ids[k]), first + k, vocabulary_);
                } catch (Error& error) {
                    throw error.in_file(file_.path().string()).in_tensor(tensor_->name);
                }
    }
    [[nodiscard]] std::string describe() const override {
        return fmt::format("{} from {}", count_tokens(tensor_->elements), file_.path().filename().string());
    }

private:
    Checkpoint file_;
    std::uint64_t vocabulary_;
    const TensorInfo* tensor_;
};

bool is_separator(char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Adds the whole ids of `text` and keeps an unfinished last one in it; `finished`: the text ends here.
void parse_ids(std::string& text, bool finished, std::uint64_t vocabulary, std::vector<std::uint32_t>& ids) {
    std::size_t begin = 0;
    while (true) {
        while (begin < text.size() && is_separator(text[begin])) ++begin;
        const std::size_t end = static_cast<std::size_t>(
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), is_separator) - text.begin());
        if (begin == end || (end == text.size() && !finished && end - begin < 64)) break;
        std::uint64_t id = 0;
        const auto parsed = std::from_chars(text.data() + begin, text.data() + end, id);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + end || id >= vocabulary || id > UINT32_MAX)
            refuse_id(std::string_view(text).substr(begin, end - begin), ids.size(), vocabulary);
        ids.push_back(static_cast<std::uint32_t>(id));
        begin = end;
    }
    text.erase(0, begin);
}

std::vector<std::uint32_t> parse_file(const InputFile& file, std::uint64_t vocabulary) {
    if (file.size() > most_text_bytes)
        throw input_error(
            fmt::format("{} of text; expected at most {}: put longer sequences into a .npy or safetensors file",
                        format_bytes(file.size()), format_bytes(most_text_bytes)));
    std::vector<std::uint32_t> ids;
    std::string text;
    constexpr std::uint64_t window = 1 << 20;
    for (std::uint64_t offset = 0; offset < file.size(); offset += window) {
        const std::size_t kept = text.size();
        text.resize(kept + static_cast<std::size_t>(std::min(window, file.size() - offset)));
        file.read_at(offset, std::as_writable_bytes(std::span(text)).subspan(kept));
        parse_ids(text, false, vocabulary, ids);
    }
    parse_ids(text, true, vocabulary, ids);
    return ids;
}

std::unique_ptr<TokenSequence> read_file(const fs::path& path, std::uint64_t vocabulary) {
    std::vector<std::uint32_t> ids;
    try {
        const InputFile file(path);
        if (looks_like_checkpoint(file)) return std::make_unique<StoredTokens>(Checkpoint::open(path), vocabulary);
        ids = parse_file(file, vocabulary);
        if (ids.empty()) throw input_error("has no token ids; expected at least one");
    } catch (Error& error) {
        throw error.in_file(path.string());
    }
    return std::make_unique<ListedTokens>(std::move(ids), path.filename().string());
}

}  // namespace

std::unique_ptr<TokenSequence> draw_tokens(std::uint64_t vocabulary, std::uint64_t length, std::uint64_t seed) {
    return std::make_unique<DrawnTokens>(vocabulary, length, seed);
}

std::unique_ptr<TokenSequence> read_tokens(const std::string& list_or_file, std::uint64_t vocabulary) {
    std::error_code ignored;
    if (fs::exists(list_or_file, ignored)) return read_file(list_or_file, vocabulary);
    const bool list =
        std::ranges::all_of(list_or_file, [](char c) { return is_separator(c) || (c >= '0' && c <= '9'); });
    if (!list) throw input_error("no such file, and not a list of token ids such as 0,1,1").in_file(list_or_file);
    std::vector<std::uint32_t> ids;
    std::string text = list_or_file;
    try {
        parse_ids(text, true, vocabulary, ids);
    } catch (const Error& error) {
        throw usage_error("--tokens: " + error.message());
    }
    if (ids.empty()) throw usage_error("--tokens: an empty list; expected at least one id");
    return std::make_unique<ListedTokens>(std::move(ids), "the command line");
}

}  // namespace rotoscope
