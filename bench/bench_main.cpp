// The main function of every timing program: memory is handled as in the program itself.
#include <benchmark/benchmark.h>

#include "rotoscope/core/memory.hpp"

int main(int argc, char** argv) {
    rotoscope::keep_freed_memory();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
