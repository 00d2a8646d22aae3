#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <algorithm>
#include <cmath>

#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/forget_gate.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"T", "tokens", ClaimInput::Kind::whole, 96, 512, 2, 8192},
    {"d", "dimension of queries and keys", ClaimInput::Kind::whole, 16, 64, 1, 1024},
    {"logit", "mean logit of the forget gate", ClaimInput::Kind::real, 2, 2, -4, 8},
};

/// Forget gates f_t from the library, of a gate layer that passes its logit on, and the logits.
struct Gates {
    std::vector<double> logits, log_gates, gates;
};

Gates draw_gates(const ClaimRun& run, Draws& draws) {
    Gates g;
    const std::size_t length = run.inputs.whole("T");
    g.logits = draws.normals(length);
    for (double& logit : g.logits) logit += run.inputs.real("logit");
    ForgetGateWeights weights;
    weights.kind = ForgetGateKind::gla;
    weights.normalizer = 1.0;
    weights.down = RowMatrix<double>::Ones(1, 1);
    weights.up = RowMatrix<double>::Ones(1, 1);
    weights.bias = Vector<double>::Zero(1);
    g.log_gates.resize(length);
    compute_log_forget_gates(weights, g.logits, g.log_gates, run.pool);
    for (const double logit : g.logits) g.gates.push_back(1.0 / (1.0 + std::exp(-logit)));
    return g;
}

/// Eq. 26 by the library's softmax: the score gets a term in a dimension of its own, q = 1 and k = −Σ_{κ≤τ} log f_κ.
/// What Σ_{κ≤t} log f_κ adds to a whole row cancels.
RowMatrix<double> forgetting_weights(AttentionInputs<double> x, const Gates& g, ThreadPool& pool) {
    const Index d = x.queries.cols();
    x.queries.conservativeResize(Eigen::NoChange, d + 1);
    x.keys.conservativeResize(Eigen::NoChange, d + 1);
    double sum = 0.0;
    for (Index t = 0; t < x.keys.rows(); ++t) {
        x.queries(t, d) = 1.0;
        x.keys(t, d) = -(sum += g.log_gates[static_cast<std::size_t>(t)]);
    }
    return softmax_weights(x, Mask::causal, pool);
}

/// Row t of the other forms, from e^{s_tτ} and the decays Πf of the library's gate_window.
struct OtherForms {
    Eigen::VectorXd normalised;    ///< e^s Πf/Σ e^s Πf
    Eigen::VectorXd unnormalised;  ///< softmax(s)·Πf
    Eigen::VectorXd in_exponent;   ///< softmax(s Πf)
};

OtherForms other_forms(const AttentionInputs<double>& x, const Gates& g, Index t) {
    const auto count = static_cast<std::size_t>(t + 1);
    const std::vector<double> window = gate_window(std::span(g.gates).first(count));
    const Eigen::ArrayXd decay = Eigen::Map<const Eigen::ArrayXd>(window.data(), t + 1).reverse();
    const Eigen::ArrayXd score = x.keys.topRows(t + 1) * x.queries.row(t).transpose();
    const Eigen::ArrayXd exponential = score.exp();
    const Eigen::ArrayXd product = exponential * decay;
    const Eigen::ArrayXd printed = (score * decay).exp();
    return {product / product.sum(), exponential / exponential.sum() * decay, printed / printed.sum()};
}

ClaimOutcome run(const ClaimRun& run) {
    Draws draws(run.seed);
    const Gates g = draw_gates(run, draws);
    const auto length = static_cast<Index>(run.inputs.whole("T"));
    const auto x =
        scale_scores(gaussian_inputs<double>({length, static_cast<Index>(run.inputs.whole("d")), 1}, 1.0, run.seed));
    const RowMatrix<double> weights = forgetting_weights(x, g, run.pool);
    double normalised = 0.0, unnormalised = 0.0, in_exponent = 0.0;
    for (Index t = 0; t < length; ++t) {
        const OtherForms other = other_forms(x, g, t);
        const auto difference = [&](const Eigen::VectorXd& form) {
            return (weights.row(t).head(t + 1).transpose() - form).cwiseAbs().maxCoeff();
        };
        normalised = std::max(normalised, difference(other.normalised));
        unnormalised = std::max(unnormalised, difference(other.unnormalised));
        in_exponent = std::max(in_exponent, difference(other.in_exponent));
    }
    double total = 0.0;
    for (const double log_gate : g.log_gates) total -= log_gate;
    const double t = static_cast<double>(length);
    const double score = x.queries.rowwise().norm().maxCoeff() * x.keys.rowwise().norm().maxCoeff();
    const double tolerance =
        unit_roundoff * 2.0 * (2.0 * t * total + 4.0 * static_cast<double>(x.queries.cols()) * score + 6.0 * t + 32.0);
    const std::string derivation =
        "the exponent errs by uT Σ|log f| in its sum and 2du|q||k| in its score, a product of T gates by 4uT, the sum "
        "by "
        "uT; twice that in the quotient";
    return {{{Role::corrected, "softmax(s + Σ log f) = e^s Πf / Σ e^s Πf", Relation::equal, normalised, 0.0, tolerance,
              derivation},
             {Role::printed, "the product of the gates in the exponent, softmax(s Πf), gives the same", Relation::equal,
              in_exponent, 0.0, tolerance, derivation},
             {Role::control, "softmax(s)·Πf, not normalised again, gives the same", Relation::equal, unnormalised, 0.0,
              tolerance, derivation}},
            {}};
}

}  // namespace

Claim fox_gate() {
    return {"fox.gate",
            "eq. 26",
            "A forgetting gate in softmax attention multiplies each weight by the decay Πf",
            "the sum of log f is in the exponent: the weight is e^s Πf / Σ e^s Πf, decay times exp(score), normalised",
            Verdict::holds_as_corrected,
            "the printed product in the exponent is another function",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
