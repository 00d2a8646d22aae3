// The relay's promise: turns in the order of the chunks, whatever the threads do, and nobody waits for a chunk that
// failed.
#include "rotoscope/core/relay.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/thread_pool.hpp"

namespace rotoscope {
namespace {

class RelayTest : public ::testing::TestWithParam<unsigned> {
protected:
    void TearDown() override { request_stop(0); }
    ThreadPool pool_{GetParam()};
};

// Not atomic: what one leg writes before it passes, the next reads; ThreadSanitizer would object.
TEST_P(RelayTest, LegsTakeTheirTurnsInOrder) {
    Relay relay;
    std::vector<std::size_t> order;
    pool_.for_chunks(1000, 1, [&](std::size_t number, std::size_t) {
        Relay::Leg leg(relay, number);
        leg.receive();
        order.push_back(number);
        leg.pass();
    });
    ASSERT_EQ(order.size(), 1000U);
    for (std::size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], i);
}

TEST_P(RelayTest, AFailureEndsTheWaitAndIsTheOneReported) {
    for (int run = 0; run < 20; ++run) {
        Relay relay;
        std::string message;
        try {
            pool_.for_chunks(100, 1, [&](std::size_t number, std::size_t) {
                Relay::Leg leg(relay, number);
                leg.receive();
                if (number == 7) throw std::runtime_error("seven");
                leg.pass();
            });
        } catch (const std::exception& error) {
            message = error.what();
        }
        ASSERT_EQ(message, "seven");
    }
}

TEST_P(RelayTest, AStopRequestEndsTheWait) {
    Relay relay;
    ExitCode code = ExitCode::done;
    try {
        pool_.for_chunks(100, 1, [&](std::size_t number, std::size_t) {
            Relay::Leg leg(relay, number);
            leg.receive();
            if (number == 3) request_stop(SIGINT);
            leg.pass();
        });
    } catch (const Error& error) {
        code = error.code();
    }
    EXPECT_EQ(code, ExitCode::interrupted);
}

INSTANTIATE_TEST_SUITE_P(Threads, RelayTest, ::testing::Values(1U, 2U, 3U, 8U));

TEST(Relay, ALegWhosePredecessorIsGoneFails) {
    Relay relay;
    {
        const Relay::Leg gone(relay, 0);
    }
    EXPECT_THROW(Relay::Leg(relay, 1).receive(), Error);
}

}  // namespace
}  // namespace rotoscope
