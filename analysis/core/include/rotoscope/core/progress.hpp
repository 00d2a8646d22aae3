// What a person at a terminal sees while work goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rotoscope {

/// Writes to stderr. That it is closed or full is ignored (fmt::print would throw): the work goes on, and the exit code
/// still tells.
void write_to_stderr(std::string_view text) noexcept;

/// One line on stderr, redrawn at most ten times a second and erased at the end; nothing where stderr is not a
/// terminal or progress is turned off. Not thread-safe: the thread that runs the tool reports.
class Progress {
public:
    explicit Progress(bool enabled);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Begins a stage of `total` steps; 0 where the number is not known.
    void begin(std::string stage, std::uint64_t total);
    void advance(std::uint64_t steps = 1);
    /// Erases the line.
    void end();

private:
    void draw();

    bool enabled_;
    bool drawn_ = false;
    std::string stage_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace rotoscope
