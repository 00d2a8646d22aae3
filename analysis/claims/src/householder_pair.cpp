#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <numbers>

#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/rotation.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {{"trials", "angles drawn", ClaimInput::Kind::whole, 1000, 100000, 1, 1e7}};

/// H(a) = I − 2 n nᵀ, n = (cos a, sin a).
Eigen::Matrix2d householder(double a) {
    const Eigen::Vector2d n(std::cos(a), std::sin(a));
    return Eigen::Matrix2d::Identity() - 2.0 * n * n.transpose();
}

/// The matrix of the library's rotation: its columns are what becomes of the unit vectors.
Eigen::Matrix2d rotation(double angle) {
    Eigen::Matrix2d matrix = Eigen::Matrix2d::Identity();
    for (int column = 0; column < 2; ++column)
        rotate_pairs<double>(PairLayout::interleaved, std::span(matrix.data() + 2 * column, 2), std::span(&angle, 1));
    return matrix;
}

void enlarge(double& largest, const Eigen::Matrix2d& difference) {
    largest = std::max(largest, difference.cwiseAbs().maxCoeff());
}

ClaimOutcome run(const ClaimRun& run) {
    Draws draws(run.seed);
    double law = 0.0, printed = 0.0, reversed = 0.0, backwards = 0.0, determinant = 0.0;
    for (std::size_t i = 0; i < run.inputs.whole("trials"); ++i) {
        const double a = draws.uniform(-std::numbers::pi, std::numbers::pi);
        const double b = draws.uniform(-std::numbers::pi, std::numbers::pi);
        enlarge(law, householder(a) * householder(b) - rotation(2.0 * (a - b)));
        const Eigen::Matrix2d product = householder(0.0) * householder(0.5 * a);
        enlarge(printed, product - rotation(a));
        enlarge(backwards, product - rotation(-a));
        enlarge(reversed, householder(0.5 * a) * householder(0.0) - rotation(a));
        determinant = std::max(determinant, std::abs(householder(a).determinant() - 1.0));
    }
    const double tolerance = 48.0 * unit_roundoff;
    const std::string derivation =
        "entries of a reflection err by 6u, of the product by 24u; an angle of up to 4π, rounded twice, by 4u each: "
        "48u";
    return {
        {{Role::statement, "H(a)H(b) = R(2(a − b))", Relation::equal, law, 0.0, tolerance, derivation},
         {Role::printed, "the printed order, H(0)H(w/2) = R(w)", Relation::equal, printed, 0.0, tolerance, derivation},
         {Role::corrected, "H(0)H(w/2) = R(−w)", Relation::equal, backwards, 0.0, tolerance, derivation},
         {Role::corrected, "the reversed order, H(w/2)H(0) = R(w)", Relation::equal, reversed, 0.0, tolerance,
          derivation},
         {Role::control, "one reflection is a rotation: determinant 1", Relation::equal, determinant, 0.0, tolerance,
          derivation}},
        {}};
}

}  // namespace

Claim householder_pair() {
    return {"householder.pair",
            "A.5",
            "Two Householder reflections make a rotation by twice the angle between them",
            "in the printed order, vectors 0 then w/2, they make R(−w); reversed they make R(w)",
            Verdict::holds_as_corrected,
            "H(a)H(b) = R(2(a − b)): the order gives the sign",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
