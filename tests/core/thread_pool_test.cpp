// The pool's promise: every chunk once, and the same results, and the same failure, for any number of threads.
#include "rotoscope/core/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <csignal>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most = ~std::size_t{0};

class ThreadPoolTest : public ::testing::TestWithParam<unsigned> {
protected:
    void TearDown() override { request_stop(0); }
    ThreadPool pool_{GetParam()};
};

TEST_P(ThreadPoolTest, EveryIndexOnceInTheSameChunks) {
    EXPECT_EQ(pool_.threads(), GetParam());
    for (const std::size_t count : {0U, 1U, 2U, 7U, 64U, 1000U})
        for (const std::size_t chunk : {1U, 3U, 64U, 5000U}) {
            std::vector<std::atomic<int>> visits(count);
            std::atomic<bool> regular = true;
            pool_.for_chunks(count, chunk, [&](std::size_t begin, std::size_t end) {
                if (begin % chunk != 0 || end != std::min(begin + chunk, count) || begin >= end) regular = false;
                for (std::size_t i = begin; i < end; ++i) ++visits[i];
            });
            EXPECT_TRUE(regular) << count << " by " << chunk;
            for (const auto& visit : visits) EXPECT_EQ(visit, 1);
        }
}

// Chunks at the end of the range of size_t must not wrap.
TEST_P(ThreadPoolTest, HugeRanges) {
    std::atomic<std::size_t> covered = 0;
    pool_.for_chunks(most, most / 3, [&](std::size_t begin, std::size_t end) { covered += end - begin; });
    EXPECT_EQ(covered, most);
}

// Σ 1/(i + 1) in float-sensitive order: the bits would differ if parts were combined as they come.
TEST_P(ThreadPoolTest, ReductionsHaveTheSameBits) {
    constexpr std::size_t count = 100'000;
    constexpr std::size_t chunk = 37;
    double expected = 0.0;
    for (std::size_t begin = 0; begin < count; begin += chunk) {
        double part = 0.0;
        for (std::size_t i = begin; i < std::min(begin + chunk, count); ++i) part += 1.0 / static_cast<double>(i + 1);
        expected += part;
    }
    for (int run = 0; run < 20; ++run) {
        const double sum = pool_.reduce_chunks(
            count, chunk, 0.0,
            [](std::size_t begin, std::size_t end) {
                double part = 0.0;
                for (std::size_t i = begin; i < end; ++i) part += 1.0 / static_cast<double>(i + 1);
                return part;
            },
            [](double& total, double part) { total += part; });
        EXPECT_EQ(std::bit_cast<std::uint64_t>(sum), std::bit_cast<std::uint64_t>(expected));
    }
}

TEST_P(ThreadPoolTest, PartsAreCombinedInIndexOrder) {
    std::vector<std::size_t> expected(250);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    const auto order = pool_.reduce_chunks(
        1000, 4, std::vector<std::size_t>{},
        [](std::size_t begin, std::size_t) {
            if (begin % 3 == 0) std::this_thread::yield();
            return begin / 4;
        },
        [](std::vector<std::size_t>& total, std::size_t part) { total.push_back(part); });
    EXPECT_EQ(order, expected);
}

// Several chunks fail, the later ones before or behind the first in time: the first in index order is reported.
TEST_P(ThreadPoolTest, TheFirstFailingChunkIsReported) {
    for (int run = 0; run < 300; ++run) {
        std::string message;
        try {
            pool_.for_chunks(40, 1, [&](std::size_t i, std::size_t) {
                if (i < 5) return;
                const bool slow = (i == 5) == (run % 2 == 0);
                std::this_thread::sleep_for(std::chrono::microseconds(slow ? 300 : 50));
                throw std::runtime_error(std::to_string(i));
            });
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        ASSERT_EQ(message, "5") << "run " << run;
    }
}

TEST_P(ThreadPoolTest, WorksAfterAFailure) {
    EXPECT_THROW(pool_.for_chunks(8, 1, [](std::size_t, std::size_t) { throw std::runtime_error("x"); }),
                 std::runtime_error);
    std::atomic<int> calls = 0;
    pool_.for_chunks(8, 1, [&](std::size_t, std::size_t) { ++calls; });
    EXPECT_EQ(calls, 8);
}

TEST_P(ThreadPoolTest, SkipsWhatFollowsAFailure) {
    std::atomic<int> calls = 0;
    EXPECT_THROW(pool_.for_chunks(100'000, 1,
                                  [&](std::size_t i, std::size_t) {
                                      ++calls;
                                      if (i == 0) throw std::runtime_error("x");
                                      std::this_thread::sleep_for(std::chrono::microseconds(10));
                                  }),
                 std::runtime_error);
    EXPECT_LT(calls, 100'000);
}

TEST_P(ThreadPoolTest, StopRequestEndsTheJob) {
    std::atomic<int> calls = 0;
    ExitCode code = ExitCode::done;
    try {
        pool_.for_chunks(1000, 1, [&](std::size_t i, std::size_t) {
            ++calls;
            if (i == 3) request_stop(SIGTERM);
        });
    } catch (const Error& error) {
        code = error.code();
    }
    EXPECT_EQ(code, ExitCode::terminated);
    // Chunk 3 asks; each other thread may be inside one chunk, begun before it could see that.
    EXPECT_LT(calls, 1000);
    request_stop(SIGINT);
    EXPECT_THROW(pool_.for_chunks(1, 1, [](std::size_t, std::size_t) { FAIL() << "began after the request"; }), Error);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, ::testing::Values(1U, 2U, 3U, 8U));

TEST(ThreadPool, ZeroMeansAllProcessors) { EXPECT_GE(ThreadPool(0).threads(), 1U); }

TEST(ThreadPool, ManyPoolsComeAndGo) {
    for (int i = 0; i < 200; ++i) {
        ThreadPool pool(3);
        if (i % 2 == 0) continue;  // destroyed without a job
        std::atomic<int> calls = 0;
        pool.for_chunks(3, 1, [&](std::size_t, std::size_t) { ++calls; });
        EXPECT_EQ(calls, 3);
    }
}

}  // namespace
}  // namespace rotoscope
