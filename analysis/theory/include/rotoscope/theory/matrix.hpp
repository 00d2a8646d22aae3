// The matrix types of the public interface.
#pragma once

#include <Eigen/Core>

namespace rotoscope {

/// Row-major, so that row t is token t and contiguous, as in the files.
template <class Scalar>
using RowMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

}  // namespace rotoscope
