"""docs/dump_activations.py on a small torch model with a trained checkpoint's weights: what `rotoscope phases
--activations --arrays` computes from the recording must be what torch itself computed, within float32 rounding."""
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

try:
    import torch
except ImportError:
    print("skipped: needs torch (Debian: python3-torch)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
from dump_activations import record, tell_apart  # noqa: E402

PROGRAM = os.environ.get("ROTOSCOPE_PROGRAM", str(ROOT / "build/release/apps/rotoscope"))
UNIT = 2.0**-24  # unit roundoff of float32
TYPES = {"F32": (torch.float32, "f"), "F64": (torch.float64, "d")}


def read_safetensors(path):
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        dtype, letter = TYPES[entry["dtype"]]
        begin, end = entry["data_offsets"]
        values = struct.unpack(f"<{math.prod(entry['shape'])}{letter}", data[start + begin : start + end])
        tensors[name] = torch.tensor(values, dtype=dtype).reshape(entry["shape"])
    return tensors


def dot_rounding(n):
    """Of a float32 inner product of n terms, in units of Σ|a||b|: λ sqrt(n) u with λ = 6 fails with probability 3e-8
    (Higham & Mary 2019, 10.1137/18M1226312); 4 more for the ends."""
    return (6 * math.sqrt(n) + 4) * UNIT


class Rotary(torch.nn.Module):
    """The phase generator of arXiv 2511.17388 (low-rank) in plain torch. Keeps its stages, and how far float32 may have
    led each away: `bound`, carried along in the same order."""

    def __init__(self, weights, heads, silu):
        super().__init__()
        self.weights, self.heads, self.silu = weights, heads, silu

    def forward(self, hidden_states, q, k):
        w, heads = self.weights, self.heads
        batch, tokens, width = hidden_states.shape
        chunks = hidden_states.reshape(batch, tokens, heads, -1)
        x = (chunks / (chunks.square().sum(-1, keepdim=True) + 1e-6).sqrt()).reshape(batch, tokens, width)
        x_bound = x.abs() * (0.5 * dot_rounding(width // heads) + 4 * UNIT)

        down, up = w["phi_proj.0.weight"], w["phi_proj.1.weight"]
        inner = x @ down.T
        inner_bound = (x_bound + dot_rounding(width) * x.abs()) @ down.abs().T
        z = inner @ up.T
        z_bound = (inner_bound + dot_rounding(len(inner[0, 0])) * inner.abs()) @ up.abs().T

        taps = w["phi_conv1d.weight"]
        convolve = lambda rows, kernel: torch.nn.functional.conv1d(
            torch.nn.functional.pad(rows.transpose(1, 2), (3, 0)), kernel, groups=len(kernel)).transpose(1, 2)
        phi = convolve(z, taps)
        bound = convolve(z_bound + dot_rounding(4) * z.abs(), taps.abs())
        if self.silu:  # its slope is below 1.1
            phi = torch.nn.functional.silu(phi)
            bound = 1.1 * bound + 8 * UNIT * phi.abs()
        phi, bound = (rows.reshape(batch, tokens, heads, -1) for rows in (phi, bound))
        if "phi_bias" in w:
            bias = w["phi_bias"].exp()
            phi = phi + bias
            bound = bound + 4 * UNIT * bias + UNIT * phi.abs()
        if "phase_gate_proj.weight" in w:  # the sigmoid's slope is at most 1/4
            rows = w["phase_gate_proj.weight"]
            before = x @ rows.T + w["phase_gate_proj.bias"]
            gate = torch.sigmoid(before).unsqueeze(-1)
            before_bound = (x_bound + dot_rounding(width) * x.abs()) @ rows.abs().T + 2 * UNIT * before.abs()
            bound = bound * gate + phi.abs() * (before_bound.unsqueeze(-1) / 4 + 4 * UNIT)
            phi = phi * gate
            bound = bound + UNIT * phi.abs()

        # Accumulated in double, as the public code does: only the increments' errors add up.
        angle = phi.double().cumsum(1) * w["temperature"].double()
        angle_bound = bound.double().cumsum(1) * w["temperature"].double()
        self.stages = {"phi": phi[0], "angle": angle[0]}
        self.bounds = {"phi": bound[0] + UNIT * phi[0].abs(), "angle": angle_bound[0] + 1e-12}
        outputs = []
        for name, rows in (("q_out", q), ("k_out", k)):
            x0, x1 = rows.chunk(2, -1)  # half-split pairs
            cosine, sine = angle.cos().float(), angle.sin().float()
            rotated = torch.cat((x0 * cosine - x1 * sine, x0 * sine + x1 * cosine), -1)
            length = torch.hypot(x0, x1).double()  # each product, the sum, and either side's cosine: roundings of it
            self.stages[name] = rotated[0]
            self.bounds[name] = ((angle_bound + 8 * UNIT) * length).repeat(1, 1, 1, 2)[0]
            outputs.append(rotated)
        return outputs


class Attention(torch.nn.Module):
    """Just enough to give the next layer other inputs: causal linear attention without gates."""

    def __init__(self, weights, heads, silu, call):
        super().__init__()
        self.weights, self.heads, self.call = weights, heads, call
        self.rotary = Rotary({name[7:]: x for name, x in weights.items() if name.startswith("rotary.")}, heads, silu)

    def forward(self, hidden_states, use_cache=False):
        projections = (hidden_states @ self.weights[f"{name}_proj.weight"].T for name in "qkv")
        q, k, v = (projected.unflatten(-1, (self.heads, -1)) for projected in projections)
        q, k = self.call(self.rotary, hidden_states, q, k)
        scores = torch.einsum("bthd,bshd->bhts", q, k).tril() / k.shape[1]
        return torch.einsum("bhts,bshd->bthd", scores, v).flatten(2) @ self.weights["o_proj.weight"].T


# The ways in which a layer may call its rotary module.
CALLS = [
    lambda rotary, x, q, k: rotary(x, q, k),
    lambda rotary, x, q, k: rotary(k=k, q=q, hidden_states=x),
]


class Layer(torch.nn.Module):
    def __init__(self, weights, *attention):
        super().__init__()
        self.gain = weights["attn_norm.weight"]
        own = {name[5:]: x for name, x in weights.items() if name.startswith("attn.")}
        self.attn = Attention(own, *attention)

    def forward(self, x):
        normalised = x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * self.gain
        return x + self.attn(hidden_states=normalised, use_cache=True)


class Model(torch.nn.Module):
    def __init__(self, folder):
        super().__init__()
        weights = read_safetensors(folder / "model.safetensors")
        config = json.loads((folder / "config.json").read_text())
        silu = config["position_embedding"]["conv_act"] == "silu"
        self.embeddings = weights["model.embeddings.weight"]
        self.model = torch.nn.Module()
        self.model.layers = torch.nn.ModuleList()
        for i in range(config["num_hidden_layers"]):
            prefix = f"model.layers.{i}."
            layer = {name[len(prefix) :]: x for name, x in weights.items() if name.startswith(prefix)}
            self.model.layers.append(Layer(layer, config["num_heads"], silu, CALLS[i % len(CALLS)]))

    def forward(self, ids):
        x = self.embeddings[ids]
        for layer in self.model.layers:
            x = layer(x)
        return x


class DumpActivations(unittest.TestCase):
    def run_model(self, name, folder):
        """(model, recorded tensors, rotoscope's arrays)"""
        torch.manual_seed(1)
        checkpoint = ROOT / "data/checkpoints" / name
        model = Model(checkpoint)
        activations, arrays = folder / "activations.safetensors", folder / "arrays.safetensors"
        ids = torch.randint(len(model.embeddings), (2, 96))  # rotoscope sees batch element 0
        with torch.no_grad(), record(model, activations):
            model(ids)
        subprocess.run([PROGRAM, "phases", checkpoint, "--activations", activations, "--arrays", arrays, "--out",
                        folder / "out", "--format", "json", "--quiet"], check=True)
        return model, read_safetensors(activations), read_safetensors(arrays)

    def compare(self, name):
        with tempfile.TemporaryDirectory() as folder:
            model, recorded, arrays = self.run_model(name, pathlib.Path(folder))
        self.assertEqual(len(recorded), 3 * len(model.model.layers))
        for i, layer in enumerate(model.model.layers):
            rotary = layer.attn.rotary
            for stage, expected in rotary.stages.items():
                got, bound = arrays[f"layer{i}.{stage}"].double(), rotary.bounds[stage].double()
                self.assertEqual(got.shape, expected.shape)
                worst = ((got - expected.double()).abs() / bound).max().item()
                print(f"{name} layer {i} {stage}: error at most {worst:.3f} of the bound {bound.max().item():.1e}")
                self.assertLessEqual(worst, 1.0, f"layer {i} {stage}")
            # Negative control: q's and k's outputs exchanged, or the next token's angle, are outside the bounds.
            q_error = (arrays[f"layer{i}.q_out"].double() - rotary.stages["k_out"].double()).abs()
            self.assertGreater((q_error / rotary.bounds["q_out"]).max().item(), 1000.0)
            shift = (arrays[f"layer{i}.angle"][1:] - rotary.stages["angle"][:-1]).abs()
            self.assertGreater((shift / rotary.bounds["angle"][1:]).max().item(), 1000.0)

    def test_parity(self):
        self.compare("parity-srope")

    def test_recall(self):
        self.compare("mqar-srope")

    def test_tells_inputs_apart(self):
        x, q, k, ends = torch.zeros(1, 5, 8), torch.zeros(1, 5, 2, 4), torch.ones(1, 5, 2, 4), torch.zeros(2)
        for arguments, named in (((x, q, k), {}), ((q, k, x, 3), {}), ((ends, q, x), {"k": k}), ((k, x), {"q": q}),
                                 ((), {"k": k, "hidden_states": x, "cu_seqlens": ends, "q": q}),
                                 ((x,), {"query": q, "key": k, "mask": None})):
            found = tell_apart(arguments, named)
            self.assertTrue(found["hidden_states"] is x and found["q"] is q and found["k"] is k, (arguments, named))
        self.assertIsNone(tell_apart((x, q), {})["k"])

    def test_restores_forward_and_refuses(self):
        model = Model(ROOT / "data/checkpoints/mqar-srope")
        ids = torch.zeros((1, 4), dtype=torch.long)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "activations.safetensors"
            with self.assertRaisesRegex(ValueError, "second call"), record(model, path):
                model(ids)
                model(ids)
            self.assertFalse(path.exists())
            model(ids)  # nothing is recorded any more
            self.assertNotIn("forward", vars(model.model.layers[0].attn))
            with self.assertRaisesRegex(ValueError, "no module's name"), record(torch.nn.Linear(2, 2), path):
                pass


if __name__ == "__main__":
    unittest.main()
