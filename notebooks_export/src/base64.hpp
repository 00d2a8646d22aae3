// Base64 (RFC 4648), as notebooks hold pictures.
#pragma once

#include <string>
#include <string_view>

namespace rotoscope {

[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace rotoscope
