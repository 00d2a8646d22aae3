// A small result for tests of the exporter.
#pragma once

#include <cstdint>

#include "rotoscope/core/result.hpp"

namespace rotoscope::test {

/// Two tables and two figures; every file of it depends on the seed.
[[nodiscard]] Result sample_result(std::uint64_t seed);

}  // namespace rotoscope::test
