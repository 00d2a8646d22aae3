// Inspects each file or folder named, reading every value: a result or a refusal, or the exit code is 1. For
// scripts/sanitize, which then need not build every tool.
#include <fmt/format.h>

#include <cstdio>

#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/inspect.hpp"

int main(int argc, char** argv) {
    rotoscope::ThreadPool pool(2);
    rotoscope::Progress progress(false);
    rotoscope::Context context{pool, progress};
    int failures = 0;
    for (int i = 1; i < argc; ++i) {
        rotoscope::InspectOptions options;
        options.checkpoint = argv[i];
        options.statistics = true;
        try {
            (void)rotoscope::inspect_checkpoint(options, context);
        } catch (const rotoscope::Error& error) {
            if (error.code() == rotoscope::ExitCode::input) continue;
            ++failures;
            fmt::print(stderr, "{}\n", error.what());
        } catch (const std::exception& error) {
            ++failures;
            fmt::print(stderr, "{}: {}\n", argv[i], error.what());
        }
    }
    return failures > 0 ? 1 : 0;
}
