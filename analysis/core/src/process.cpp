#include "rotoscope/core/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

extern char** environ;

namespace rotoscope {
namespace {

class Descriptor {
public:
    explicit Descriptor(int value = -1) : value_(value) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    [[nodiscard]] int get() const { return value_; }
    void reset() {
        if (value_ >= 0) close(std::exchange(value_, -1));
    }

private:
    int value_;
};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw output_error("cannot make a pipe: " + describe_errno(errno));
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& changes) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable(*entry);
        bool replaced = false;
        for (const auto& [name, value] : changes) replaced = replaced || variable.starts_with(name + "=");
        if (!replaced) merged.emplace_back(variable);
    }
    for (const auto& [name, value] : changes) merged.push_back(name + "=" + value);
    return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& text : strings) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// Moves what is ready from the pipe into `collected`; false at its end.
bool drain(int descriptor, std::string& collected) {
    std::array<char, 65536> buffer{};
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    collected.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

/// Feeds and drains the child's pipes until it has closed its output. Throws on a stop request.
void exchange(Pipe& input, Pipe& output, Pipe& errors, std::string_view pending, ProcessOutcome& outcome) {
    fcntl(input.write_end.get(), F_SETFL, O_NONBLOCK);
    bool output_open = true;
    bool errors_open = true;
    if (pending.empty()) input.write_end.reset();
    while (output_open || errors_open) {
        throw_if_stopped();
        // poll skips negative descriptors: closed pipes drop out by themselves.
        std::array<pollfd, 3> ready{{{input.write_end.get(), POLLOUT, 0},
                                     {output_open ? output.read_end.get() : -1, POLLIN, 0},
                                     {errors_open ? errors.read_end.get() : -1, POLLIN, 0}}};
        if (poll(ready.data(), ready.size(), 100) < 0 && errno != EINTR)
            throw output_error("cannot wait for a program: " + describe_errno(errno));
        if (ready[0].revents != 0) {
            const ssize_t written = write(input.write_end.get(), pending.data(), pending.size());
            if (written > 0) pending.remove_prefix(static_cast<std::size_t>(written));
            // A child that stops reading early is judged by its exit code.
            if (pending.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) input.write_end.reset();
        }
        if (ready[1].revents != 0) output_open = drain(output.read_end.get(), outcome.output);
        if (ready[2].revents != 0) errors_open = drain(errors.read_end.get(), outcome.errors);
    }
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProcessOutcome run_process(const std::vector<std::string>& arguments, const ProcessOptions& options) {
    Pipe input = make_pipe();
    Pipe output = make_pipe();
    Pipe errors = make_pipe();

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.read_end.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors.write_end.get(), STDERR_FILENO);
    // SIGPIPE is ignored in the program; children expect the default.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

    std::vector<std::string> argument_copies = arguments;
    std::vector<std::string> variables = merged_environment(options.environment);
    pid_t child = 0;
    const int failure = posix_spawnp(&child, arguments.front().c_str(), &actions, &attributes,
                                     pointers(argument_copies).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0)
        throw output_error(
            fmt::format("the program {} cannot be started: {}", arguments.front(), describe_errno(failure)));

    input.read_end.reset();
    output.write_end.reset();
    errors.write_end.reset();
    ProcessOutcome outcome;
    try {
        exchange(input, output, errors, options.input, outcome);
    } catch (...) {
        kill(child, SIGKILL);
        wait_for(child);
        throw;
    }
    outcome.exit_code = wait_for(child);
    return outcome;
}

}  // namespace rotoscope
