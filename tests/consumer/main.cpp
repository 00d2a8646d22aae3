// What a user of the installed library does: frees matrices that the library allocated, runs phase generators, loads a
// checkpoint, renders a table. Prints what it checked; exits 1 where a value is wrong.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "rotoscope/core/version.hpp"
#include "rotoscope/notebooks_export/csv.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace {

using rotoscope::PhaseGenerator;
using rotoscope::PhaseGeneratorWeights;
using rotoscope::RowMatrix;
using rotoscope::Vector;

constexpr std::size_t tokens = 100;
constexpr double weight = 2.0;
constexpr double temperature = 0.25;

/// One head of `size` pairs on `size` hidden elements, of which the projection takes the first: z_c = 2·x̂_0 for every
/// channel. The convolution keeps the current token only; the bias adds exp(0) = 1.
PhaseGeneratorWeights<double> make_weights(Eigen::Index size) {
    PhaseGeneratorWeights<double> weights;
    weights.heads = 1;
    weights.pairs = weights.model_dim = static_cast<std::size_t>(size);
    weights.down = RowMatrix<double>::Identity(size, size);
    weights.up = RowMatrix<double>::Zero(size, size);
    weights.up.col(0).setConstant(weight);
    weights.taps = RowMatrix<double>::Zero(size, rotoscope::phase_taps);
    weights.taps.col(rotoscope::phase_taps - 1).setOnes();
    weights.bias = Vector<double>::Zero(size);
    weights.temperature = Vector<double>::Constant(size, temperature);
    return weights;
}

/// The last angle of the last channel after `tokens` tokens x = (1, 0, …, 0).
double last_angle(const PhaseGeneratorWeights<double>& weights) {
    const PhaseGenerator<double> generator(weights);
    std::vector<double> hidden(tokens * weights.model_dim, 0.0);
    for (std::size_t t = 0; t < tokens; ++t) hidden[t * weights.model_dim] = 1.0;
    std::vector<double> angle(tokens * weights.channels());
    auto state = generator.start();
    rotoscope::ThreadPool pool(1);
    rotoscope::PhaseStages<double> stages;
    stages.angle = angle;
    generator.advance(hidden, state, stages, {}, pool);
    return angle.back();
}

bool check_size(Eigen::Index size) {
    // x̂_0 = 1/sqrt(1 + 1e-6); each of the sums below rounds by half an ulp, the increments by a few ulp.
    const double expected = temperature * static_cast<double>(tokens) * (weight / std::sqrt(1.0 + 1e-6) + 1.0);
    const double tolerance = static_cast<double>(tokens) * std::numeric_limits<double>::epsilon() * expected;
    // The library allocates the matrices of both casts; here they are moved, resized and freed.
    PhaseGeneratorWeights<float> narrow = make_weights(size).cast<float>();
    PhaseGeneratorWeights<double> wide = narrow.cast<double>();
    RowMatrix<float> taken = std::move(narrow.up);
    taken.conservativeResize(size + 1, size + 1);
    const double angle = last_angle(wide);
    const bool right = std::abs(angle - expected) <= tolerance && taken(size - 1, 0) == static_cast<float>(weight);
    if (!right || size == 40)
        std::printf("size %d: angle after %zu tokens %.15g rad; expected %.15g\n", static_cast<int>(size), tokens,
                    angle, expected);
    return right;
}

/// The trained weights have finite phases, and 4 heads of 16 pairs.
bool check_checkpoint(const std::filesystem::path& path) {
    const rotoscope::Checkpoint checkpoint = rotoscope::Checkpoint::open(path);
    const auto loaded = rotoscope::load_generator(checkpoint, rotoscope::recognise_model(checkpoint), 0);
    const double angle = last_angle(loaded.weights);
    std::printf("%s: %zu channels, last angle %.6g rad\n", path.filename().c_str(), loaded.weights.channels(), angle);
    return loaded.weights.channels() == 64 && std::isfinite(angle);
}

bool check_table() {
    rotoscope::Table table("constants", "Constants", {{"pi", "rad", "half a turn"}});
    table.add_row({std::numbers::pi});
    return rotoscope::to_csv(table) == "pi\r\n3.141592653589793\r\n";
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    bool right = check_table();
    for (Eigen::Index size = 3; size <= 40; ++size) right = check_size(size) && right;
    right = check_checkpoint(arguments[1]) && right;
    std::printf("rotoscope %.*s: %s\n", static_cast<int>(rotoscope::version().size()), rotoscope::version().data(),
                right ? "right" : "WRONG");
    return right ? 0 : 1;
}
