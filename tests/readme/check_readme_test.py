"""scripts/check-readme on small documents: what is right passes, and every kind of mistake is found."""
import os
import pathlib
import subprocess
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("ROTOSCOPE_PROGRAM", str(ROOT / "build/release/apps/rotoscope"))

# Stands for the program: prints its arguments one a line; `fail` exits with 3.
STAND_IN = """#!/bin/sh
for word in "$@"; do echo "$word"; done
[ "$1" != fail ] || exit 3
[ "$1" != warn ] || echo "a warning" >&2
"""


def check(document, program=None):
    """(exit code, output) of the script on one document."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sample.md"
        path.write_text(document)
        if program is None:
            program = pathlib.Path(folder) / "stand-in"
            program.write_text(STAND_IN)
            program.chmod(0o755)
        run = subprocess.run([ROOT / "scripts/check-readme", "--program", program, path], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return run.returncode, run.stdout


def block(text, fence="```"):
    return f"Some words.\n\n{fence}sh\n{textwrap.dedent(text).strip()}\n{fence}\n"


class CheckReadme(unittest.TestCase):
    def expect(self, document, code, words):
        got, output = check(document)
        self.assertEqual(got, code, output)
        self.assertIn(words, output)

    def test_right(self):
        right = "$ rotoscope a b\na\nb\n"
        for document in (
            block("$ rotoscope a b"),  # no output shown: only the exit code counts
            block(right),
            block(right, "~~~~"),
            block(right + "$ rotoscope c\nc\n"),
            block(right + "\n$ cat missing\nwhatever\n"),  # not ours: not run
            block("$ rotoscope a b c d\n…\nb\n…\nd"),
            block("$ rotoscope a b\na\n…\nb"),  # … may be nothing
            block("$ rotoscope a \\\n    b\na\nb"),
            block("$ rotoscope warn\nwarn\na warning"),
            block("$ rotoscope a >made\n$ rotoscope \"$(cat made)\"\na"),  # one folder for all
            block("$ rotoscope \"$(ls data/checkpoints/parity-srope)\"\nconfig.json\nmodel.safetensors"),
            "1. A list\n\n   ```\n   $ rotoscope a\n   a\n   ```\n",
        ):
            with self.subTest(document):
                self.expect(document, 0, " 0 wrong")

    def test_wrong(self):
        for document, words in (
            (block("$ rotoscope fail"), "exit code 3"),
            (block("$ rotoscope fail\n…"), "exit code 3"),
            (block("$ rotoscope a b\na\nc"), "-c\n+b"),
            (block("$ rotoscope a b\na"), "+b"),
            (block("$ rotoscope a\na\nb"), "-b"),
            (block("$ rotoscope a b\n…\na"), "+b"),
            (block("$ rotoscope a b\nb\n…"), "prints something else"),
            (block("$ rotoscope a\n$ rotoscope fail\n$ rotoscope b"), "sample.md:5: $ rotoscope fail"),
            (block("$ rotoscope a\nx\n") + block("$ rotoscope b\ny\n"), "2 commands, 2 wrong"),
        ):
            with self.subTest(document):
                self.expect(document, 1, words)

    def test_nothing_to_run(self):
        for document in ("$ rotoscope not in a block\n", block("rotoscope a"), block("$ rotoscopes a"), ""):
            with self.subTest(document):
                self.expect(document, 77, "0 commands")

    def test_real_program(self):
        sample = (HERE / "sample.md").read_text()
        code, output = check(sample, PROGRAM)
        self.assertEqual(code, 0, output)
        self.assertIn("2 commands, 0 wrong", output)
        code, output = check(sample.replace("4 heads", "5 heads"), PROGRAM)
        self.assertEqual(code, 1, output)
        self.assertIn("+sizes      1 layer, 4 heads", output)


if __name__ == "__main__":
    unittest.main()
