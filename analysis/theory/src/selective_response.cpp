#include "rotoscope/theory/selective_response.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// u_n ← gate(n)·u_n + v·c_n with c the carriers, or for direction −1 their conjugates.
template <class Gate>
void accumulate(const Gate& gate, Complex v, const Carriers& carriers, double direction, std::span<double> re,
                std::span<double> im) {
    const auto c = carriers.cosines();
    const auto s = carriers.sines();
    const double v_re = v.real();
    const double v_im = v.imag();
    for (std::size_t n = 0; n < re.size(); ++n) {
        const double sine = direction * s[n];
        re[n] = gate(n) * re[n] + (v_re * c[n] - v_im * sine);
        im[n] = gate(n) * im[n] + (v_re * sine + v_im * c[n]);
    }
}

}  // namespace

Carriers::Carriers(const RotationBank& bank)
    : frequencies_(bank.turns()),
      step_re_(bank.size()),
      step_im_(bank.size()),
      re_(bank.size(), 1.0),
      im_(bank.size(), 0.0) {
    for (std::size_t n = 0; n < size(); ++n) {
        const Complex step = frequencies_[n].unit();
        step_re_[n] = step.real();
        step_im_[n] = step.imag();
    }
}

void Carriers::restart() {
    for (std::size_t n = 0; n < size(); ++n) {
        const Complex exact = (frequencies_[n] * time_).unit();
        re_[n] = exact.real();
        im_[n] = exact.imag();
    }
}

void Carriers::advance() {
    constexpr std::uint64_t restart_period = 64;
    ++time_;
    if (time_ % restart_period == 0) {
        restart();
        return;
    }
    for (std::size_t n = 0; n < size(); ++n) {
        const double re = re_[n] * step_re_[n] - im_[n] * step_im_[n];
        im_[n] = re_[n] * step_im_[n] + im_[n] * step_re_[n];
        re_[n] = re;
    }
}

SelectiveResponse::SelectiveResponse(const RotationBank& tones)
    : tones_(tones), re_(tones.size(), 0.0), im_(tones.size(), 0.0) {}

// u_t = a_t u_{t−1} + e^{−iΦ_t} e^{iw't}.
void SelectiveResponse::add(double angle, double gate) {
    phase_ += Turns::of_radians(angle);
    accumulate([gate](std::size_t) { return gate; }, (-phase_).unit(), tones_, 1.0, re_, im_);
    tones_.advance();
}

void SelectiveResponse::states(std::span<Complex> states) const {
    if (states.size() != re_.size())
        throw internal_error(fmt::format("{} states of {} tones", states.size(), re_.size()));
    const Complex turn = phase_.unit();
    for (std::size_t n = 0; n < states.size(); ++n) states[n] = turn * Complex(re_[n], im_[n]);
}

RowMatrix<Complex> selective_responses(std::span<const double> angles, std::span<const double> gates,
                                       const RotationBank& tones) {
    if (angles.size() != gates.size())
        throw internal_error(fmt::format("{} gates for {} angles", gates.size(), angles.size()));
    RowMatrix<Complex> responses(static_cast<Eigen::Index>(angles.size()), static_cast<Eigen::Index>(tones.size()));
    SelectiveResponse channel(tones);
    for (std::size_t t = 0; t < angles.size(); ++t) {
        channel.add(angles[t], gates[t]);
        channel.states(std::span(responses.row(static_cast<Eigen::Index>(t)).data(), tones.size()));
    }
    return responses;
}

// u_t(n) = a_n u_{t−1}(n) + v_t e^{−iw_n t}, |s_t| = |u_t|.
RowMatrix<double> spectrogram(std::span<const Complex> signal, const RotationBank& bank, std::span<const double> decays,
                              std::size_t stride) {
    if (stride == 0) throw usage_error("a stride of 0 tokens; expected at least 1");
    RowMatrix<double> moduli(static_cast<Eigen::Index>(signal.size() / stride), static_cast<Eigen::Index>(bank.size()));
    const auto own = decays_of_channels(bank, decays);
    Carriers carriers(bank);
    std::vector<double> re(bank.size(), 0.0);
    std::vector<double> im(bank.size(), 0.0);
    for (std::size_t t = 0; t < signal.size(); ++t) {
        accumulate([&own](std::size_t n) { return own[n]; }, signal[t], carriers, -1.0, re, im);
        carriers.advance();
        if ((t + 1) % stride != 0) continue;
        double* row = moduli.row(static_cast<Eigen::Index>((t + 1) / stride - 1)).data();
        for (std::size_t n = 0; n < bank.size(); ++n) row[n] = std::sqrt(re[n] * re[n] + im[n] * im[n]);
    }
    return moduli;
}

}  // namespace rotoscope
