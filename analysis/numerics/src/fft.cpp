#include "rotoscope/numerics/fft.hpp"

#include <fftw3.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// FFTW's planner, and the destruction of plans, share state without a lock of their own.
std::mutex& planner() {
    static std::mutex mutex;
    return mutex;
}

/// Memory as FFTW aligns it.
template <class T>
class AlignedArray {
public:
    explicit AlignedArray(std::size_t n) : data_(static_cast<T*>(fftw_malloc(n * sizeof(T)))), n_(n) {
        if (!data_) throw std::bad_alloc();
    }
    explicit AlignedArray(std::span<const T> values) : AlignedArray(values.size()) {
        std::copy(values.begin(), values.end(), data_.get());
    }
    [[nodiscard]] T* data() const noexcept { return data_.get(); }
    void copy_to(std::span<T> target) const { std::copy_n(data_.get(), n_, target.begin()); }

private:
    struct Free {
        void operator()(T* data) const noexcept { fftw_free(data); }
    };
    std::unique_ptr<T, Free> data_;
    std::size_t n_;
};

fftw_complex* raw(Complex* values) { return reinterpret_cast<fftw_complex*>(values); }
double* raw(double* values) { return values; }

template <class T>
bool is_aligned(const T* values) {
    return fftw_alignment_of(reinterpret_cast<double*>(const_cast<T*>(values))) == 0;
}

void check_size(std::size_t found, std::size_t expected, const char* what) {
    if (found != expected)
        throw internal_error(fmt::format("FFT {} of {} elements; expected {}", what, found, expected));
}

/// make(n, in, out) under the planner's lock. The arrays only show the planner their alignment.
template <class In, class Out, class Make>
detail::FftPlan plan(std::size_t n, std::size_t n_in, std::size_t n_out, const Make& make) {
    if (n < 1 || n > 0x7FFFFFFF) throw internal_error(fmt::format("FFT of {} points; expected 1 to 2^31 - 1", n));
    const AlignedArray<In> in(n_in);
    const AlignedArray<Out> out(n_out);
    const std::lock_guard lock(planner());
    detail::FftPlan made(make(static_cast<int>(n), raw(in.data()), raw(out.data())));
    if (!made) throw internal_error(fmt::format("FFTW has no plan for {} points", n));
    return made;
}

detail::FftPlan plan_complex(std::size_t n, int sign) {
    return plan<Complex, Complex>(n, n, n, [sign](int size, fftw_complex* in, fftw_complex* out) {
        return fftw_plan_dft_1d(size, in, out, sign, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    });
}

/// execute(in, out), by way of aligned copies where a span is not aligned as the plan was promised.
template <class In, class Out, class Execute>
void run(std::span<const In> input, std::span<Out> output, const Execute& execute) {
    if (!is_aligned(input.data())) {
        const AlignedArray<In> copy(input);
        run(std::span<const In>(copy.data(), input.size()), output, execute);
    } else if (!is_aligned(output.data())) {
        const AlignedArray<Out> copy(output.size());
        execute(raw(const_cast<In*>(input.data())), raw(copy.data()));
        copy.copy_to(output);
    } else {
        execute(raw(const_cast<In*>(input.data())), raw(output.data()));
    }
}

void run_complex(fftw_plan plan, std::size_t n, std::span<const Complex> input, std::span<Complex> output) {
    check_size(input.size(), n, "input");
    check_size(output.size(), n, "output");
    run(input, output, [plan](fftw_complex* in, fftw_complex* out) { fftw_execute_dft(plan, in, out); });
}

}  // namespace

void detail::FftPlanDeleter::operator()(fftw_plan_s* plan) const noexcept {
    const std::lock_guard lock(planner());
    fftw_destroy_plan(plan);
}

ForwardFft::ForwardFft(std::size_t n) : n_(n), plan_(plan_complex(n, FFTW_FORWARD)) {}

void ForwardFft::operator()(std::span<const Complex> input, std::span<Complex> output) const {
    run_complex(plan_.get(), n_, input, output);
}

BackwardFft::BackwardFft(std::size_t n) : n_(n), plan_(plan_complex(n, FFTW_BACKWARD)) {}

void BackwardFft::operator()(std::span<const Complex> input, std::span<Complex> output) const {
    run_complex(plan_.get(), n_, input, output);
}

RealFft::RealFft(std::size_t n)
    : n_(n), plan_(plan<double, Complex>(n, n, n / 2 + 1, [](int size, double* in, fftw_complex* out) {
          return fftw_plan_dft_r2c_1d(size, in, out, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
      })) {}

void RealFft::operator()(std::span<const double> input, std::span<Complex> output) const {
    check_size(input.size(), n_, "input");
    check_size(output.size(), bins(), "output");
    run(input, output, [this](double* in, fftw_complex* out) { fftw_execute_dft_r2c(plan_.get(), in, out); });
}

BackwardRealFft::BackwardRealFft(std::size_t n)
    : n_(n), plan_(plan<Complex, double>(n, n / 2 + 1, n, [](int size, fftw_complex* in, double* out) {
          return fftw_plan_dft_c2r_1d(size, in, out, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
      })) {}

void BackwardRealFft::operator()(std::span<const Complex> input, std::span<double> output) const {
    check_size(input.size(), bins(), "input");
    check_size(output.size(), n_, "output");
    run(input, output, [this](fftw_complex* in, double* out) { fftw_execute_dft_c2r(plan_.get(), in, out); });
}

std::size_t good_fft_size(std::size_t n) {
    if (n < 1 || n > std::size_t{1} << 30) throw internal_error(fmt::format("FFT size {}; expected 1 to 2^30", n));
    std::size_t best = std::size_t{1} << 30;
    for (std::size_t sevens = 1; sevens < 7 * n; sevens *= 7)
        for (std::size_t fives = sevens; fives < 5 * n; fives *= 5)
            for (std::size_t threes = fives; threes < 3 * n; threes *= 3) {
                std::size_t size = threes;
                while (size < n) size *= 2;
                best = std::min(best, size);
            }
    return best;
}

}  // namespace rotoscope
