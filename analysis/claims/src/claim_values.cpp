#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

#include "rotoscope/claims/claim.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

double parse_value(const ClaimInput& input, std::string_view where, std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = input.kind == ClaimInput::Kind::whole;
    if (error != std::errc() || end != text.data() + text.size() || !(value >= input.lowest) ||
        !(value <= input.highest) || (whole && value != std::floor(value)))
        throw usage_error(fmt::format("--set: {} = {}; expected a {} from {} to {}", where, quote(text),
                                      whole ? "whole number" : "number", format_shortest(input.lowest),
                                      format_shortest(input.highest)));
    return value;
}

}  // namespace

ClaimValues::ClaimValues(std::span<const ClaimInput> inputs, Effort effort) : inputs_(inputs) {
    for (const ClaimInput& input : inputs)
        values_.push_back({effort == Effort::quick ? input.quick : input.full, std::string(input.text), false});
}

void ClaimValues::set(std::string_view claim, std::string_view name, std::string_view value) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        names.emplace_back(inputs_[i].name);
        if (inputs_[i].name != name) continue;
        if (inputs_[i].kind == ClaimInput::Kind::text) values_[i].text = value;
        else values_[i].number = parse_value(inputs_[i], fmt::format("{}.{}", claim, name), value);
        values_[i].changed = true;
        return;
    }
    const std::string nearest = nearest_word(name, names);
    throw usage_error(fmt::format("--set: the claim {} has no input {}; expected {}", claim, quote(name),
                                  nearest.empty() ? fmt::format("{}", fmt::join(names, ", ")) : "perhaps " + nearest));
}

const ClaimValues::Value& ClaimValues::at(std::string_view name) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (inputs_[i].name == name) return values_[i];
    throw internal_error(fmt::format("a claim has no input {}", quote(name)));
}

double ClaimValues::real(std::string_view name) const { return at(name).number; }
std::size_t ClaimValues::whole(std::string_view name) const { return static_cast<std::size_t>(at(name).number); }
const std::string& ClaimValues::text(std::string_view name) const { return at(name).text; }
bool ClaimValues::changed(std::string_view name) const { return at(name).changed; }

std::string ClaimValues::describe() const {
    std::string text;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        text += fmt::format(
            "{}{} = {}", i == 0 ? "" : ", ", inputs_[i].name,
            inputs_[i].kind == ClaimInput::Kind::text ? values_[i].text : format_shortest(values_[i].number));
    return text;
}

}  // namespace rotoscope
