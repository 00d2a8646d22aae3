// The rotations that random features imply, Ω(q_t − q_{t−1}), beside those that a head has learned.
#pragma once

#include "study_inputs.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/numerics/circular_moments.hpp"
#include "rotoscope/rff/rff.hpp"

namespace rotoscope {

/// Increments of all channels [steps, P] (radians) with their statistics.
struct RotationAngles {
    std::string name;  ///< "implicit" or "learned"
    RowMatrix<double> increments;
    RowMatrix<double> accumulated;  ///< [steps + 1, P], one path of one channel is drawn
    std::vector<CircularSummary> channels;
    CircularSummary pooled;
    std::vector<double> rayleigh_p;  ///< of every fourth increment
    std::vector<double> kuiper_p;
    std::vector<double> watson_p;
};

/// The recurrence of equations 9 and 16 to 20 against the direct sum: largest |difference| over the largest |o|.
struct RecurrenceCheck {
    bool real_factor = true;
    double difference = 0.0;
};

struct RotationResults {
    Index tokens = 0;
    RotationAngles implicit;
    std::optional<RotationAngles> learned;
    /// σ that would give the implicit increments the learned ones' root mean square.
    std::optional<double> matching_temperature;
    Index recurrence_tokens = 0;
    Index recurrence_count = 0;
    std::vector<RecurrenceCheck> recurrence;
};

/// With as many frequencies as the head has learned angles, else P = d/2 (at least 1), of the first of the features'
/// draws.
[[nodiscard]] RotationResults study_rotations(const RffOptions& options, const StudyInputs& inputs, Context& context);

}  // namespace rotoscope
