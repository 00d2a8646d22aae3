#include "notebook_code.hpp"

#include <fmt/format.h>

namespace rotoscope {

std::string parameters_code(Style style) {
    return fmt::format(
        "folder = \".\"  # where the files beside this notebook are\n"
        "width = {}  # of a figure, inches",
        measures(style).width / 72.0);
}

std::string setup_code(Style style) {
    const StyleMeasures sizes = measures(style);
    return fmt::format(R"(import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize

plt.rcParams.update({{"font.family": "{}", "font.size": {}, "axes.labelsize": {}, "axes.titlesize": {},
                     "axes.linewidth": {}, "figure.dpi": 150}})


def table(name):
    return pd.read_csv(Path(folder) / f"{{name}}.csv", keep_default_na=False, na_values=["", "nan"],
                       float_precision="round_trip"))",
                       style == Style::plain ? "sans-serif" : "serif", sizes.tick_size, sizes.label_size,
                       sizes.label_size, sizes.axis_line_width);
}

std::string drawing_code() {
    return R"(DASHES = {"solid": "-", "dashed": "--", "dotted": ":", "dash_dot": "-."}
MARKERS = {"none": "", "circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "x"}
LEGENDS = {"top_right": {"loc": "upper right"}, "top_left": {"loc": "upper left"},
           "bottom_right": {"loc": "lower right"}, "bottom_left": {"loc": "lower left"},
           "above": {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)},
           "outside_right": {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}}


def numbers(values):  # JSON has no NaN and no infinity: they are texts
    return np.array([float(value) for value in values])


def plain(text):  # a dollar is a dollar, not mathematics
    return text.replace("$", r"\$")


def draw_heat_map(ax, m):
    values = numbers(m["values"]).reshape(m["rows"], m["columns"])
    low, high = m["axis"]["minimum"], m["axis"]["maximum"]
    if m["map"] == "diverging" and low is None and high is None:
        high = np.nanmax(np.abs(values))
        low = -high
    norm = LogNorm(low, high) if m["axis"]["scale"] == "log" else Normalize(low, high)
    x = m["x_first"] + m["x_step"] * (np.arange(m["columns"] + 1) - 0.5)
    y = m["y_first"] + m["y_step"] * (np.arange(m["rows"] + 1) - 0.5)
    mesh = ax.pcolormesh(x, y, np.ma.masked_invalid(values), norm=norm,
                         cmap=LinearSegmentedColormap.from_list("map", m["colors"]))
    ax.figure.colorbar(mesh, ax=ax, label=plain(m["axis"]["label"]))


def draw_mark(ax, m):
    kind, label = m["kind"], plain(m.get("label", "")) or None
    if kind == "curve":
        ax.plot(numbers(m["x"]), numbers(m["y"]), color=m["color"], linewidth=m["width"], marker=MARKERS[m["marker"]],
                linestyle=DASHES[m["dash"]] if m["line"] else "none", markersize=2.5, label=label)
    elif kind == "band":
        ax.fill_between(numbers(m["x"]), numbers(m["lower"]), numbers(m["upper"]), color=m["color"], alpha=0.25,
                        linewidth=0, label=label)
    elif kind == "bars":
        ax.bar(numbers(m["x"]), numbers(m["y"]), width=m["width"], color=m["color"], label=label)
    elif kind == "stems":
        ax.vlines(numbers(m["x"]), 0, numbers(m["y"]), color=m["color"], linewidth=0.6)
        ax.plot(numbers(m["x"]), numbers(m["y"]), color=m["color"], linestyle="none", marker=MARKERS[m["marker"]],
                markersize=2.5, label=label)
    elif kind == "heat_map":
        draw_heat_map(ax, m)
    elif kind == "polygon":
        ax.fill(numbers(m["x"]), numbers(m["y"]), color=m["color"], alpha=m["opacity"], linewidth=0)
    elif kind == "rule":
        line = ax.axhline if m["horizontal"] else ax.axvline
        line(m["position"], color=m["color"], linestyle=DASHES[m["dash"]], linewidth=0.6, label=label)
    elif kind == "label":
        ax.text(m["x"], m["y"], plain(m["text"]), ha=m["anchor"], va="center")


def draw_legend(ax, panel, columns):
    if panel["legend"] == "above":  # the title on top of it
        ax.set_title("")
        ax.legend(frameon=False, title=plain(panel["title"]), title_fontsize="large", fontsize="small", ncol=columns,
                  **LEGENDS["above"])
    elif panel["legend"] != "none":
        ax.legend(frameon=False, **LEGENDS[panel["legend"]])


def draw_panel(ax, panel):
    for which in "xy":
        axis = panel[which]
        ax.set(**{f"{which}label": plain(axis["label"]), f"{which}scale": axis["scale"]})
    for mark in panel["marks"]:
        draw_mark(ax, mark)
    for which in "xy":
        axis = panel[which]
        ax.set(**{f"{which}lim": (axis["minimum"], axis["maximum"])})
        if axis["ticks"]:
            ax.set(**{f"{which}ticks": [position for position, _ in axis["ticks"]],
                      f"{which}ticklabels": [plain(text) for _, text in axis["ticks"]]})
    ax.set_title(plain(panel["title"]))
    if panel["equal_axes"]:
        ax.set_aspect("equal")
    if not panel["axes_visible"]:
        ax.set_axis_off()


def draw(name):
    figure = json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))
    panels = figure["panels"]
    narrow = width < 4 and figure["columns"] > 1
    columns = (figure["columns"] + 1) // 2 if narrow else figure["columns"]
    rows = -(-len(panels) // columns)
    height = width * figure["height"] * (2.4 if narrow else 1.2)
    legend_columns = 3 if columns == 1 and width >= 4 else 1
    above = [sum(bool(mark.get("label")) for mark in panel["marks"]) for panel in panels if panel["legend"] == "above"]
    height += 0.15 * rows * max(above, default=0) / legend_columns  # lines of 0.15 in
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")
    for ax in axes.flat[len(panels):]:
        ax.set_axis_off()
    for ax, panel in zip(axes.flat, panels):
        draw_panel(ax, panel)
        draw_legend(ax, panel, legend_columns)
    return fig, axes)";
}

}  // namespace rotoscope
