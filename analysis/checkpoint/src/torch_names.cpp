#include "torch_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::uint64_t most_visits = 8'000'000;

bool is_dict(PickleValue value) { return value.kind == PickleKind::dict || value.kind == PickleKind::ordered_dict; }
bool is_sequence(PickleValue value) { return value.kind == PickleKind::list || value.kind == PickleKind::tuple; }

/// The dict's value of that key, the last one as in Python.
std::optional<PickleValue> find_member(const PickleObjects& objects, PickleValue dict, std::string_view key) {
    std::optional<PickleValue> found;
    std::optional<PickleValue> held;
    objects.for_each(dict, [&](PickleValue value) {
        if (!held) {
            held = value;
            return true;
        }
        if (held->kind == PickleKind::text && objects.text(*held) == key) found = value;
        held.reset();
        return true;
    });
    return found;
}

/// "'a', 'b' and 3 more"
std::string list_other_keys(const PickleObjects& objects, PickleValue dict, std::string_view chosen) {
    std::vector<std::string> shown;
    std::size_t others = 0;
    bool key_next = true;
    objects.for_each(dict, [&](PickleValue value) {
        const bool is_key = std::exchange(key_next, !key_next);
        if (!is_key || (value.kind == PickleKind::text && objects.text(value) == chosen)) return true;
        ++others;
        constexpr std::size_t most_shown = 5;
        if (shown.size() < most_shown && value.kind == PickleKind::text)
            shown.push_back(rotoscope::quote(objects.text(value), 40));
        return true;
    });
    if (others == 0) return "";
    return fmt::format("; left out: {}{}", fmt::join(shown, ", "),
                       others > shown.size() ? fmt::format(" and {} more", others - shown.size()) : "");
}

/// The part of a training checkpoint that is the model.
PickleValue find_model(const PickleObjects& objects, PickleValue saved, std::vector<std::string>& notes) {
    constexpr std::array<std::string_view, 4> keys{"state_dict", "model_state_dict", "model", "module"};
    for (std::size_t depth = 0; depth < deepest && is_dict(saved); ++depth) {
        const auto* const key = std::find_if(keys.begin(), keys.end(), [&](std::string_view each) {
            const auto member = find_member(objects, saved, each);
            return member && is_dict(*member) && objects.size(*member) > 0;
        });
        if (key == keys.end()) break;
        notes.push_back(
            fmt::format("'{}' of the training checkpoint is shown{}", *key, list_other_keys(objects, saved, *key)));
        saved = *find_member(objects, saved, *key);
    }
    return saved;
}

/// Walks containers with a stack of its own.
class Walker {
public:
    Walker(const PickleObjects& objects, HeaderBudget& used) : objects_(objects), used_(used) {}

    std::vector<NamedPickleTensor> walk(PickleValue root) {
        enter(root, "");
        while (!open_.empty()) {
            Open& open = open_.back();
            if (open.next == open.items.size()) {
                open_.pop_back();
                continue;
            }
            if (++visits_ > most_visits)
                throw input_error(
                    fmt::format("has more than {} values in containers that share others", format_count(most_visits)));
            const std::size_t index = open.next;
            open.next += open.dict ? 2 : 1;
            const PickleValue value = open.items[open.dict ? index + 1 : index];
            if (value.kind != PickleKind::tensor && !is_dict(value) && !is_sequence(value)) continue;
            const auto key = open.dict ? key_name(open.items[index]) : std::to_string(index);
            if (!key) continue;
            std::string name = open.path.empty() ? *key : open.path + "." + *key;
            used_.add_bytes(name.size());
            if (value.kind == PickleKind::tensor)
                found_.push_back({std::move(name), static_cast<std::uint32_t>(value.payload)});
            else enter(value, std::move(name));
        }
        return std::move(found_);
    }

private:
    struct Open {
        std::vector<PickleValue> items;
        std::size_t next = 0;
        bool dict = false;
        std::string path;
    };

    void enter(PickleValue container, std::string path) {
        if (open_.size() == deepest)
            throw input_error(fmt::format("its containers are nested deeper than {}", deepest));
        if (objects_.size(container) % 2 != 0 && is_dict(container))
            throw input_error("the pickle has a key without a value");
        open_.push_back({objects_.items(container), 0, is_dict(container), std::move(path)});
    }

    [[nodiscard]] std::optional<std::string> key_name(PickleValue key) const {
        if (key.kind == PickleKind::integer) return std::to_string(key.integer());
        if (key.kind != PickleKind::text) return std::nullopt;
        if (!is_utf8(objects_.text(key)))
            throw input_error(fmt::format("the name {} is not UTF-8", rotoscope::quote(objects_.text(key))));
        return std::string(objects_.text(key));
    }

    const PickleObjects& objects_;
    HeaderBudget& used_;
    std::vector<Open> open_;
    std::vector<NamedPickleTensor> found_;
    std::uint64_t visits_ = 0;
};

/// Takes off prefixes that every name has.
void take_off_prefixes(std::vector<NamedPickleTensor>& tensors, std::vector<std::string>& notes) {
    constexpr std::array<std::string_view, 2> prefixes{"module.", "_orig_mod."};
    constexpr int most_wrappers = 8;
    std::string taken;
    for (int i = 0; i < most_wrappers && !tensors.empty(); ++i) {
        const auto* const prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](std::string_view each) {
            return std::all_of(tensors.begin(), tensors.end(),
                               [&](const NamedPickleTensor& tensor) { return tensor.name.starts_with(each); });
        });
        if (prefix == prefixes.end()) break;
        for (NamedPickleTensor& tensor : tensors) tensor.name.erase(0, prefix->size());
        taken += *prefix;
    }
    if (!taken.empty()) notes.push_back(fmt::format("names are shown without their common prefix '{}'", taken));
}

}  // namespace

std::vector<NamedPickleTensor> find_model_tensors(const PickleObjects& objects, PickleValue saved, HeaderBudget& used,
                                                  std::vector<std::string>& notes) {
    if (saved.kind == PickleKind::tensor) return {{"tensor", static_cast<std::uint32_t>(saved.payload)}};
    if (!is_dict(saved) && !is_sequence(saved))
        throw input_error(
            fmt::format("holds {}; expected a dict of tensors, as model.state_dict()", pickle_kind_name(saved.kind)));
    std::vector<NamedPickleTensor> tensors = Walker(objects, used).walk(find_model(objects, saved, notes));
    take_off_prefixes(tensors, notes);
    return tensors;
}

}  // namespace rotoscope
