// The table of windows: a new one is a row in window_rows_*.cpp and a function.
#include "window_rows.hpp"

#include <algorithm>
#include <iterator>

#include "rotoscope/numerics/windows.hpp"

namespace rotoscope {
namespace {

std::vector<WindowInfo> make_table() {
    std::vector<WindowInfo> table = detail::cosine_sum_windows();
    for (auto rows : {detail::shape_windows(), detail::other_windows()})
        std::move(rows.begin(), rows.end(), std::back_inserter(table));
    std::sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return table;
}

}  // namespace

std::span<const WindowInfo> all_windows() {
    static const std::vector<WindowInfo> table = make_table();
    return table;
}

}  // namespace rotoscope
