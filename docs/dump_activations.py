"""Records what `rotoscope phases MODEL --activations FILE` reads, from a Selective RoPE model while it runs:

    from dump_activations import record
    with record(model, "activations.safetensors"):
        model(input_ids)

For each attention layer `layers.{i}.attn`, F32, batch element 0: `layer{i}.hidden_states` [T, model_dim], its input;
`layer{i}.q_in` and `layer{i}.k_in` [T, H, 2P], what its module `rotary` is given. Needs torch, any version.

To adapt it to other code: ATTENTION finds the layers, ROTARY is the name of their rotating module, and `tell_apart`
finds the inputs: by the keywords hidden_states, q, k, otherwise by shape, q before k.
"""
import contextlib, json, re, struct
import torch

ATTENTION = re.compile(r"(?:^|\.)layers\.(\d+)\.attn$")
ROTARY = "rotary"


def tell_apart(arguments, named):
    """hidden_states [B, T, model_dim], q and k [B, T, H, 2P] among the arguments of one call."""
    free = [x for x in arguments if torch.is_tensor(x)]
    free += [x for name, x in named.items() if torch.is_tensor(x) and name not in ("hidden_states", "q", "k")]
    hidden, heads = iter([x for x in free if x.dim() == 3]), iter([x for x in free if x.dim() == 4])
    return {name: named[name] if name in named else next(source, None)
            for name, source in (("hidden_states", hidden), ("q", heads), ("k", heads))}


@contextlib.contextmanager
def record(model, path):
    recorded, watched = {}, []

    def watch(module, tensors):  # replaces forward: hooks of torch before 2.0 do not see keywords
        forward, own = module.forward, "forward" in vars(module)

        def recording(*arguments, **named):
            inputs = tell_apart(arguments, named)
            for source, target in tensors.items():
                if inputs[source] is None or target in recorded:
                    raise ValueError(f"{target}: " + ("no such input; see tell_apart" if inputs[source] is None else
                                                      "a second call; record one forward pass"))
                recorded[target] = inputs[source].detach()[0].to("cpu", torch.float32, copy=True)
            return forward(*arguments, **named)

        module.forward = recording
        watched.append((module, forward if own else None))

    try:
        for name, module in model.named_modules():
            if layer := ATTENTION.search(name):
                watch(module, {"hidden_states": f"layer{layer[1]}.hidden_states"})
                if hasattr(module, ROTARY):
                    watch(getattr(module, ROTARY), {"q": f"layer{layer[1]}.q_in", "k": f"layer{layer[1]}.k_in"})
        if not watched:
            raise ValueError(f"no module's name fits {ATTENTION.pattern}")
        yield recorded
    finally:
        for module, forward in watched:
            del module.forward
            if forward is not None:
                module.forward = forward
    write_safetensors(path, recorded)


def write_safetensors(path, tensors):
    header, end = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + 4 * tensor.numel()]}
        end += 4 * tensor.numel()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            for row in tensor.flatten(1):
                file.write(struct.pack(f"<{row.numel()}f", *row.tolist()))
