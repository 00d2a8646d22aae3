// Options that are one of a few words.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {

template <class Value>
struct Word {
    std::string_view name;
    Value value;
};

/// A usage error: `word` is no `kind`; the nearest candidate is suggested, all are listed.
[[nodiscard]] inline Error unknown_word(std::string_view kind, std::string_view word,
                                        const std::vector<std::string>& candidates) {
    const std::string nearest = nearest_word(word, candidates);
    const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
    const std::string all = candidates.empty() ? "there are none" : fmt::format("{}", fmt::join(candidates, ", "));
    return usage_error(fmt::format("unknown {} {}{}\nexpected one of: {}", kind, quote(word), hint, all));
}

/// The value of the word that is `name`.
template <class Value>
[[nodiscard]] Value parse_word(std::string_view kind, std::string_view name, std::span<const Word<Value>> words) {
    std::vector<std::string> candidates;
    for (const Word<Value>& word : words) {
        if (word.name == name) return word.value;
        candidates.emplace_back(word.name);
    }
    throw unknown_word(kind, name, candidates);
}

}  // namespace rotoscope
