// Options that are one of a few words.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

template <class Value>
struct Word {
    std::string_view name;
    Value value;
};

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
