// Chunks of a parallel loop that each need something of the one before: side by side where they can, in turn where they
// must.
#pragma once

#include <atomic>
#include <cstddef>

namespace rotoscope {

/// The baton that chunks 0, 1, 2 … of one ThreadPool::for_chunks hand on in this order. What a chunk writes before it
/// passes the baton, the next finds after it has received it.
class Relay {
public:
    /// One chunk's part in it. A leg that ends without having passed the baton, as by an exception, ends those that
    /// wait for it.
    class Leg {
    public:
        Leg(Relay& relay, std::size_t number) noexcept : relay_(relay), number_(number) {}
        ~Leg();
        Leg(const Leg&) = delete;
        Leg& operator=(const Leg&) = delete;

        /// Returns once legs 0 … number − 1 have passed. Others run meanwhile; long waits are not foreseen. Throws
        /// Error (internal) if one of them never will, and what throw_if_stopped throws.
        void receive() const;
        /// At most once, after receive().
        void pass() noexcept;

    private:
        Relay& relay_;
        std::size_t number_;
        bool passed_ = false;
    };

private:
    std::atomic<std::size_t> turn_ = 0;
    std::atomic<bool> broken_ = false;
};

}  // namespace rotoscope
