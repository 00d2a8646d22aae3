#pragma once

#include <string_view>

namespace rotoscope {

/// The project's version, as in "0.1.0".
[[nodiscard]] std::string_view version() noexcept;

}  // namespace rotoscope
