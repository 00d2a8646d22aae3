// What every tool is given besides its options.
#pragma once

#include "rotoscope/core/progress.hpp"
#include "rotoscope/core/thread_pool.hpp"

namespace rotoscope {

struct Context {
    ThreadPool& pool;
    Progress& progress;
};

}  // namespace rotoscope
