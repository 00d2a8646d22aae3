// Programs run while the file system fails.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rotoscope/core/process.hpp"

namespace rotoscope::test {

/// What goes wrong at the `call`-th change of the file system (from 1; 0 for nothing): it fails, as on a full disk, or
/// the process is killed there. Changes are those that support/faults/fault_shim.cpp counts.
struct Fault {
    int call = 0;
    bool kill = false;
};

/// Runs a program under the fault; what it starts itself is not affected. 137 is the exit code of one that was killed.
[[nodiscard]] ProcessOutcome run_with_fault(const std::vector<std::string>& arguments, Fault fault,
                                            std::vector<std::pair<std::string, std::string>> environment = {});

/// The path of the running test program: to run itself as a child.
[[nodiscard]] std::string this_program();

}  // namespace rotoscope::test
