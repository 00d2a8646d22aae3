// Archives whose checksums were broken by mutation, mended: otherwise the fuzzer never gets behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rotoscope::fuzz {

/// Sets the CRC of each stored member, in its directory entry, local header and descriptor, to that of its bytes, where
/// its place can be found. Everything else stays as it is.
void mend_checksums(std::vector<std::uint8_t>& bytes);

}  // namespace rotoscope::fuzz
