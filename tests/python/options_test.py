"""Every option of every tool with values that no one means, as `--help` lists them: the program gives results or refuses
in one to three lines, with its exit codes, or is still at work and stops when it is asked to. A few values an option,
in turn; with --all, all of them (minutes)."""
import concurrent.futures
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ROTOSCOPE_PROGRAM", str(ROOT / "build/release/apps/rotoscope"))
TRAINED = str(ROOT / "data/checkpoints/parity-srope")
UNTRAINED = str(ROOT / "data/checkpoints/parity-srope-step00000")
# What is quick to compute with, so that what is accepted ends soon.
COMMANDS = {
    "inspect": [TRAINED],
    "phases": [TRAINED, "--length=20"],
    "merge": ["part-0-of-1.json"],
    "leakage": ["--length=20"],
    "rff": ["--study=errors", "--length=16", "--dim=4", "--counts=4,8", "--seeds=2"],
    "compare": [UNTRAINED, TRAINED, "--length=20"],
    "verify": ["--claim=householder"],
    "figures": ["table3"],
}
# Numbers at and beyond the ends, lists and ranges that are none, texts that shells, terminals, formats and paths take
# for something else. No path leads out of the working folder.
VALUES = ["", "0", "-1", "1", "3", "2.5", "-0.0", "1e-320", "1e999", "nan", "-inf", "9223372036854775807",
          "18446744073709551616", "99999999999999999999999999", "0x10", "1e3", " 1", "1 ", "1,1", "1,,2", ",", "3-1",
          "0-18446744073709551615", "1:2", ":", "1:2:3:4:5", "0:0", "nan:nan", "a", "A" * 5000, "%s%n", "'", "`touch x`",
          "$(touch x)", "-", "--", "=", "\x1b[2J", "x\ny\nz\nw", "\udcff\udcfe", "\u202egnp", "all", ".", "nothing/there",
          "data", "hann", "rope:0:0", "dft:0", "linear:1:nan:2", "tone:nan", "a=nan", "alpha=-1", "{}", "[1]", "null"]
SECONDS = 4  # then it is asked to stop
SOME = 3  # values an option without --all
CODES = {0, 1, 2, 3, 4}  # 1: a verdict that is not the expected one


def options_of(tool):
    text = subprocess.run([PROGRAM, tool, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (?:-\w,)?(--[a-z0-9-]+)", text, re.MULTILINE)


def limited():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def fault_of(arguments, part):
    """What is wrong with a run, or None."""
    # Two folders deep, so that .. is a folder of the test's, too.
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder, "a", "b")
        work.mkdir(parents=True)
        if arguments[0] == "merge":
            shutil.copy(part, work / "part-0-of-1.json")
        process = subprocess.Popen([PROGRAM, *arguments], cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=limited)
        stopped = False
        try:
            output, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            stopped = True
            process.terminate()
            try:
                output, errors = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return "does not stop"
        if (work / "x").exists():
            return "ran a command"
        if stopped and process.returncode == 143:
            return None if errors == b"rotoscope: stopped by a signal\n" else f"stopped, and said {errors[-300:]!r}"
        if process.returncode not in CODES:
            return f"exit code {process.returncode}: {errors[-300:]!r}"
        if process.returncode in (0, 1):
            return None
        if output:
            return f"refused, with output {output[:100]!r}"
        lines = errors.decode("utf-8").rstrip("\n").split("\n")  # what it says is UTF-8, whatever it was given
        if len(lines) > 3 or len(errors) > 1000 or not lines[0].startswith("rotoscope: ") or "internal" in lines[0]:
            return f"said {errors[:600]!r}"
        if any(ord(character) < 32 or ord(character) == 127 for line in lines for character in line):
            return f"said control characters {errors!r}"
        return None


class Options(unittest.TestCase):
    def test_values_that_no_one_means(self):
        everything = "--all" in sys.argv
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
            part = pathlib.Path(folder, "part-0-of-1.json")
            shared = pathlib.Path(os.environ.get("ROTOSCOPE_SHARED", ROOT / "../shared"))
            llama = shared / "checkpoints/lm-llama-hf"
            tools = dict(COMMANDS)
            if llama.is_dir():
                subprocess.run([PROGRAM, "phases", str(llama), "--shard=0/1", f"--out={folder}", "--quiet"], check=True)
            else:
                del tools["merge"]
            runs = {}
            turn = 0
            for tool, arguments in tools.items():
                names = options_of(tool)
                self.assertGreater(len(names), 5, tool)
                for name in names:
                    chosen = VALUES if everything else [VALUES[(turn + i * 19) % len(VALUES)] for i in range(SOME)]
                    turn += 1
                    for value in chosen:
                        run = [tool, *arguments, f"{name}={value}"]
                        runs[pool.submit(fault_of, run, part)] = run
            faults = [f"{runs[done]}: {done.result()}" for done in concurrent.futures.as_completed(runs)
                      if done.result() is not None]
            self.assertEqual(faults, [], f"{len(faults)} of {len(runs)}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
