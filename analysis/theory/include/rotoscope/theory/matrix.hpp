// The matrix types of the public interface: row t is token t, contiguous, as in the files.
#pragma once

#include <Eigen/Core>

namespace rotoscope {

// Linking a rotoscope:: target defines it. Otherwise the one side would free what the other allocated differently.
static_assert(EIGEN_MAX_ALIGN_BYTES == 64, "compile with EIGEN_MAX_ALIGN_BYTES=64, as rotoscope was");

using Eigen::Index;

template <class Scalar>
using RowMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// A matrix or a block of one, read without a copy.
template <class Scalar>
using ConstRows = Eigen::Ref<const RowMatrix<Scalar>, 0, Eigen::OuterStride<>>;

/// A matrix or a block of one, written in place.
template <class Scalar>
using Rows = Eigen::Ref<RowMatrix<Scalar>, 0, Eigen::OuterStride<>>;

}  // namespace rotoscope
