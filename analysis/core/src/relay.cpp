#include "rotoscope/core/relay.hpp"

#include <thread>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {

Relay::Leg::~Leg() {
    if (!passed_) relay_.broken_ = true;
}

void Relay::Leg::receive() const {
    while (relay_.turn_.load(std::memory_order_acquire) != number_) {
        // A pool looks for a stop before it begins a chunk: one that is never begun cannot break the relay.
        throw_if_stopped();
        if (relay_.broken_) throw internal_error("a chunk that this one waits for has failed");
        std::this_thread::yield();
    }
}

void Relay::Leg::pass() noexcept {
    passed_ = true;
    relay_.turn_.store(number_ + 1, std::memory_order_release);
}

}  // namespace rotoscope
