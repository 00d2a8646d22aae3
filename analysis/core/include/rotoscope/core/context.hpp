// What every tool is given besides its options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/progress.hpp"
#include "rotoscope/core/thread_pool.hpp"

namespace rotoscope {

/// The figures that the user asked for by name; all where there is no list.
struct FigureChoice {
    std::optional<std::vector<std::string>> names;

    /// A tool calls it as soon as it knows which figures it will have, before it computes them. Throws Error (usage)
    /// for a name that is not among them.
    void check(const std::vector<std::string>& drawable) const;
};

struct Context {
    ThreadPool& pool;
    Progress& progress;
    FigureChoice figures = {};
};

}  // namespace rotoscope
