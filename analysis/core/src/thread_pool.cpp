#include "rotoscope/core/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

// How long a thread looks for what it waits for before it sleeps: about what waking a sleeper costs. Jobs in quick
// succession are handed over in a microsecond, and a pool without work soon takes no time.
constexpr auto patience = std::chrono::microseconds(50);

/// Until ready() or out of patience. Others may run meanwhile.
template <class Ready>
void look_for(const Ready& ready) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!ready() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

}  // namespace

struct ThreadPool::State {
    // One job at a time: `generation` counts them, `working` the helpers still in the current one. They change under
    // the mutex only; atomic, so that a thread may look at them before it sleeps.
    std::mutex mutex;
    std::condition_variable start;
    std::condition_variable finished;
    std::atomic<std::uint64_t> generation = 0;
    std::atomic<std::size_t> working = 0;
    std::atomic<bool> closing = false;

    const Body* body = nullptr;
    std::size_t count = 0;
    std::size_t chunk = 0;
    std::atomic<std::size_t> next = 0;
    // Chunks are handed out in order, so every chunk below a failing one has begun: the lowest failure is always found.
    std::atomic<std::size_t> failed_chunk = std::numeric_limits<std::size_t>::max();
    std::exception_ptr failure;

    std::vector<std::thread> helpers;

    void run_chunks() {
        const std::size_t chunks = count / chunk + (count % chunk != 0 ? 1 : 0);
        for (std::size_t k = next++; k < chunks && k < failed_chunk; k = next++) {
            try {
                throw_if_stopped();
                (*body)(k* chunk, std::min(count - k * chunk, chunk) + k * chunk);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (k < failed_chunk) {
                    failed_chunk = k;
                    failure = std::current_exception();
                }
            }
        }
    }

    void help() {
        std::uint64_t seen = 0;
        const auto called = [&] { return closing || generation != seen; };
        while (true) {
            look_for(called);
            std::unique_lock lock(mutex);
            start.wait(lock, called);
            if (closing) return;
            seen = generation;
            lock.unlock();
            run_chunks();
            lock.lock();
            if (--working == 0) finished.notify_one();
        }
    }
};

ThreadPool::ThreadPool(unsigned threads) : state_(std::make_unique<State>()) {
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    state_->helpers.reserve(threads - 1);
    for (unsigned i = 1; i < threads; ++i) state_->helpers.emplace_back([state = state_.get()] { state->help(); });
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->closing = true;
    }
    state_->start.notify_all();
    for (std::thread& helper : state_->helpers) helper.join();
}

unsigned ThreadPool::threads() const noexcept { return static_cast<unsigned>(state_->helpers.size()) + 1; }

void ThreadPool::for_chunks(std::size_t count, std::size_t chunk, const Body& body) {
    if (count == 0) return;
    State& state = *state_;
    {
        const std::lock_guard lock(state.mutex);
        state.body = &body;
        state.count = count;
        state.chunk = std::max<std::size_t>(chunk, 1);
        state.next = 0;
        state.failed_chunk = std::numeric_limits<std::size_t>::max();
        state.failure = nullptr;
        state.working = state.helpers.size();
        ++state.generation;
    }
    state.start.notify_all();
    state.run_chunks();
    const auto done = [&] { return state.working == 0; };
    look_for(done);
    std::unique_lock lock(state.mutex);
    state.finished.wait(lock, done);
    if (state.failure) std::rethrow_exception(std::exchange(state.failure, nullptr));
}

}  // namespace rotoscope
