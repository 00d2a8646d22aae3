#include "support/faults.hpp"

#include <filesystem>

namespace rotoscope::test {

ProcessOutcome run_with_fault(const std::vector<std::string>& arguments, Fault fault,
                              std::vector<std::pair<std::string, std::string>> environment) {
    environment.emplace_back("LD_PRELOAD", ROTOSCOPE_FAULT_SHIM);
    environment.emplace_back("ROTOSCOPE_FAULT_AT", std::to_string(fault.call));
    environment.emplace_back("ROTOSCOPE_FAULT_KILL", fault.kill ? "1" : "0");
    // The shim comes before the sanitizer's own library, which minds.
    environment.emplace_back("ASAN_OPTIONS", "verify_asan_link_order=0");
    return run_process(arguments, {"", environment});
}

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

}  // namespace rotoscope::test
