// Discrete Fourier transforms by FFTW. Signs and scale are FFTW's: forward e^{−2πi jk/n}, and nothing is divided by n.
//
// Plans are made with FFTW_ESTIMATE only. FFTW_MEASURE would be about twice as fast at sizes beyond the L2 cache, but
// it chooses by timing: the rounding, and so the last bits of every result, would differ from run to run. Large jobs
// are split into transforms that fit in the cache instead, where the estimate is as good.
//
// The planner runs under one lock. Executing a plan is const and safe from any number of threads.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>

struct fftw_plan_s;

namespace rotoscope {

namespace detail {
struct FftPlanDeleter {
    void operator()(fftw_plan_s* plan) const noexcept;
};
using FftPlan = std::unique_ptr<fftw_plan_s, FftPlanDeleter>;
}  // namespace detail

/// X_k = Σ_{j=0}^{n−1} x_j e^{−2πi jk/n}, k = 0 … n − 1.
class ForwardFft {
public:
    /// Throws Error (internal) unless 1 ≤ n < 2³¹.
    explicit ForwardFft(std::size_t n);

    [[nodiscard]] std::size_t size() const noexcept { return n_; }

    /// `input` and `output` have n elements and do not overlap; `input` is left as it is. Throws Error (internal)
    /// where a length differs. A span that is not aligned as FFTW wants (16 bytes) is copied first.
    void operator()(std::span<const std::complex<double>> input, std::span<std::complex<double>> output) const;

private:
    std::size_t n_;
    detail::FftPlan plan_;
};

/// x_j = Σ_{k=0}^{n−1} X_k e^{+2πi jk/n}, j = 0 … n − 1: n times the inverse of ForwardFft. The rest is as there.
class BackwardFft {
public:
    explicit BackwardFft(std::size_t n);
    [[nodiscard]] std::size_t size() const noexcept { return n_; }
    void operator()(std::span<const std::complex<double>> input, std::span<std::complex<double>> output) const;

private:
    std::size_t n_;
    detail::FftPlan plan_;
};

/// X_k = Σ_{j=0}^{n−1} x_j e^{−2πi jk/n} of real x, k = 0 … ⌊n/2⌋; the others are X_{n−k} = conj X_k.
class RealFft {
public:
    explicit RealFft(std::size_t n);
    [[nodiscard]] std::size_t size() const noexcept { return n_; }
    [[nodiscard]] std::size_t bins() const noexcept { return n_ / 2 + 1; }
    /// `input` has n elements, `output` bins().
    void operator()(std::span<const double> input, std::span<std::complex<double>> output) const;

private:
    std::size_t n_;
    detail::FftPlan plan_;
};

/// n times the inverse of RealFft: x_j = Σ_{k=0}^{n−1} X_k e^{+2πi jk/n} with X_{n−k} = conj X_k. The imaginary parts
/// of X_0 and, for even n, X_{n/2} are ignored.
class BackwardRealFft {
public:
    explicit BackwardRealFft(std::size_t n);
    [[nodiscard]] std::size_t size() const noexcept { return n_; }
    [[nodiscard]] std::size_t bins() const noexcept { return n_ / 2 + 1; }
    /// `input` has bins() elements, `output` n.
    void operator()(std::span<const std::complex<double>> input, std::span<double> output) const;

private:
    std::size_t n_;
    detail::FftPlan plan_;
};

/// The smallest 2^a 3^b 5^c 7^d ≥ n: the sizes that FFTW has fast code for. Throws Error (internal) for n = 0 or
/// n > 2³⁰.
[[nodiscard]] std::size_t good_fft_size(std::size_t n);

}  // namespace rotoscope
