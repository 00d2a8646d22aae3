"""notebook.ipynb of every tool: valid, and what its cells redraw is what rotoscope drew, number by number.

Each part needs its own packages and is skipped without them (Debian: python3-nbformat; python3-pandas and
python3-matplotlib; jupyter-nbconvert and python3-ipykernel)."""
import base64
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ROTOSCOPE_PROGRAM", str(ROOT / "build/release/apps/rotoscope"))
PARITY = str(ROOT / "data/checkpoints/parity-srope")
MQAR = str(ROOT / "data/checkpoints/mqar-srope")

# A line for each tool, more (NAME of …) for those that draw other figures from other inputs.
COMMANDS = {
    "phases": ["phases", PARITY, "--length", "600"],
    "phases of more layers": ["phases", MQAR, "--inputs", "sphere", "--length", "300", "--style", "icml"],
    "inspect": ["inspect", PARITY],
    "leakage": ["leakage", "--window", "hann,poisson:2", "--rotations", "rope:16:10000", "--length", "256"],
    "leakage of a signal": ["leakage", "--signal", "two:0.5:0.8", "--sweep", "--sweep-range", "0:4:5"],
    "leakage of a head": ["leakage", "--rotations", PARITY + ":0:1", "--length", "64"],
    "rff": ["rff", "--study", "all", "--counts", "16,64", "--length", "64", "--seeds", "2", "--dim", "8"],
    "compare": ["compare", PARITY + "-step00000", PARITY, "--length", "300"],
    "verify": ["verify", "--claim", "rope.decay,leakage,temperature,gate,recall"],
    "figures": ["figures", "--checkpoint", PARITY],
}


def has(*modules):
    return all(importlib.util.find_spec(module) for module in modules)


def setUpModule():
    global FOLDERS, top
    top = tempfile.TemporaryDirectory(prefix="rotoscope-notebook-")
    FOLDERS = {}
    for number, (name, command) in enumerate(COMMANDS.items()):
        FOLDERS[name] = pathlib.Path(top.name) / str(number)
        subprocess.run([PROGRAM, *command, "--format", "ipynb,gp", "--quiet", "--out", FOLDERS[name]], check=True)


def tearDownModule():
    top.cleanup()


def read_notebook(folder):
    return json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))


def source(cell):
    return "".join(cell["source"])


class Notebooks(unittest.TestCase):
    def test_embed_what_was_drawn(self):
        for name, folder in FOLDERS.items():
            with self.subTest(name):
                cells = {cell["id"]: cell for cell in read_notebook(folder)["cells"]}
                self.assertEqual([cell["metadata"] for cell in cells.values() if cell["metadata"]],
                                 [{"tags": ["parameters"]}])
                figures = [figure for figure in json.loads((folder / "result.json").read_text())["figures"]]
                for figure in figures:
                    data = cells["figure-" + figure["name"]]["outputs"][0]["data"]
                    self.assertEqual(base64.b64decode(data["image/png"], validate=True),
                                     (folder / (figure["name"] + ".png")).read_bytes())
                    self.assertEqual("".join(data["image/svg+xml"]), (folder / (figure["name"] + ".svg")).read_text())
                for table in json.loads((folder / "result.json").read_text())["tables"]:
                    text = source(cells["about-table-" + table["name"]])
                    for column in table["columns"]:
                        self.assertIn("| " + column["name"].replace("_", "&#95;") + " |", text)
                    html = "".join(cells["table-" + table["name"]]["outputs"][0]["data"]["text/html"])
                    self.assertEqual(html.count("<tr>"), 1 + min(5, len(table["columns"][0]["values"])))

    @unittest.skipUnless(has("nbformat"), "needs nbformat")
    def test_are_valid(self):
        import nbformat
        for name, folder in FOLDERS.items():
            with self.subTest(name):
                notebook = nbformat.read(folder / "notebook.ipynb", as_version=nbformat.NO_CONVERT)
                self.assertEqual((notebook.nbformat, notebook.nbformat_minor), (4, 5))
                nbformat.validate(notebook)  # ids: their form, and none twice
                broken = nbformat.from_dict({**notebook, "cells": [{**notebook.cells[0], "id": "not an id"}]})
                with self.assertRaises(nbformat.ValidationError):
                    nbformat.validate(broken)

    @unittest.skipUnless(has("matplotlib", "pandas"), "needs matplotlib and pandas")
    def test_redraw_the_same_data(self):
        for name, folder in FOLDERS.items():
            with self.subTest(name):
                names = run_cells(folder)
                compared = 0
                for script in sorted(folder.glob("*.gp")):
                    compared += self.compare(names["drawn"][script.stem], read_script(script))
                self.assertEqual(len(names["drawn"]), len(list(folder.glob("*.gp"))))
                if names["drawn"]:
                    self.assertGreater(compared, 5)

    def compare(self, axes, panels):
        """Each data block of a gnuplot script is in the same panel as matplotlib has it; the number of blocks."""
        import numpy as np
        for number, blocks in panels.items():
            drawn = artists(axes.flat[number - 1])
            for block in blocks:
                same = [data for data in drawn if data.shape == block.shape and np.allclose(data, block, 1e-9, 0, True)]
                self.assertTrue(same, f"panel {number}: {block[:3]} … of shape {block.shape} is not drawn")
                wrong = block.copy()
                first = np.flatnonzero(np.isfinite(wrong))[0]
                wrong.flat[first] = 1.001 * wrong.flat[first] + 1e-6
                self.assertFalse([data for data in drawn
                                  if data.shape == wrong.shape and np.allclose(data, wrong, 1e-9, 0, True)])
        return sum(map(len, panels.values()))

    @unittest.skipUnless(has("matplotlib", "pandas"), "needs matplotlib and pandas")
    def test_redraw_the_tables(self):
        import numpy as np
        names = run_cells(FOLDERS["phases"])
        channels, tokens = names["channels_table"], names["tokens_table"]
        drawn = names["drawn"]
        mesh = drawn["increments"].flat[1].collections[0].get_array()
        np.testing.assert_array_equal(np.asarray(mesh).reshape(-1), channels["increment_mean_abs"])
        half_lives = drawn["forget_gates"].flat[0].lines[0].get_ydata()
        np.testing.assert_array_equal(half_lives, channels["forget_half_life"])
        markers = [line for line in drawn["token_angles"].flat[0].lines if line.get_marker() in "os"]
        for token, line in enumerate(markers):
            angles = tokens["total_angle"][tokens["token"] == token]
            np.testing.assert_allclose(line.get_ydata() * np.pi, angles, rtol=1e-15, atol=0)
        self.assertEqual(len(markers), 2)

    @unittest.skipUnless(shutil.which("jupyter-nbconvert", path="/usr/bin") and has("ipykernel", "matplotlib", "pandas"),
                         "needs jupyter-nbconvert and ipykernel")
    def test_run_from_top_to_bottom(self):
        for name, folder in FOLDERS.items():
            if " of " in name:
                continue  # the same cells; a kernel takes seconds to start
            with self.subTest(name):
                command = ["/usr/bin/jupyter-nbconvert", "--to", "notebook", "--execute", "--output", "executed.ipynb",
                           folder / "notebook.ipynb"]
                for attempt in range(3):  # a kernel's ports may be taken between choosing and binding them
                    run = subprocess.run(command, capture_output=True, text=True)
                    if run.returncode == 0:
                        break
                self.assertEqual(run.returncode, 0, run.stderr[-2000:])
                executed = json.loads((folder / "executed.ipynb").read_text(encoding="utf-8"))
                for cell, before in zip(executed["cells"], read_notebook(folder)["cells"]):
                    self.assertEqual(cell["id"], before["id"])
                    kinds = [output["output_type"] for output in cell.get("outputs", [])]
                    self.assertEqual(kinds, [output["output_type"] for output in before.get("outputs", [])], cell["id"])


def run_cells(folder):
    """The names that a notebook's code cells define; under "drawn", the axes of each figure by its name."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    names = {"drawn": {}}
    with contextlib.chdir(folder) if hasattr(contextlib, "chdir") else in_folder(folder):
        for cell in read_notebook(folder)["cells"]:
            if cell["cell_type"] != "code":
                continue
            exec(compile(source(cell), cell["id"], "exec"), names)
            if cell["id"].startswith("figure-"):
                names["drawn"][re.search(r'draw\("(.*)"\)', source(cell))[1]] = names["axes"]
                plt.gcf().canvas.draw()
                plt.close("all")
    return names


@contextlib.contextmanager
def in_folder(folder):
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def read_script(path):
    """The data blocks of a gnuplot script by panel, without rows that are not numbers. Stems are moved aside there, and
    rules end with the axes: of both only what they show, y of stems; nothing of rules."""
    import numpy as np
    text = path.read_text(encoding="utf-8")
    panels = {}
    for name, panel, body in re.findall(r"\$(panel(\d+)_\w+) << EOD\n(.*?)EOD\n", text, re.S):
        uses = re.findall(rf"\${name} (.*?)(?:,|\n)", text.split("set multiplot", 1)[-1])
        for part in body.split("\n\n"):
            block = np.array([[float(word) for word in line.split()] for line in part.strip().split("\n")])
            if any("image" in use or "matrix" in use for use in uses):
                block = block.ravel()
            else:
                block = block[np.isfinite(block).all(1)]
            if any("impulses" in use for use in uses):
                block = block[:, 1:]
            elif block.shape == (2, 2) and (block[0] == block[1]).any():
                continue
            if len(block):
                panels.setdefault(int(panel), []).append(block)
    return panels


def artists(ax):
    """What a panel shows, in the form of read_script."""
    import numpy as np
    found = []
    for line in ax.lines:
        data = np.array(line.get_xydata(), dtype=float)
        data = data[np.isfinite(data).all(1)]
        found += [data, data[:, 1:]]
    for patch in ax.patches:
        data = np.array(patch.get_xy() if hasattr(patch, "get_xy") else [])
        if data.ndim == 2:
            found += [data, data[:-1]]  # fill() closes the polygon
    for collection in ax.collections:
        if (values := collection.get_array()) is not None:
            found.append(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel())
            if hasattr(collection, "get_coordinates"):  # maps of one row or column are scripts of [x, y, value]
                corners = collection.get_coordinates()
                cells = np.column_stack([((corners[:-1, :-1] + corners[1:, 1:]) / 2).reshape(-1, 2), found[-1]])
                found.append(cells[np.isfinite(cells).all(1)])
        for polygon in collection.get_paths() if hasattr(collection, "get_paths") else []:
            found += band(np.array(polygon.vertices))
    return found


def band(vertices):
    """[x, lower, upper] of a fill_between polygon: to and fro between its two ends."""
    import numpy as np
    n = (len(vertices) - 3) // 2
    if n < 1 or len(vertices) != 2 * n + 3:
        return []
    lower, upper = vertices[1:n + 1], vertices[n + 2:2 * n + 2][::-1]
    return [np.column_stack([lower, upper[:, 1]])] if np.array_equal(lower[:, 0], upper[:, 0]) else []


if __name__ == "__main__":
    program = unittest.main(exit=False)
    skipped = len(program.result.skipped)
    if program.result.wasSuccessful() and skipped >= program.result.testsRun:
        sys.exit(77)
    sys.exit(0 if program.result.wasSuccessful() else 1)
