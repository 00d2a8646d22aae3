// One function a subcommand: adds its options to the program and runs it when it was chosen.
#pragma once

#include <CLI/CLI.hpp>

namespace rotoscope::apps {

void add_inspect(CLI::App& program);
void add_phases(CLI::App& program);
void add_merge(CLI::App& program);
void add_leakage(CLI::App& program);
void add_rff(CLI::App& program);
void add_compare(CLI::App& program);
void add_verify(CLI::App& program);
void add_figures(CLI::App& program);

}  // namespace rotoscope::apps
