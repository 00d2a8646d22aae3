#include "rotoscope/core/interruption.hpp"

#include <atomic>
#include <csignal>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

std::atomic<int> pending_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "request_stop must be async-signal-safe");

}  // namespace

void request_stop(int signal_number) noexcept { pending_signal.store(signal_number, std::memory_order_relaxed); }

int stop_requested() noexcept { return pending_signal.load(std::memory_order_relaxed); }

void throw_if_stopped() {
    const int signal_number = stop_requested();
    if (signal_number == 0) return;
    throw Error(signal_number == SIGTERM ? ExitCode::terminated : ExitCode::interrupted, "stopped by a signal");
}

}  // namespace rotoscope
