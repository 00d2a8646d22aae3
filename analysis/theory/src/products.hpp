// Matrix products on one thread, from any thread: parallelism comes from our own pool, so that the bytes do not depend
// on the number of threads. By the kernel of block_product.hpp; the columns that fill no vector by Eigen.
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
