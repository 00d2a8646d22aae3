// Matrix products on one thread, from any thread: parallelism comes from our own pool, so that the bytes do not depend
// on the number of threads. Eigen's kernels, compiled for this machine in one place: on blocks of 64 to 512 rows they
// are as fast as OpenBLAS (130 to 185 GFLOP/s in float against 98 to 161), which besides falls back to SSE3, a fifth of
// that, on processors that it does not know.
#pragma once

#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// Whether a product replaces what is there or is added to it.
enum class Update { set, add };

/// C = A·B or C += A·B, C [m, n], A [m, r], B [r, n].
void multiply(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c);
void multiply(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c);

/// C = A·Bᵀ or C += A·Bᵀ, C [m, n], A [m, r], B [n, r].
void multiply_transposed(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c);
void multiply_transposed(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c);

/// C = Aᵀ·B or C += Aᵀ·B, C [m, n], A [r, m], B [r, n].
void transposed_multiply(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c);
void transposed_multiply(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c);

}  // namespace rotoscope
