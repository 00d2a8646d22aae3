// The claims of the theory as experiments: a table of what they say, what is expected, and the function that measures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rotoscope/claims/check.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/core/thread_pool.hpp"

namespace rotoscope {

/// How much a run measures.
enum class Effort { quick, full };

/// An input of a claim, which --set ID.NAME=VALUE changes: a number with its range, or a text.
struct ClaimInput {
    enum class Kind { whole, real, text };
    std::string_view name;
    std::string_view meaning;
    Kind kind = Kind::whole;
    double quick = 0.0;
    double full = 0.0;
    double lowest = 0.0;
    double highest = 0.0;
    std::string_view text = {};  ///< the default of a text
};

/// The values of a claim's inputs in one run.
class ClaimValues {
public:
    /// The defaults. `inputs` must outlive the values.
    ClaimValues(std::span<const ClaimInput> inputs, Effort effort);

    /// Throws Error (usage) where there is no input of that name (and suggests the nearest), or the value is no number
    /// or out of range; `claim` is named in the message.
    void set(std::string_view claim, std::string_view name, std::string_view value);

    [[nodiscard]] double real(std::string_view name) const;
    [[nodiscard]] std::size_t whole(std::string_view name) const;
    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] bool changed(std::string_view name) const;
    /// As in "d = 64, T = 1024".
    [[nodiscard]] std::string describe() const;

private:
    struct Value {
        double number;
        std::string text;
        bool changed;
    };
    [[nodiscard]] const Value& at(std::string_view name) const;

    std::span<const ClaimInput> inputs_;
    std::vector<Value> values_;
};

/// What an experiment is given.
struct ClaimRun {
    const ClaimValues& inputs;
    std::uint64_t seed;  ///< of this claim: all its random inputs depend on it
    double false_alarm;  ///< how often chance may turn the verdict, at most
    ThreadPool& pool;
};

/// What an experiment returns: numbers. The verdict is nobody's to write.
struct ClaimOutcome {
    std::vector<Check> checks = {};
    std::vector<std::string> notes = {};  ///< what the numbers show, and what they do not
    std::vector<Table> tables = {};
    std::vector<Figure> figures = {};
    std::vector<InputRecord> inputs = {};  ///< files read
};

/// One row of the table of claims.
struct Claim {
    std::string_view id;
    std::string_view equation;    ///< of arXiv 2511.17388 unless it says otherwise
    std::string_view statement;   ///< one sentence
    std::string_view correction;  ///< what is true instead; empty where none is expected
    Verdict expected = Verdict::holds;
    std::string_view reason;  ///< why that verdict is expected
    bool random = false;      ///< whether chance can turn the verdict
    std::span<const ClaimInput> inputs;
    ClaimOutcome (*run)(const ClaimRun&) = nullptr;
    std::string_view figure = {};  ///< the name of its figure; empty where it has none
};

/// All claims, in the order of the theory.
[[nodiscard]] std::span<const Claim> all_claims();

/// The claims that a selector names: an ID, or a prefix that ends where a part of the ID does ("rff", "leakage.decay").
/// Throws Error (usage) where there are none, and suggests the nearest.
[[nodiscard]] std::vector<const Claim*> select_claims(std::string_view selector);

/// Chance turns at least one verdict of a run of all claims at most so often, for any seed.
inline constexpr double total_false_alarm = 1e-6;

/// The share of one claim (Bonferroni): total_false_alarm over the number of random claims.
[[nodiscard]] double claim_false_alarm();

/// The seed of a claim in a run.
[[nodiscard]] std::uint64_t claim_seed(std::uint64_t seed, std::string_view id);

}  // namespace rotoscope
