#include "claim_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {

std::span<const Claim> all_claims() {
    static const std::array claims{
        rope_relative(),       rope_trick(),     rope_decay(),      rff_unbiased(),          rff_variance(),
        rff_attention(),       rff_recurrence(), rff_temperature(), temperature_figure2(),   ssm_dft(),
        leakage_rectangular(), leakage_decay(),  leakage_hann(),    householder_pair(),      fox_gate(),
        tracking_parity(),     tracking_a3(),    phase_precision(), recall_rotation_decay(), gate_scalar_or_diagonal(),
        gate_spectra(),
    };
    return claims;
}

std::vector<const Claim*> select_claims(std::string_view selector) {
    std::vector<const Claim*> selected;
    std::vector<std::string> words;
    for (const Claim& claim : all_claims()) {
        if (claim.id == selector || (claim.id.starts_with(selector) && claim.id[selector.size()] == '.'))
            selected.push_back(&claim);
        words.emplace_back(claim.id);
        words.emplace_back(claim.id.substr(0, claim.id.find('.')));
    }
    if (!selected.empty()) return selected;
    const std::string nearest = nearest_word(selector, words);
    throw usage_error(fmt::format("there is no claim {}; {}", quote(selector),
                                  nearest.empty() ? "'rotoscope verify --list' shows them" : "perhaps " + nearest));
}

double claim_false_alarm() {
    const auto random = std::ranges::count_if(all_claims(), [](const Claim& claim) { return claim.random; });
    return total_false_alarm / static_cast<double>(random);
}

std::uint64_t claim_seed(std::uint64_t seed, std::string_view id) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char character : id) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    return UniformDraws(seed, RandomStream::claim_seeds).bits(hash);
}

}  // namespace rotoscope
