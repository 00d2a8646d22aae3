// The matrix types of the public interface.
#pragma once

#include <Eigen/Core>

namespace rotoscope {

// Linking a rotoscope:: target defines it. Otherwise the one side would free what the other allocated differently.
static_assert(EIGEN_MAX_ALIGN_BYTES == 64, "compile with EIGEN_MAX_ALIGN_BYTES=64, as rotoscope was");

/// Row-major, so that row t is token t and contiguous, as in the files.
template <class Scalar>
using RowMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

}  // namespace rotoscope
