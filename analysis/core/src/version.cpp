#include "rotoscope/core/version.hpp"

namespace rotoscope {

std::string_view version() noexcept { return ROTOSCOPE_VERSION; }

}  // namespace rotoscope
