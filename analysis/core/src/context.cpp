#include "rotoscope/core/context.hpp"

#include <algorithm>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

void FigureChoice::check(const std::vector<std::string>& drawable) const {
    if (!names) return;
    for (const std::string& name : *names)
        if (std::ranges::find(drawable, name) == drawable.end()) throw unknown_word("figure", name, drawable);
}

}  // namespace rotoscope
