// One small pool of std::threads, whose results never depend on how many threads there are.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace rotoscope {

/// A pool that runs chunks of an index range. The chunks depend on the problem only, never on the number of threads;
/// what they return is combined in index order. So any result is the same, bit for bit, for any number of threads.
class ThreadPool {
public:
    /// `threads` counts the calling thread too; 0 means one for each processor.
    explicit ThreadPool(unsigned threads = 0);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    [[nodiscard]] unsigned threads() const noexcept;

    using Body = std::function<void(std::size_t begin, std::size_t end)>;

    /// Calls body(k·chunk, min((k + 1)·chunk, count)) once for each k, in any order, on all threads; returns when all
    /// are done. Chunks not yet begun are skipped after a failure or a stop request; the exception of the first
    /// failing chunk in index order is rethrown. Not reentrant: a body must not call the same pool.
    void for_chunks(std::size_t count, std::size_t chunk, const Body& body);

    /// Σ map(begin, end) over the same chunks, combined from the left in index order: accumulate(total, part).
    template <class Total, class Map, class Accumulate>
    [[nodiscard]] Total reduce_chunks(std::size_t count, std::size_t chunk, Total total, const Map& map,
                                      const Accumulate& accumulate) {
        using Part = std::invoke_result_t<const Map&, std::size_t, std::size_t>;
        std::vector<std::unique_ptr<Part>> parts(count / chunk + (count % chunk != 0 ? 1 : 0));
        for_chunks(count, chunk, [&](std::size_t begin, std::size_t end) {
            parts[begin / chunk] = std::make_unique<Part>(map(begin, end));
        });
        for (const auto& part : parts) accumulate(total, *part);
        return total;
    }

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace rotoscope
