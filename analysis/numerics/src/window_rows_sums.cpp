#include "cosine_sums.hpp"
#include "window_generators.hpp"
#include "window_rows.hpp"

namespace rotoscope::detail {
namespace {

using Arguments = WindowArguments;

void fill_terms(std::span<const double> terms, std::span<double> window) {
    const std::size_t last = window.size() - 1;
    const double half = 0.5 * static_cast<double>(last);
    for (std::size_t n = 0; n <= last / 2; ++n)
        window[n] = window[last - n] = cosine_sum(terms, (half - static_cast<double>(n)) / half);
}

template <const auto& terms>
void fill_sum(const Arguments&, std::span<double> window) {
    fill_terms(terms, window);
}
template <const auto& terms>
double sum_tail(const Arguments&, double f) {
    return cosine_sum_tail(terms, f);
}

using Terms = std::vector<double> (*)(const Arguments&);
template <Terms terms>
void fill_computed_sum(const Arguments& arguments, std::span<double> window) {
    fill_terms(terms(arguments), window);
}
template <Terms terms>
double computed_sum_tail(const Arguments& arguments, double f) {
    return cosine_sum_tail(terms(arguments), f);
}

}  // namespace

std::vector<WindowInfo> cosine_sum_windows() {
    return {
        {"blackman",
         {},
         {},
         "0.42 + 0.5 cos(pi u) + 0.08 cos(2 pi u)",
         "Three terms rounded so that the edges are continuous: side lobes fall by 18 dB an octave.",
         WindowVariants::both,
         fill_sum<blackman_terms>,
         sum_tail<blackman_terms>},
        {"blackman_harris_3",
         {"bh3", "minimum_3_term"},
         {},
         "0.42323 + 0.49755 cos(pi u) + 0.07922 cos(2 pi u)",
         "Harris's minimum 3-term window: the lowest side lobes that three terms give, nearly.",
         WindowVariants::both,
         fill_sum<blackman_harris_3_terms>,
         sum_tail<blackman_harris_3_terms>},
        {"blackmanharris",
         {"blackman_harris", "blackman_harris_4", "bh4"},
         {},
         "0.35875 + 0.48829 cos(pi u) + 0.14128 cos(2 pi u) + 0.01168 cos(3 pi u)",
         "Harris's minimum 4-term window: side lobes below -92 dB for twice the width of the rectangle.",
         WindowVariants::both,
         fill_sum<blackman_harris_4_terms>,
         sum_tail<blackman_harris_4_terms>},
        {"boxcar",
         {"rectangular", "rectangle", "rect", "dirichlet"},
         {},
         "1",
         "No window: rotation without decay, the Dirichlet kernel. The narrowest main lobe, the highest side lobes.",
         WindowVariants::both,
         fill_sum<boxcar_terms>,
         sum_tail<boxcar_terms>},
        {"exact_blackman",
         {},
         {},
         "(7938 + 9240 cos(pi u) + 1430 cos(2 pi u))/18608",
         "Blackman's unrounded coefficients: zeros at f = 3.5 and 4.5 bins, lower near lobes, a slow fall-off.",
         WindowVariants::both,
         fill_sum<exact_blackman_terms>,
         sum_tail<exact_blackman_terms>},
        {"flattop",
         {"flat_top"},
         {},
         "0.21557895 + 0.41663158 cos(pi u) + 0.277263158 cos(2 pi u) + 0.083578947 cos(3 pi u) + 0.006947368 cos(4 pi "
         "u)",
         "A main lobe so flat that amplitudes read right between bins (scallop loss 0.01 dB), at nearly four times the "
         "rectangle's noise bandwidth. Its samples are negative near the edges.",
         WindowVariants::both,
         fill_sum<flattop_terms>,
         sum_tail<flattop_terms>},
        {"general_cosine",
         {},
         {{.name = "a",
           .meaning = "coefficients a_0, a_1, ... (at most 64)",
           .lowest = -1e6,
           .highest = 1e6,
           .repeated = true}},
         "sum_k a_k cos(k pi u)",
         "Any cosine sum; SciPy's signs: positive coefficients peak in the middle.",
         WindowVariants::both,
         fill_computed_sum<general_cosine_terms>,
         computed_sum_tail<general_cosine_terms>},
        {"general_hamming",
         {},
         {{.name = "alpha", .meaning = "constant term", .lowest = 0.0, .highest = 1.0}},
         "alpha + (1 - alpha) cos(pi u)",
         "Hann at 0.5, Hamming at 0.54, a rectangle at 1.",
         WindowVariants::both,
         fill_computed_sum<general_hamming_terms>,
         computed_sum_tail<general_hamming_terms>},
        {"hamming",
         {},
         {},
         "0.54 + 0.46 cos(pi u)",
         "The first side lobe cancelled at the price of a slow fall-off (6 dB an octave).",
         WindowVariants::both,
         fill_sum<hamming_terms>,
         sum_tail<hamming_terms>},
        {"hann",
         {"hanning"},
         {},
         "0.5 + 0.5 cos(pi u)",
         "The usual compromise: side lobes from -31.5 dB falling by 18 dB an octave, 1.5 bins of noise bandwidth.",
         WindowVariants::both,
         fill_sum<hann_terms>,
         sum_tail<hann_terms>},
        {"nuttall",
         {},
         {},
         "0.3635819 + 0.4891775 cos(pi u) + 0.1365995 cos(2 pi u) + 0.0106411 cos(3 pi u)",
         "Nuttall's minimum 4-term window: side lobes at -98 dB.",
         WindowVariants::both,
         fill_sum<nuttall_terms>,
         sum_tail<nuttall_terms>},
        {"taylor",
         {},
         {{.name = "nbar",
           .meaning = "side lobes on either side held at about the same level",
           .lowest = 1.0,
           .highest = 100.0,
           .fallback = 4.0,
           .integer = true},
          {.name = "sll",
           .meaning = "level of those side lobes in dB below the main lobe",
           .highest = 300.0,
           .fallback = 30.0},
          {.name = "norm",
           .meaning = "1: the middle is scaled to 1; 0: the mean is",
           .highest = 1.0,
           .fallback = 1.0,
           .integer = true,
           .keyword_only = true}},
         "1 + 2 sum_{m<nbar} F_m cos(2 pi m (n - M/2 + 1/2)/M)",
         "Nearly Chebyshev for the near side lobes, falling beyond; usual for antenna arrays and radar.",
         WindowVariants::both,
         generate_taylor,
         computed_sum_tail<taylor_terms>},
    };
}

}  // namespace rotoscope::detail
