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
import tempfile
import time
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
    target: float | None = None  # the ratio that the project promises
    counter: str = "relative_error"  # or standard_errors, where a simulation is held against a closed form
    on_request: bool = False  # only when named


PHASES = ("peer_phases.py", "--cases", "whole,jit,numpy")
FIGURES = ("peer_leakage.py", "--cases", "smart")
PADDED = ("peer_leakage.py", "--cases", "fom")
SWEEP = ("peer_leakage.py", "--cases", "sweep")
BANKS = ("peer_leakage.py", "--cases", "uniform,czt,geometric")
EXACT = ("peer_rff.py", "--cases", "exact")
FEATURES = ("peer_rff.py", "--cases", "time", "--features", "1024,4096")
MANY_FEATURES = ("peer_rff.py", "--cases", "time", "--features", "16384")
SAMPLING = ("peer_rff.py", "--cases", "mc", "--backends", "numpy")  # torch is slower
STUDY = ("peer_rff.py", "--cases", "error", "--s2", "1", "--backends", "numpy")
FIGURE_SCRIPT = str(Path(__file__).resolve().parent / "peer_leakage_figure.py")
# The peers drop OPENBLAS_CORETYPE from the environment; loaded before them, OpenBLAS has seen it.
NUMPY_FIRST = "import numpy, runpy, sys; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
# Writes a checkpoint of 4 GiB where it is told to, and times what it computes from it.
CHECKPOINT = ("peer_checkpoint.py", "--cases", "numpy,torch", "--reps", "3", "--keep", "--file")
CHECKPOINT_CONFIG = {"model_type": "llama", "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 32,
                     "num_hidden_layers": 24, "rope_theta": 10000.0, "max_position_embeddings": 4096,
                     "rms_norm_eps": 1e-6, "vocab_size": 32000}


def windows(name, benchmark, peer, words, limit, target):
    # 2e-4 is 0.002 dB; the peer's own refinement is within 0.012 dB.
    return Case(name, "windows_bench", f"{benchmark}/2/real_time", peer, words, limit, 2e-4, target)


def responses(name, benchmark, words, limit, target):
    return Case(name, "responses_bench", f"{benchmark}/2/real_time", BANKS, words, limit, 1e-10, target)


def features(name, benchmark, peer, words, limit, target):
    return Case(name, "features_bench", f"{benchmark}/real_time", peer, words, limit, 1e-5, target)


def sampling(name, benchmark, words, limit, target):
    # 63 angles: by chance beyond 5 standard errors once in 27,000 seeds, and the seed is fixed.
    return Case(name, "features_bench", f"sampling/{benchmark}/real_time", SAMPLING, words, limit, 5.0, target,
                "standard_errors")


CASES = (
    # 201 MB of traffic partly beside 1.5 GFLOP of narrow products and 4.2 M sines and cosines.
    Case("phases-whole", "phases_bench", "phases_whole/2/real_time", PHASES, ("whole",), 10.0, 1e-6),
    # The products (7 ms) beside 67 MB read; the peer's cumulative sum is in float, ours in double.
    Case("phases-cumsum", "phases_bench", "phases_cumsum/2/real_time", PHASES, ("phases only",), 7.0, 1e-6),
    # Limits of all below are computed from probes of transforms in the L2 cache, products, sines and normals.
    windows("figures", "figures_of_24_windows", FIGURES, ("smart",), 4.0, 10.0),  # 24 real FFTs of 65536, refinement
    windows("figures-padded", "figures_of_24_windows", PADDED, ("fom n=",), 18.0, 8.0),  # spectra of 2^20 points
    windows("sweep", "sweep_of_7_lengths", SWEEP, ("sweep",), 40.0, 8.0),
    responses("uniform", "uniform", ("uniform T=",), 0.2, 3.0),  # 16 real FFTs of 8192, magnitudes
    responses("chirpz-arc", "chirp_z_arc", ("czt zoom",), 1.1, 2.0),  # 32 complex FFTs of 16384
    responses("chirpz-spiral", "chirp_z_spiral", ("czt spiral",), 1.1, 2.0),
    responses("geom-direct", "geometric", ("geometric direct float64", "geometric direct naive"), 1.0, 15.0),
    responses("geom-nufft", "geometric", ("geometric own",), 1.0, 4.0),  # 16 FFTs of 16384, gathers
    responses("own-decay", "own_decay", ("geometric, own decay",), 1.3, 150.0),  # fused operations
    features("softmax", "exact_softmax", EXACT, ("exact",), 2.3, 3.0),
    features("matrix-1k", "matrix/trigonometric/1024", FEATURES, ("matrix trig D=1024",), 33.0, 1.8),
    features("matrix-4k", "matrix/trigonometric/4096", FEATURES, ("matrix trig D=4096",), 125.0, 1.8),
    features("matrix-16k", "matrix/trigonometric/16384", MANY_FEATURES, ("matrix trig",), 500.0, 1.8),
    features("positive-16k", "matrix/positive/16384", MANY_FEATURES, ("matrix positive",), 270.0, 1.8),
    features("linear-4k", "linear/trigonometric/4096", FEATURES, ("linear trig D=4096",), 29.0, 3.0),
    features("linear-16k", "linear/trigonometric/16384", MANY_FEATURES, ("linear trig",), 115.0, 3.0),
    sampling("mc-full", "full", ("mc full",), 370.0, 4.0),
    sampling("mc-projected", "projected", ("mc projected",), 30.0, 5.0),
    # No error of its own: tests compare the study with the peer's figures.
    Case("error-study", "features_bench", "error_study/8/iterations:1/real_time", STUDY, ("error study",), 16000.0,
         0.0, 3.0, "", True),
    # A whole process; the limit is that of gnuplot alone, measured.
    Case("leakage-pdf", "rotoscope", "leakage --format pdf", (FIGURE_SCRIPT,), ("whole process",), 128.0, 0.0,
         8.0, ""),
    # Half of the file as two threads read it mapped in large pages, 54 GB/s; for histograms two cycles for each pair
    # of weights besides.
    Case("weights", "checkpoint_bench", "weights/real_time", CHECKPOINT, ("torch-nohist warm",), 40.0, 0.0, 7.0, "",
         True),
    Case("weights-histogram", "checkpoint_bench", "weights_histogram/real_time", CHECKPOINT,
         ("numpy-2proc warm", "numpy warm", "torch warm"), 150.0, 0.0, 8.0, "", True),
)


@dataclass
class Row:
    case: str
    ours_ms: float
    ours_best_ms: float  # of all repeats: what is left when others disturb least
    relative_error: float  # or in standard errors: see counter
    largest_error: float
    counter: str
    target: float | None
    peer_ms: float | None
    peer: str | None
    ratio: float | None
    limit_ms: float
    fraction_of_limit: float


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run_lines(command, environment=None):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command[:2])} failed ({done.returncode}): {done.stderr.strip()[-500:]}")
    return done.stdout


def time_process(command, environment=None, repeats=5):
    """Milliseconds of each of a few runs of a command, after one that warms up."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run_lines(command, environment)
        times.append(1e3 * (time.perf_counter() - start))
    return times[1:]


def time_program(folder, case):
    with tempfile.TemporaryDirectory() as out:
        times = time_process([str(folder.parent / "apps/rotoscope"), *case.benchmark.split(), "--threads", "2", "--out",
                              out])
    return statistics.median(times), min(times), 0.0


def missing_for(case, folder, peers):
    """What a case lacks here, or None."""
    if case.program == "rotoscope" and not (folder.parent / "apps/rotoscope").is_file():
        return "this build has no program (build target rotoscope)"
    return "the peer writes its checkpoint" if case.peer == CHECKPOINT and not peers else None


def time_ours(folder, case, checkpoint):
    """Median and least milliseconds and the error of one run of our program."""
    if case.program == "rotoscope":
        return time_program(folder, case)
    repetitions = 1 if case.peer == STUDY else 11
    output = run_lines([str(folder / case.program), f"--benchmark_filter=^{case.benchmark}$",
                        f"--benchmark_repetitions={repetitions}", "--benchmark_min_time=0.1", "--benchmark_format=json"],
                       os.environ | {"ROTOSCOPE_CHECKPOINT": str(checkpoint)})
    runs = [run for run in json.loads(output)["benchmarks"] if run["run_type"] == "iteration"]
    times = [run["real_time"] for run in runs]
    return statistics.median(times), min(times), max(run.get(case.counter, 0.0) for run in runs)


def time_peer(command, environment):
    """Milliseconds of each case of one run of a peer."""
    if FIGURE_SCRIPT in command:
        with tempfile.TemporaryDirectory() as out:
            return {"whole process": statistics.median(time_process([*command, f"{out}/leakage.pdf"], environment))}
    reports = (json.loads(line) for line in run_lines(command, environment).splitlines() if line.startswith("{"))
    return {report["case"]: 1e3 * report["seconds"] for report in reports if "seconds" in report}


def find_peers():
    """The folder of the peers, or None with the reason said."""
    folder = Path(os.environ.get("ROTOSCOPE_SHARED", "../shared")) / "peers"
    if not folder.is_dir():
        say(f"no peers in {folder}: set ROTOSCOPE_SHARED to the folder that holds peers/; ours alone")
        return None
    for module in ("numpy", "scipy", "torch", "matplotlib"):
        if subprocess.run([PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode != 0:
            say(f"{PYTHON} has no {module} (Debian: python3-{module}; scripts/packages peers); ours alone")
            return None
    return folder


def tuned():
    """What a careful user of the peers sets, as their tuned.sh does: malloc keeps its memory, PyTorch its widest kernels,
    which that script asks for on every processor. And OpenBLAS, which runs SSE kernels on processors that it does not
    know, five times slower, the widest that it has."""
    settings = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_ARENA_MAX": "1"}
    if "avx512f" in Path("/proc/cpuinfo").read_text().split():
        settings["ATEN_CPU_CAPABILITY"] = "avx512"
        settings["OPENBLAS_CORETYPE"] = "SkylakeX"
    return settings


def setups(peers, peer, checkpoint):
    """Label, command and environment of each way to run a peer."""
    script, *arguments = peer
    if peer == CHECKPOINT:
        arguments.append(str(checkpoint / "model.safetensors"))
    script = [str(peers / script), *arguments]
    return (("installed", [PYTHON, *script], None),
            ("tuned", [PYTHON, "-c", NUMPY_FIRST, *script], os.environ | tuned()))


def measure(cases, folder, peers, rounds):
    with tempfile.TemporaryDirectory() as checkpoint:
        return measure_beside(cases, folder, peers, rounds, Path(checkpoint))


def measure_beside(cases, folder, peers, rounds, checkpoint):
    """The peers go first: one of them writes the checkpoint."""
    ours = {case.name: [] for case in cases}
    theirs = {}  # (peer, setup, its case) -> one figure a round
    (checkpoint / "config.json").write_text(json.dumps(CHECKPOINT_CONFIG))
    for number in range(rounds):
        load = os.getloadavg()[0]
        busy = ": busy, trust the ratios only" if load > BUSY and number == 0 else ""  # later ones see our own load
        say(f"round {number + 1} of {rounds}, load average {load:.1f}{busy}")
        for peer in dict.fromkeys(case.peer for case in cases) if peers else ():
            for label, command, environment in setups(peers, peer, checkpoint):
                for name, milliseconds in time_peer(command, environment).items():
                    theirs.setdefault((peer, label, name), []).append(milliseconds)
        for case in cases:
            ours[case.name].append(time_ours(folder, case, checkpoint))
    return ours, theirs


def summarise(case, ours, theirs):
    milliseconds = statistics.median(median for median, _, _ in ours)
    same = [(statistics.median(times), f"{name}, {label}") for (peer, label, name), times in theirs.items()
            if peer == case.peer and name.startswith(case.peer_cases)]
    peer_ms, peer = min(same, default=(None, None))
    return Row(case.name, milliseconds, min(best for _, best, _ in ours), max(error for _, _, error in ours),
               case.largest_error, case.counter, case.target, peer_ms, peer, peer_ms / milliseconds if peer_ms else None, case.limit_ms,
               case.limit_ms / milliseconds)


def error_text(row):
    return {"relative_error": f"{row.relative_error:.0e}", "standard_errors": f"{row.relative_error:.1f} se"}.get(
        row.counter, "-")


def print_table(rows):
    print(f"{'case':<14} {'ours/ms':>8} {'best':>7} {'peer/ms':>8} {'ratio':>6} {'target':>6} {'limit/ms':>8} {'of it':>5}"
          f" {'error':>6}  fastest peer")
    for row in rows:
        peer = f"{row.peer_ms:8.1f} {row.ratio:5.1f}x" if row.peer_ms else f"{'-':>8} {'-':>6}"
        target = f"{row.target:.3g}x" if row.target else "-"
        name = row.peer or "-"
        name = name if len(name) <= 22 else f"{name[:11]}..{name[-9:]}"
        print(f"{row.case:<14} {row.ours_ms:8.2f} {row.ours_best_ms:7.2f} {peer} {target:>6} {row.limit_ms:8.1f} "
              f"{row.fraction_of_limit:5.0%} {error_text(row):>6}  {name}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Times this build beside its peers.")
    parser.add_argument("folder", type=Path, help=argparse.SUPPRESS)
    known = ", ".join(case.name for case in CASES)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{known}; by default all but error-study and weights*")
    parser.add_argument("--rounds", type=int, default=3, help="rounds whose medians are printed (3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args()
    unknown = set(options.cases) - {case.name for case in CASES}
    if unknown or options.rounds < 1:
        parser.error(f"unknown case {sorted(unknown)[0]}" if unknown else "--rounds must be at least 1")
    cases = [case for case in CASES if case.name in options.cases or not (options.cases or case.on_request)]
    peers = find_peers()
    missing = {case: missing_for(case, options.folder, peers) for case in cases}
    cases = [case for case in cases if not missing[case]]
    ours, theirs = measure(cases, options.folder, peers, options.rounds)
    rows = [summarise(case, ours[case.name], theirs) for case in cases]
    if options.json:
        print(json.dumps({"rounds": options.rounds, "cases": [asdict(row) for row in rows]}, indent=2))
    else:
        print_table(rows)
    for case, reason in missing.items():
        if reason:
            say(f"{case.name}: missing, {reason}")
    wrong = [row.case for row in rows if not row.relative_error <= row.largest_error]
    if wrong:
        sys.exit(f"bench: {', '.join(wrong)}: error above its bound")


if __name__ == "__main__":
    main()
