#include "claim_rows.hpp"
#include "kernel_setup.hpp"

#include <fmt/format.h>

#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "dimension of query and key", ClaimInput::Kind::whole, 16, 64, 2, 1024},
    {"angle", "between the unit vectors q and k, degrees", ClaimInput::Kind::real, 60, 60, 1, 89},
    {"m", "frequencies of an estimate", ClaimInput::Kind::whole, 256, 256, 1, 1e6},
    {"repeats", "independent estimates", ClaimInput::Kind::whole, 4096, 16384, 64, 1e7},
};

ClaimOutcome run(const ClaimRun& run) {
    const auto d = static_cast<Index>(run.inputs.whole("d"));
    const double angle = radians(run.inputs.real("angle"));
    const auto [q, k] = unit_vectors(d, angle);
    FeatureOptions features;
    features.count = static_cast<Index>(run.inputs.whole("m"));
    features.seed = run.seed;
    const auto repeats = static_cast<Index>(run.inputs.whole("repeats"));
    const double n = static_cast<double>(features.count) * static_cast<double>(repeats);
    const auto bias = [&](const Eigen::RowVectorXd& key, double target, double temperature) {
        FeatureOptions own = features;
        own.temperature = {temperature};
        return simulate_kernel(own, q, key, target, repeats, run.pool).bias.value;
    };
    const double kernel = std::exp(std::cos(angle));
    const double share = run.false_alarm / 4.0;
    const auto tolerance = [&](double pair_angle) {
        return kernel_mean_tolerance(kernel_moments(FeatureKind::trigonometric, unit_pair(d, pair_angle), 1).variance,
                                     n, share);
    };
    // Without the conjugate φ(q)·φ(k) is what the conjugate makes of q and −k.
    const double opposite = std::numbers::pi - angle;
    const std::string derivation = fmt::format(
        "Bernstein's inequality for {:.3g} terms e cos w·z of known variance, probability {:.1e}", n, share);
    return {{{Role::printed, "mean of φ(q)·φ(k) − exp(q·k), without the conjugate", Relation::equal,
              bias(-k, kernel, 1.0), 0.0, tolerance(opposite), derivation},
             {Role::corrected, "mean of φ(q)·conj φ(k) − exp(q·k)", Relation::equal, bias(k, kernel, 1.0), 0.0,
              tolerance(angle), derivation},
             {Role::statement, "mean of φ(q)·φ(k) − exp(−q·k)", Relation::equal, bias(-k, 1.0 / kernel, 1.0), 0.0,
              tolerance(opposite), derivation},
             {Role::control, "with frequencies of σ = 1.02 the mean is exp(q·k), too", Relation::equal,
              bias(k, kernel, 1.02), 0.0, tolerance(angle), derivation}},
            {}};
}

}  // namespace

Claim rff_unbiased() {
    return {"rff.unbiased",
            "eq. 8",
            "Complex random features estimate exp(q·k) without bias",
            "φ(k) must be conjugated; as printed, the mean of φ(q)·φ(k) is exp(−q·k)",
            Verdict::holds_as_corrected,
            "E exp(iw·(q ± k)) = exp(−|q ± k|²/2): only the difference gives exp(q·k)",
            true,
            inputs,
            run};
}

}  // namespace rotoscope
