// The few pieces of JSON that this module writes, shared by result.json and manifest.json.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// Appends `open`item, item…`close` to a text, in place, however long: on one line, or one item a line where `indent`
/// is given (the indent of the items).
class JsonList {
public:
    JsonList(std::string& text, std::string_view brackets, std::string_view indent = {});
    /// The text, for the next item to be appended to.
    [[nodiscard]] std::string& next();
    /// Appends the value of "name": value.
    void add_member(std::string_view name, std::string_view value);
    void close();

private:
    std::string& text_;
    std::string_view brackets_;
    std::string_view indent_;
    bool empty_ = true;
};

/// The same of items that are ready.
[[nodiscard]] std::string json_list(const std::vector<std::string>& items, std::string_view brackets,
                                    std::string_view indent = {});

/// "name": value, from a name and a value that is JSON already.
[[nodiscard]] std::string json_member(std::string_view name, std::string_view value);

[[nodiscard]] std::string json_strings(std::span<const std::string> texts, std::string_view indent = {});
[[nodiscard]] std::string json_options(const Result& result);
[[nodiscard]] std::string json_inputs(const Result& result);

}  // namespace rotoscope
