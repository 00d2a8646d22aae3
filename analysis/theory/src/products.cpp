#include "products.hpp"

#include "block_product.hpp"

namespace rotoscope {
namespace {

/// C = A·B or C += A·B. The kernel takes whole vectors of columns; Eigen the rest, which may be a matrix-vector
/// product.
template <class Scalar, class Left, class Right>
void product(const Left& a, StridedMatrix<const Scalar> a_memory, const Right& b, StridedMatrix<const Scalar> b_memory,
             Update update, Rows<Scalar>& c) {
    const Index fast = c.cols() / static_cast<Index>(lane_count<Scalar>) * static_cast<Index>(lane_count<Scalar>);
    if (fast > 0)
        block_product::multiply(a_memory, b_memory, c.rows(), fast, a.cols(), update == Update::add, c.data(),
                                c.outerStride());
    const Index rest = c.cols() - fast;
    if (rest == 0) return;
    if (update == Update::add) c.rightCols(rest).noalias() += a * b.rightCols(rest);
    else c.rightCols(rest).noalias() = a * b.rightCols(rest);
}

template <class Scalar>
StridedMatrix<const Scalar> memory(const ConstRows<Scalar>& matrix) {
    return {matrix.data(), matrix.outerStride(), 1};
}

template <class Scalar>
StridedMatrix<const Scalar> transposed_memory(const ConstRows<Scalar>& matrix) {
    return {matrix.data(), 1, matrix.outerStride()};
}

}  // namespace

void multiply(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c) {
    product<float>(a, memory<float>(a), b, memory<float>(b), update, c);
}
void multiply(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c) {
    product<double>(a, memory<double>(a), b, memory<double>(b), update, c);
}
void multiply_transposed(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c) {
    product<float>(a, memory<float>(a), b.transpose(), transposed_memory<float>(b), update, c);
}
void multiply_transposed(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c) {
    product<double>(a, memory<double>(a), b.transpose(), transposed_memory<double>(b), update, c);
}
void transposed_multiply(const ConstRows<float>& a, const ConstRows<float>& b, Update update, Rows<float> c) {
    product<float>(a.transpose(), transposed_memory<float>(a), b, memory<float>(b), update, c);
}
void transposed_multiply(const ConstRows<double>& a, const ConstRows<double>& b, Update update, Rows<double> c) {
    product<double>(a.transpose(), transposed_memory<double>(a), b, memory<double>(b), update, c);
}

}  // namespace rotoscope
