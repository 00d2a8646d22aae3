"""docs/TOOL.md of each tool: every option of --help, every column with its unit and meaning, every figure; docs/claims.md:
every claim and input of --list.

What is missing is printed as the line to put there."""
import csv
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ROTOSCOPE_PROGRAM", str(ROOT / "build/release/apps/rotoscope"))
PARITY = str(ROOT / "data/checkpoints/parity-srope")
UNTRAINED = str(ROOT / "data/checkpoints/parity-srope-step00000")
MQAR = str(ROOT / "data/checkpoints/mqar-srope")
BANK = ["--rotations", "rope:16:10000", "--length", "128"]

# For each tool with a page: runs that together give every table and figure. ARRAYS is replaced by a file of angles.
COMMANDS = {
    "inspect": [[PARITY, "--stats"]],
    "phases": [[PARITY, "--length", "300"]],
    "merge": [],  # tables and figures are those of phases
    "leakage": [["--window", "hann", "--length", "256", "--estimates"], ["--window", "hann", *BANK],
                [*BANK, "--signal", "two:0.5:0.8"], ["--sweep", "--length", "128", "--sweep-range", "0:4:3"],
                ["--arrays", "ARRAYS"], ["--list"]],
    "rff": [["--study", "all", "--counts", "16,64", "--length", "64", "--seeds", "2", "--dim", "8"]],
    "compare": [[UNTRAINED, PARITY, "--length", "300"], [PARITY, MQAR]],
    "verify": [[], ["--list"]],
    "figures": [["--checkpoint", PARITY]],
}


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, text=True, capture_output=True).stdout


def setUpModule():
    global RESULTS
    with tempfile.TemporaryDirectory(prefix="rotoscope-docs-") as folder:
        arrays = os.path.join(folder, "arrays.safetensors")
        run("phases", MQAR, "--inputs", "sphere", "--length", "64", "--layers", "0", "--arrays", arrays, "--quiet",
            "--out", folder, "--format", "json")
        RESULTS = {tool: [json.loads(run(tool, *(arrays if word == "ARRAYS" else word for word in arguments), "--json"))
                          for arguments in runs] for tool, runs in COMMANDS.items()}


class Pages(unittest.TestCase):
    def setUp(self):
        self.pages = {tool: (ROOT / f"docs/{tool}.md").read_text(encoding="utf-8") for tool in COMMANDS}
        self.everywhere = self.pages["phases"].partition("### Common options")[2].partition("\n## ")[0]

    def results(self, kind):
        """Each of a kind in the results, with its tool's name."""
        return [(tool, thing) for tool, results in RESULTS.items() for result in results for thing in result[kind]]

    def test_have_every_option(self):
        for tool, page in self.pages.items():
            for option in re.findall(r"^  (?:-h,)?(--[a-z0-9-]+)", run(tool, "--help"), re.M):
                if option != "--help":
                    self.assertIn("`" + option, page + self.everywhere, f"{tool}: {option}")

    def test_have_every_column_as_the_program_describes_it(self):
        for tool, table in self.results("tables"):
            self.assertIn(f"`{table['name']}`", self.pages[tool])
            for column in table["columns"]:
                meaning = column["description"].replace("|", "\\|")
                self.assertIn(f"| `{column['name']}` | {column['unit']} | {meaning} |\n", self.pages[tool])

    def test_have_every_figure(self):
        for tool, figure in self.results("figures"):
            self.assertIn("`" + re.sub(r"_layer\d+$", "_layer{i}", figure["name"]) + "`", self.pages[tool])

    def test_list_every_claim(self):
        page = (ROOT / "docs/claims.md").read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="rotoscope-docs-") as folder:
            run("verify", "--list", "--format", "csv", "--out", folder, "--quiet")
            claims = list(csv.DictReader(open(os.path.join(folder, "claims.csv"), encoding="utf-8")))
            inputs = list(csv.DictReader(open(os.path.join(folder, "inputs.csv"), encoding="utf-8")))
        self.assertGreater(len(claims), 18)
        self.assertEqual(re.findall(r"^## (.*)$", page, re.M), [claim["id"] for claim in claims])
        for claim in claims:
            self.assertIn(f"\n{claim['statement']} ({claim['equation']})\n", page)
            self.assertIn(f"\nExpected: {claim['expected']}. {claim['reason']}\n", page)
        for row in inputs:
            meaning = row["meaning"].replace("|", "\\|")
            self.assertIn(f"| `{row['input']}` | {row['value']} | {meaning} |\n", page)


if __name__ == "__main__":
    unittest.main()
