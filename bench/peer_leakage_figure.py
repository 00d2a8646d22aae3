"""What a user would write instead of `rotoscope leakage`: its default windows, the figures of merit and one figure of
their responses as PDF, by scipy and matplotlib. Usage: peer_leakage_figure.py OUT.pdf"""

import sys

import matplotlib

matplotlib.use("pdf")
import matplotlib.pyplot as plt
import numpy as np
from scipy import fft, signal

N = 4096
PAD = 16


def windows():
    age = np.arange(N) / N
    bank = {"boxcar": np.ones(N)}
    bank |= {f"decay:{alpha}": np.exp(-alpha * age) for alpha in (1, 2, 4)}
    bank["poisson:2"] = np.exp(-2 * np.abs(2 * age - 1))
    for name in ("hann", "blackman", "hamming"):
        bank[name] = signal.get_window(name, N)
    return bank | {"kaiser:2.5": signal.get_window(("kaiser", 2.5 * np.pi), N)}


def figures(window, level):
    edges = np.flatnonzero(np.diff(level) > 0)
    edge = edges[0] if len(edges) else len(level) - 1
    width = 2 * np.argmax(level < -3.0103) / PAD
    noise = N * np.sum(window**2) / np.sum(window) ** 2
    return level[edge:].max(), noise, width, -level[PAD // 2]


figure, axes = plt.subplots()
for name, window in windows().items():
    spectrum = np.abs(fft.rfft(window, PAD * N))
    level = 20 * np.log10(np.maximum(spectrum / spectrum[0], 1e-20))
    print(name, *(f"{value:.3f}" for value in figures(window, level)))
    axes.plot(np.arange(16 * PAD) / PAD, level[: 16 * PAD], label=name)
axes.set(xlabel="frequency (bins)", ylabel="response (dB)", ylim=(-120, 5))
axes.legend()
figure.savefig(sys.argv[1])
