// Stopping early: a signal handler asks, long-running code looks.
#pragma once

namespace rotoscope {

/// Asks all work to stop. Async-signal-safe: call it from a handler with SIGINT or SIGTERM.
void request_stop(int signal_number) noexcept;

/// The signal that asked, or 0. Async-signal-safe.
[[nodiscard]] int stop_requested() noexcept;

/// Throws Error (interrupted or terminated) once a stop was requested. Loops call it at least every 100 ms.
void throw_if_stopped();

}  // namespace rotoscope
