#include "associative_memory.hpp"

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

/// Gram and Schmidt, twice: against what the first pass leaves.
void make_orthonormal(std::vector<std::vector<double>>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t j = 0; j < i; ++j) {
                double product = 0.0;
                for (std::size_t x = 0; x < rows[i].size(); ++x) product += rows[i][x] * rows[j][x];
                for (std::size_t x = 0; x < rows[i].size(); ++x) rows[i][x] -= product * rows[j][x];
            }
        double square = 0.0;
        for (const double value : rows[i]) square += value * value;
        for (double& value : rows[i]) value /= std::sqrt(square);
    }
}

std::vector<std::vector<double>> draw_keys(const MemoryResponse& memory, Keys keys, std::size_t lag, Draws& draws) {
    std::vector<std::vector<double>> rows;
    for (std::size_t l = 0; l < memory.lags(); ++l) rows.push_back(draws.direction(2 * memory.pairs()));
    if (keys == Keys::orthogonal) {
        if (rows.size() > 2 * memory.pairs()) throw internal_error("more orthogonal keys than dimensions");
        make_orthonormal(rows);
    }
    if (keys == Keys::repeated) rows.back() = rows[lag];
    return rows;
}

/// cos and sin of the angles times the decays, by lag: what a key is multiplied with.
struct Factors {
    std::vector<double> re, im;  // [l·P + n]
    explicit Factors(const MemoryResponse& memory) {
        for (std::size_t l = 0; l < memory.lags(); ++l)
            for (std::size_t n = 0; n < memory.pairs(); ++n) {
                re.push_back(memory.decay[l][n] * std::cos(memory.angle[l][n]));
                im.push_back(memory.decay[l][n] * std::sin(memory.angle[l][n]));
            }
    }
};

double coefficient(const std::vector<double>& key, const std::vector<double>& query, const Factors& f, std::size_t l) {
    const std::size_t pairs = key.size() / 2;
    double sum = 0.0;
    for (std::size_t n = 0; n < pairs; ++n) {  // conj(k) q = (k0 q0 + k1 q1) + i(k0 q1 − k1 q0)
        const double re = key[n] * query[n] + key[n + pairs] * query[n + pairs];
        const double im = key[n] * query[n + pairs] - key[n + pairs] * query[n];
        sum += f.re[l * pairs + n] * re - f.im[l * pairs + n] * im;
    }
    return sum;
}

}  // namespace

MemoryResponse constant_memory(std::size_t lags, std::span<const double> gates, std::span<const double> frequencies) {
    MemoryResponse memory{std::vector(lags, std::vector<double>(gates.size())),
                          std::vector(lags, std::vector<double>(gates.size()))};
    for (std::size_t n = 0; n < gates.size(); ++n) {
        const std::vector<double> window = gate_window(std::vector<double>(lags, gates[n]));
        for (std::size_t l = 0; l < lags; ++l) {
            memory.decay[l][n] = window[l];
            memory.angle[l][n] = frequencies[n] * static_cast<double>(l);
        }
    }
    return memory;
}

RecallSample sample_recall(const MemoryResponse& memory, Keys keys, std::size_t lag, std::size_t trials, Draws& draws) {
    const Factors factors(memory);
    RecallSample sample;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        throw_if_stopped();
        const auto rows = draw_keys(memory, keys, lag, draws);
        double noise = 0.0;
        for (std::size_t l = 0; l < memory.lags(); ++l) {
            const double c = coefficient(rows[l], rows[lag], factors, l);
            if (l == lag) sample.signal.add(c);
            else noise += c * c;
            if (l + 1 == memory.lags()) sample.oldest.add(c);
        }
        sample.noise.add(noise);
    }
    return sample;
}

double expected_signal(const MemoryResponse& memory, std::size_t lag) {
    double sum = 0.0;
    for (std::size_t n = 0; n < memory.pairs(); ++n) sum += memory.decay[lag][n] * std::cos(memory.angle[lag][n]);
    return sum / static_cast<double>(memory.pairs());
}

double expected_noise(const MemoryResponse& memory, std::size_t lag) {
    double sum = 0.0;
    for (std::size_t l = 0; l < memory.lags(); ++l)
        for (std::size_t n = 0; n < memory.pairs() && l != lag; ++n) sum += memory.decay[l][n] * memory.decay[l][n];
    const double pairs = static_cast<double>(memory.pairs());
    return sum / (2.0 * pairs * pairs);
}

double expected_snr(const MemoryResponse& memory, std::size_t lag) {
    return std::pow(expected_signal(memory, lag), 2) / expected_noise(memory, lag);
}

}  // namespace rotoscope
