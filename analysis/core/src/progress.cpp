#include "rotoscope/core/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace rotoscope {

void write_to_stderr(std::string_view text) noexcept {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

Progress::Progress(bool enabled) : enabled_(enabled && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { end(); }

void Progress::begin(std::string stage, std::uint64_t total) {
    end();
    stage_ = std::move(stage);
    total_ = total;
    done_ = 0;
    last_ = std::chrono::steady_clock::now();
}

void Progress::advance(std::uint64_t steps) {
    done_ += steps;
    if (!enabled_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    draw();
}

void Progress::draw() {
    const std::string amount =
        total_ > 0 ? fmt::format("{:3.0f} %", 100.0 * static_cast<double>(done_) / static_cast<double>(total_))
                   : std::to_string(done_);
    write_to_stderr(fmt::format("\r{:.60} {}\x1b[K", stage_, amount));
    drawn_ = true;
}

void Progress::end() {
    if (!drawn_) return;
    write_to_stderr("\r\x1b[K");
    drawn_ = false;
}

}  // namespace rotoscope
