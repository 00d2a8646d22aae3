"""docs/TOOL.md of each tool: every option of --help, every column with its unit and meaning, every figure.

What is missing is printed as the line to put there."""
import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ROTOSCOPE_PROGRAM", str(ROOT / "build/release/apps/rotoscope"))
PARITY = str(ROOT / "data/checkpoints/parity-srope")

# A line for each tool that has a page: arguments that give every table.
COMMANDS = {
    "inspect": [PARITY, "--stats"],
    "phases": [PARITY, "--length", "300"],
    "figures": ["--checkpoint", PARITY],
}


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, text=True, capture_output=True).stdout


class Pages(unittest.TestCase):
    def setUp(self):
        self.pages = {tool: (ROOT / f"docs/{tool}.md").read_text(encoding="utf-8") for tool in COMMANDS}
        self.everywhere = self.pages["phases"].partition("### Common options")[2].partition("\n## ")[0]

    def test_have_every_option(self):
        for tool, page in self.pages.items():
            for option in re.findall(r"^  (?:-h,)?(--[a-z0-9-]+)", run(tool, "--help"), re.M):
                if option != "--help":
                    self.assertIn("`" + option, page + self.everywhere, f"{tool}: {option}")

    def test_have_every_column_as_the_program_describes_it(self):
        for tool, arguments in COMMANDS.items():
            for table in json.loads(run(tool, *arguments, "--json"))["tables"]:
                self.assertIn(f"`{table['name']}`", self.pages[tool])
                for column in table["columns"]:
                    meaning = column["description"].replace("|", "\\|")
                    self.assertIn(f"| `{column['name']}` | {column['unit']} | {meaning} |\n", self.pages[tool])

    def test_have_every_figure(self):
        for tool, arguments in COMMANDS.items():
            for figure in json.loads(run(tool, *arguments, "--json"))["figures"]:
                self.assertIn("`" + re.sub(r"_layer\d+$", "_layer{i}", figure["name"]) + "`", self.pages[tool])


if __name__ == "__main__":
    unittest.main()
