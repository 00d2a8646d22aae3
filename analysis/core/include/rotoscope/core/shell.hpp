// Words of a shell's command line.
#pragma once

#include <string>
#include <string_view>

namespace rotoscope {

/// A word of a shell's command line: as it is, or between single quotes where it needs them. Control characters become
/// visible, so that what is shown is one line.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace rotoscope
