#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {
namespace {

template <class Matrix>
void expect_shape(const Matrix& matrix, std::string_view name, std::size_t rows, std::size_t columns) {
    if (static_cast<std::size_t>(matrix.rows()) == rows && static_cast<std::size_t>(matrix.cols()) == columns) return;
    throw input_error(fmt::format("the phase generator's {} is [{}, {}]; expected [{}, {}]", name, matrix.rows(),
                                  matrix.cols(), rows, columns));
}

}  // namespace

std::string_view gate_name(PhaseGate gate) noexcept {
    switch (gate) {
        case PhaseGate::none:
            return "none";
        case PhaseGate::standard:
            return "standard";
        case PhaseGate::low_rank:
            return "low-rank";
        case PhaseGate::gla:
            return "gla";
    }
    return "";
}

template <class Scalar>
void PhaseGeneratorWeights<Scalar>::check() const {
    if (heads == 0 || pairs == 0 || model_dim == 0 || model_dim % heads != 0)
        throw input_error(
            fmt::format("a phase generator of {} heads, {} pairs, model_dim {}; expected positive numbers and a "
                        "model_dim that the heads divide",
                        heads, pairs, model_dim));
    if (projection == PhaseProjection::low_rank) {
        expect_shape(down, "phi_proj.0.weight", static_cast<std::size_t>(down.rows()), model_dim);
        expect_shape(up, "phi_proj.1.weight", channels(), static_cast<std::size_t>(down.rows()));
    } else {
        expect_shape(full, "phi_proj.weight", model_dim, pairs);
        expect_shape(scalar, "phi_proj.scalar", heads, 1);
    }
    if (!skip_conv()) expect_shape(taps, "phi_conv1d.weight", channels(), phase_taps);
    if (bias.size() != 0) expect_shape(bias, "phi_bias", channels(), 1);
    if (gate == PhaseGate::standard) expect_shape(gate_up, "phase_gate_proj.weight", heads, model_dim);
    if (gate == PhaseGate::low_rank || gate == PhaseGate::gla) {
        expect_shape(gate_down, "phase_gate_proj.0.weight", static_cast<std::size_t>(gate_down.rows()), model_dim);
        expect_shape(gate_up, "phase_gate_proj.1.weight", gates(), static_cast<std::size_t>(gate_down.rows()));
    }
    if (gate != PhaseGate::none) expect_shape(gate_bias, "phase gate bias", gates(), 1);
    expect_shape(temperature, "temperature", pairs, 1);
}

template <class Scalar>
template <class Other>
PhaseGeneratorWeights<Other> PhaseGeneratorWeights<Scalar>::cast() const {
    PhaseGeneratorWeights<Other> other;
    other.heads = heads;
    other.pairs = pairs;
    other.model_dim = model_dim;
    other.projection = projection;
    other.down = down.template cast<Other>();
    other.up = up.template cast<Other>();
    other.full = full.template cast<Other>();
    other.scalar = scalar.template cast<Other>();
    other.taps = taps.template cast<Other>();
    other.silu = silu;
    other.bias = bias.template cast<Other>();
    other.gate = gate;
    other.gate_down = gate_down.template cast<Other>();
    other.gate_up = gate_up.template cast<Other>();
    other.gate_bias = gate_bias.template cast<Other>();
    other.temperature = temperature.template cast<Other>();
    return other;
}

template struct PhaseGeneratorWeights<float>;
template struct PhaseGeneratorWeights<double>;
template PhaseGeneratorWeights<float> PhaseGeneratorWeights<double>::cast<float>() const;
template PhaseGeneratorWeights<double> PhaseGeneratorWeights<float>::cast<double>() const;

}  // namespace rotoscope
