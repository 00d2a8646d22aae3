// Window functions by name: one table of names, parameters and formulas, and one generator each.
//
// Conventions. A window is a function of u ∈ [−1, 1]. Its `symmetric` variant of N samples has u_n = 2n/(N−1) − 1,
// n = 0 … N − 1 (filter design); its `periodic` variant, also called DFT-even, u_n = 2n/N − 1: the first N samples of
// the symmetric variant of N + 1 (spectral analysis; the default). Where SciPy's definition is not a function of u
// alone (triang, parzen, cosine, taylor, chebwin, dpss), the row's formula says so and the samples are SciPy's. One
// sample is always 1. Causal windows are functions of the lag l = 0 … N − 1 and have this one variant only.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

enum class Symmetry { periodic, symmetric };

/// Which variants a window has: both, or one whatever is asked for.
enum class WindowVariants { both, symmetric_only, causal };

/// One parameter of a window.
struct WindowParameter {
    std::string_view name;
    std::string_view meaning;
    double lowest = 0.0;
    double highest = 0.0;
    std::optional<double> fallback = {};  ///< the value where none is given; without it the parameter is required
    std::string_view instead_of = {};     ///< the parameter whose place it takes, as `std` takes that of `alpha`
    bool optional = false;                ///< may be absent although there is no fallback
    bool positive = false;                ///< `lowest` itself is refused
    bool integer = false;
    bool in_samples = false;    ///< measured in samples, so that the shape depends on N
    bool keyword_only = false;  ///< given as name=value only, never by position
    bool repeated = false;      ///< takes all further positional values (the last parameter of its window)
};

struct WindowInfo;

/// The values of a window's parameters, in the order of its row.
class WindowArguments {
public:
    WindowArguments(const WindowInfo& window, std::vector<std::optional<double>> values)
        : window_(&window), values_(std::move(values)) {}

    [[nodiscard]] bool given(std::size_t i) const { return i < values_.size() && values_[i].has_value(); }
    /// The value of parameter i, or its fallback.
    [[nodiscard]] double operator[](std::size_t i) const;
    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

private:
    const WindowInfo* window_;
    std::vector<std::optional<double>> values_;
};

/// One row of the table of windows.
struct WindowInfo {
    std::string_view name;
    std::vector<std::string_view> aliases;
    std::vector<WindowParameter> parameters;
    std::string_view formula;      ///< in u, or in what the formula itself defines
    std::string_view description;  ///< one or two sentences: what it is for, and what to beware of
    WindowVariants variants = WindowVariants::both;

    /// Fills the symmetric variant (or the only one) of window.size() ≥ 2 samples.
    void (*generate)(const WindowArguments&, std::span<double> window) = nullptr;

    /// ½ ∫_{−1}^{1} w(u) cos(πfu) du for f ≥ 100 bins, up to a factor that does not depend on f; the modulus for causal
    /// windows. Null where there is no closed form (or asymptotic series to double precision).
    double (*tail)(const WindowArguments&, double f) = nullptr;
};

/// All windows, sorted by name.
[[nodiscard]] std::span<const WindowInfo> all_windows();

/// The row of a name or alias; case and the difference of '-' and '_' do not matter. Throws Error (usage) for an
/// unknown one, and suggests the nearest.
[[nodiscard]] const WindowInfo& find_window(std::string_view name);

/// A window with its parameters.
struct WindowSpec {
    const WindowInfo* window;
    WindowArguments arguments;

    /// The text that parse_window reads back, as in "kaiser:2.5" or "gaussian:std=64".
    [[nodiscard]] std::string text() const;
};

/// Reads NAME[:P1[:P2…]]. Each P is a positional value or key=value: `kaiser:2.5` is α = 2.5 and `kaiser:beta=8`
/// SciPy's β. Throws Error (usage), naming what was found and expected: unknown window or key, no number, out of range,
/// too many or too few values, a parameter given twice.
[[nodiscard]] WindowSpec parse_window(std::string_view text);

/// Reads windows separated by commas. Throws Error (usage) as parse_window, and for an empty list or element.
[[nodiscard]] std::vector<WindowSpec> parse_windows(std::string_view list);

/// The window of n ≥ 1 samples. A window that has one variant ignores `symmetry`. Throws Error (usage) for n = 0, n
/// above 2²⁸, and where the length does not suit the window (odd for kaiser_bessel_derived, below 2 NW for dpss).
[[nodiscard]] std::vector<double> make_window(const WindowSpec& spec, std::size_t n,
                                              Symmetry symmetry = Symmetry::periodic);

/// How a window's variants are called in lists: "periodic, symmetric", "symmetric only", "causal".
[[nodiscard]] std::string_view describe_variants(WindowVariants variants);

}  // namespace rotoscope
