#include "rotoscope/theory/rotation_bank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <span>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t largest_bank = std::size_t{1} << 24;
constexpr double largest_frequency = 0x1p20;

constexpr std::string_view known_forms = "expected dft:N, rope:DIM:BASE, rfa:P:EPS, linear:N:MIN:MAX or W,W,…";

void check_size(std::size_t size) {
    if (size < 1 || size > largest_bank)
        throw usage_error(fmt::format("a bank of {} rotations; expected 1 to {}", size, largest_bank));
}

void check_frequency(double frequency) {
    if (!(std::abs(frequency) <= largest_frequency))
        throw usage_error(fmt::format("a frequency of {} radians per token; expected at most {} either way", frequency,
                                      largest_frequency));
}

template <class Number>
Number parse_number(std::string_view text, std::string_view what) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        throw usage_error(fmt::format("{} {}; expected {}", what, quote(text),
                                      std::is_integral_v<Number> ? "a whole number" : "a number"));
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

using Parts = std::span<const std::string_view>;

RotationBank parse_dft(Parts parts) { return dft_bank(parse_number<std::size_t>(parts[0], "N")); }

RotationBank parse_rope(Parts parts) {
    const auto dimension = parse_number<std::size_t>(parts[0], "DIM");
    check_size(dimension / 2);
    return explicit_bank(rope_frequencies(parse_number<double>(parts[1], "BASE"), dimension));
}

RotationBank parse_rfa(Parts parts) {
    const auto pairs = parse_number<std::size_t>(parts[0], "P");
    const auto epsilon = parse_number<double>(parts[1], "EPS");
    check_size(pairs);
    if (!(epsilon > 0.0 && epsilon < 1.0))
        throw usage_error(fmt::format("EPS {}; expected more than 0 and less than 1", epsilon));
    return explicit_bank(rfa_temperatures(1.0, 1.0 - epsilon, pairs));
}

RotationBank parse_linear(Parts parts) {
    return linear_bank(parse_number<std::size_t>(parts[0], "N"), parse_number<double>(parts[1], "MIN"),
                       parse_number<double>(parts[2], "MAX"));
}

RotationBank parse_list(std::string_view text) {
    std::vector<double> frequencies;
    for (const std::string_view part : split(text, ',')) frequencies.push_back(parse_number<double>(part, "frequency"));
    return explicit_bank(std::move(frequencies));
}

struct Form {
    std::string_view name;
    std::string_view usage;
    std::size_t arguments;
    RotationBank (*parse)(Parts);
};

constexpr std::array forms{
    Form{"dft", "dft:N", 1, parse_dft},
    Form{"rope", "rope:DIM:BASE", 2, parse_rope},
    Form{"rfa", "rfa:P:EPS", 2, parse_rfa},
    Form{"linear", "linear:N:MIN:MAX", 3, parse_linear},
};

RotationBank parse(std::string_view text) {
    const auto parts = split(text, ':');
    for (const Form& form : forms) {
        if (parts[0] != form.name) continue;
        if (parts.size() - 1 != form.arguments) throw usage_error(fmt::format("expected {}", form.usage));
        return form.parse(Parts(parts).subspan(1));
    }
    if (parts.size() == 1 && text.find_first_of("0123456789") != std::string_view::npos) return parse_list(text);
    throw usage_error(std::string(known_forms));
}

}  // namespace

std::vector<Turns> RotationBank::turns() const {
    if (spacing == Spacing::arbitrary) return turns_of(frequencies);
    std::vector<Turns> exact(size());
    const Turns first = Turns::of_radians(start);
    const Turns between = Turns::of_radians(step);
    for (std::size_t n = 0; n < size(); ++n)
        exact[n] = spacing == Spacing::dft ? Turns::of_fraction(n, size()) : first + between * n;
    return exact;
}

RotationBank dft_bank(std::size_t size) {
    check_size(size);
    RotationBank bank;
    bank.specification = fmt::format("dft:{}", size);
    bank.spacing = Spacing::dft;
    bank.step = 2.0 * std::numbers::pi / static_cast<double>(size);
    for (std::size_t n = 0; n < size; ++n)
        bank.frequencies.push_back(2.0 * std::numbers::pi * (static_cast<double>(n) / static_cast<double>(size)));
    return bank;
}

RotationBank linear_bank(std::size_t size, double lowest, double highest) {
    check_size(size);
    check_frequency(lowest);
    check_frequency(highest);
    RotationBank bank;
    bank.specification = fmt::format("linear:{}:{}:{}", size, format_shortest(lowest), format_shortest(highest));
    bank.spacing = Spacing::uniform;
    bank.start = lowest;
    bank.step = size == 1 ? 0.0 : (highest - lowest) / static_cast<double>(size - 1);
    for (std::size_t n = 0; n < size; ++n) bank.frequencies.push_back(lowest + bank.step * static_cast<double>(n));
    return bank;
}

RotationBank explicit_bank(std::vector<double> frequencies) {
    check_size(frequencies.size());
    std::ranges::for_each(frequencies, check_frequency);
    RotationBank bank;
    bank.specification = fmt::format("{}", fmt::join(frequencies, ","));
    bank.frequencies = std::move(frequencies);
    return bank;
}

RotationBank parse_rotation_bank(std::string_view specification) {
    try {
        RotationBank bank = parse(specification);
        bank.specification = specification;
        return bank;
    } catch (const Error& error) {
        throw usage_error(fmt::format("rotation bank {}: {}", quote(specification), error.message()));
    }
}

}  // namespace rotoscope
