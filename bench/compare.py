"""Times this project's programs and their peers in turns and prints one table: see scripts/bench.

A case is a row of CASES. In each round ours, the peer as installed and the peer tuned run one after another, so that
all of them meet the same machine; each gives the median of its own repeats, and the table the medians of the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

PYTHON = "/usr/bin/python3"
BUSY = 1.5  # load average above which something else takes one of two processors most of the time


@dataclass(frozen=True)
class Case:
    name: str
    program: str  # of ours, in the build's bench folder
    benchmark: str  # its name in that program
    peer: tuple  # script and arguments
    peer_cases: tuple  # the peer's cases that compute the same, as the first words of their names
    limit_ms: float  # what the machine allows, computed from probes of its bandwidth and arithmetic
    largest_error: float  # relative, against the definition in double


PHASES = ("peer_phases.py", "--cases", "whole,jit,numpy")

CASES = (
    # 201 MB of traffic partly beside 1.5 GFLOP of narrow products and 4.2 M sines and cosines.
    Case("phases-whole", "phases_bench", "phases_whole/2/real_time", PHASES, ("whole",), 10.0, 1e-6),
    # The products (7 ms) beside 67 MB read; the peer's cumulative sum is in float, ours in double.
    Case("phases-cumsum", "phases_bench", "phases_cumsum/2/real_time", PHASES, ("phases only",), 7.0, 1e-6),
)


@dataclass
class Row:
    case: str
    ours_ms: float
    ours_best_ms: float  # of all repeats: what is left when others disturb least
    relative_error: float
    largest_error: float
    peer_ms: float | None
    peer: str | None
    ratio: float | None
    limit_ms: float
    fraction_of_limit: float


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run_lines(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def time_ours(folder, case):
    """Median and least milliseconds and the relative error of one run of our program."""
    output = run_lines([str(folder / case.program), f"--benchmark_filter=^{case.benchmark}$",
                        "--benchmark_repetitions=11", "--benchmark_min_time=0.1", "--benchmark_format=json"])
    runs = [run for run in json.loads(output)["benchmarks"] if run["run_type"] == "iteration"]
    times = [run["real_time"] for run in runs]
    return statistics.median(times), min(times), max(run["relative_error"] for run in runs)


def time_peer(command):
    """Milliseconds of each case of one run of a peer."""
    reports = (json.loads(line) for line in run_lines(command).splitlines() if line.startswith("{"))
    return {report["case"]: 1e3 * report["seconds"] for report in reports if "seconds" in report}


def find_peers():
    """The folder of the peers, or None with the reason said."""
    folder = Path(os.environ.get("ROTOSCOPE_SHARED", "../shared")) / "peers"
    if not folder.is_dir():
        say(f"no peers in {folder}: set ROTOSCOPE_SHARED to the folder that holds peers/; ours alone")
        return None
    for module in ("numpy", "torch"):
        if subprocess.run([PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode != 0:
            say(f"{PYTHON} has no {module} (Debian: python3-{module}; scripts/packages peers); ours alone")
            return None
    return folder


def setups(peers, peer):
    """Label and command of each way to run a peer."""
    script, *arguments = peer
    return (("installed", [PYTHON, str(peers / script), *arguments]),
            ("tuned", [str(peers / "tuned.sh"), script, *arguments]))


def measure(cases, folder, peers, rounds):
    ours = {case.name: [] for case in cases}
    theirs = {}  # (peer, setup, its case) -> one figure a round
    for number in range(rounds):
        load = os.getloadavg()[0]
        busy = ": busy, trust the ratios only" if load > BUSY and number == 0 else ""  # later ones see our own load
        say(f"round {number + 1} of {rounds}, load average {load:.1f}{busy}")
        for case in cases:
            ours[case.name].append(time_ours(folder, case))
        for peer in dict.fromkeys(case.peer for case in cases) if peers else ():
            for label, command in setups(peers, peer):
                for name, milliseconds in time_peer(command).items():
                    theirs.setdefault((peer, label, name), []).append(milliseconds)
    return ours, theirs


def summarise(case, ours, theirs):
    milliseconds = statistics.median(median for median, _, _ in ours)
    same = [(statistics.median(times), f"{name}, {label}") for (peer, label, name), times in theirs.items()
            if peer == case.peer and name.startswith(case.peer_cases)]
    peer_ms, peer = min(same, default=(None, None))
    return Row(case.name, milliseconds, min(best for _, best, _ in ours), max(error for _, _, error in ours),
               case.largest_error, peer_ms, peer, peer_ms / milliseconds if peer_ms else None, case.limit_ms,
               case.limit_ms / milliseconds)


def print_table(rows):
    print(f"{'case':<14} {'ours/ms':>8} {'best':>6} {'peer/ms':>8} {'ratio':>6} {'limit/ms':>8} {'of limit':>8}"
          f" {'error':>8}  fastest peer")
    for row in rows:
        peer = f"{row.peer_ms:8.1f} {row.ratio:5.1f}x" if row.peer_ms else f"{'-':>8} {'-':>6}"
        print(f"{row.case:<14} {row.ours_ms:8.1f} {row.ours_best_ms:6.1f} {peer} {row.limit_ms:8.1f} "
              f"{row.fraction_of_limit:8.0%} {row.relative_error:8.1e}  {row.peer or '-'}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Times this build beside its peers.")
    parser.add_argument("folder", type=Path, help=argparse.SUPPRESS)
    known = ", ".join(case.name for case in CASES)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{known}; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="rounds whose medians are printed (3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args()
    unknown = set(options.cases) - {case.name for case in CASES}
    if unknown or options.rounds < 1:
        parser.error(f"unknown case {sorted(unknown)[0]}" if unknown else "--rounds must be at least 1")
    cases = [case for case in CASES if not options.cases or case.name in options.cases]
    ours, theirs = measure(cases, options.folder, find_peers(), options.rounds)
    rows = [summarise(case, ours[case.name], theirs) for case in cases]
    if options.json:
        print(json.dumps({"rounds": options.rounds, "cases": [asdict(row) for row in rows]}, indent=2))
    else:
        print_table(rows)
    wrong = [row.case for row in rows if not row.relative_error <= row.largest_error]
    if wrong:
        sys.exit(f"bench: {', '.join(wrong)}: relative error above its bound")


if __name__ == "__main__":
    main()
