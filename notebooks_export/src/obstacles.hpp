// Whether something drawn over a plot would hide data.
#pragma once

#include "layout.hpp"

namespace rotoscope {

/// True where a mark of the panel passes through the box (points). `font` is that of Label marks.
[[nodiscard]] bool hides_data(const Panel& panel, const PanelLayout& layout, const Box& box, const Font& font);

}  // namespace rotoscope
