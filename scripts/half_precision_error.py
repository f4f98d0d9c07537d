#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "pillow==13.0.0"]
# ///
"""Measures on the CPU what 16-bit floats cost the decoder, as a GPU computes them.

    python scripts/full_size_stand_in.py --out FOLDER
    gaze models adapt --models FOLDER --precision fp16 --out FOLDER/mixed.onnx
    python scripts/half_precision_error.py FOLDER FOLDER/mixed.onnx

ONNX Runtime's CPU provider computes nodes of 16-bit floats in 32 and keeps what lies between them in 32, so running
the mixed graph there tells too little. Here it is written in 32-bit floats throughout, and what a node gives in 16 is
rounded to 16 behind it, by arithmetic that no optimiser removes; weights are rounded already. So products are summed
in 32 bits and stored in 16, which is what tensor cores and CUDA's kernels do.

Compared is `out`, 0 to 1, with that of the original: the largest and the mean difference, and the share of pixels of
which a channel is off by more than 2 of 256 levels: of the crop, and of the square that it becomes in a frame of 512 px
which shows a head and shoulders, where the crop is shrunk to 0.7 of its size. The frame's other pixels are not
counted. Without a second file everything but GridSample is in 16 bits, which is what a plain conversion does: so much
worse is it.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
# Multiplied by this, a 32-bit float loses all but 11 bits when the rest is taken off again.
SPLITTER = np.float32(2**13 + 1)
# How far key points are moved, in units of the volume: gaze sweeps stay within the first two.
STEPS = (0.01, 0.03, 0.06)
# How large a pixel of the crop is in the frame; the smaller, the more of an error is averaged away.
PASTED = 0.7
# These give numbers as they were, so what was rounded stays rounded.
EXACT = {"Concat", "Reshape", "Transpose", "Unsqueeze", "Squeeze", "Tile", "Expand", "Slice", "Split", "DepthToSpace",
         "Identity", "Relu", "MaxPool", "Gather", "Flatten", "SpaceToDepth"}


class Rounded:
    """A graph in 32-bit floats of which some tensors are rounded to 16."""

    def __init__(self, model):
        self.model, self.nodes, self.done = model, [], {}
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        splitter = numpy_helper.from_array(SPLITTER, "splitter")
        self.extra = [splitter]

    def round(self, value, result):
        large, rest = f"{result}.large", f"{result}.rest"
        self.nodes.append(helper.make_node("Mul", [value, "splitter"], [large]))
        self.nodes.append(helper.make_node("Sub", [large, value], [rest]))
        self.nodes.append(helper.make_node("Sub", [large, rest], [result]))

    def finish(self):
        graph = self.model.graph
        del graph.node[:], graph.value_info[:], graph.initializer[:]
        graph.node.extend(self.nodes)
        graph.initializer.extend([*self.constants.values(), *self.extra])
        return self.model


def of_mixed(model):
    """A mixed graph, with `out` as its only output."""
    r = Rounded(model)
    is_half = {}
    for name, tensor in r.constants.items():
        is_half[name] = tensor.data_type == HALF
        if is_half[name]:
            wide = numpy_helper.to_array(tensor).astype(np.float32)
            r.constants[name] = numpy_helper.from_array(wide, name)
    for node in model.graph.node:
        to = {a.name: a.i for a in node.attribute}.get("to") if node.op_type == "Cast" else None
        half = to == HALF if node.op_type == "Cast" else any(is_half.get(name) for name in node.input)
        is_half.update(dict.fromkeys(node.output, half))
        if to == HALF:
            r.round(node.input[0], node.output[0])
        elif to == FLOAT and is_half.get(node.input[0]):
            r.nodes.append(helper.make_node("Identity", node.input, node.output))
        elif half and node.op_type not in EXACT:
            exact = helper.make_node(node.op_type, node.input, [f"{node.output[0]}.exact"])
            exact.attribute.extend(node.attribute)
            r.nodes.append(exact)
            r.round(exact.output[0], node.output[0])
        else:
            r.nodes.append(node)
    model = r.finish()
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("out", FLOAT, None))
    return model


def of_plain(model):
    """The original with everything in 16 bits but GridSample's own arithmetic."""
    r = Rounded(model)
    for name, tensor in r.constants.items():
        if tensor.data_type == FLOAT:
            narrow = numpy_helper.to_array(tensor).astype(np.float16).astype(np.float32)
            r.constants[name] = numpy_helper.from_array(narrow, name)
    names = {}
    real = {name for name, tensor in r.constants.items() if tensor.data_type == FLOAT}
    for info in model.graph.input:
        names[info.name] = f"{info.name}.rounded"
        r.round(info.name, names[info.name])
        real.add(names[info.name])
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        r.nodes.append(node)
        is_real = node.op_type != "Shape" and node.input and node.input[0] in real
        real.update(node.output if is_real else [])
        if is_real and node.op_type not in EXACT:
            exact = f"{node.output[0]}.exact"
            result = node.output[0]
            node.output[0] = exact
            r.round(exact, result)
    return r.finish()


def decode(model, inputs, poses):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return [session.run(["out"], {**inputs, "kp_driving": pose})[0] for pose in poses]


def portrait(folder):
    """Volume and key points of a picture of soft spots."""
    y, x = np.mgrid[0:256, 0:256] / 255
    waves = [np.sin((3 + 2 * c) * x + 5 * y * (1 + x) + c) * np.cos(9 * y - 4 * x) for c in range(3)]
    img = np.stack([0.5 + 0.45 * wave for wave in waves])[None].astype(np.float32)
    def run(name):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
        return dict(zip([o.name for o in session.get_outputs()], session.run(None, {"img": img})))

    (volume,) = run("appearance_feature_extractor.onnx").values()
    motion = run("motion_extractor.onnx")
    points = (motion["kp"] * motion["scale"]).reshape(1, 21, 3).astype(np.float32)
    return {"feature_3d": volume, "kp_source": points}


def pasted(crop):
    """The pixels that a decoded crop becomes in the frame."""
    side = round(PASTED * crop.shape[0])
    return np.asarray(Image.fromarray(crop).resize((side, side), Image.Resampling.LANCZOS))


def levels_off(a, b):
    """By how much the worst channel of each pixel is off."""
    return np.abs(a.astype(int) - b).max(-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="folder of model files")
    parser.add_argument("mixed", type=Path, nargs="?", help="the decoder as `gaze models adapt --precision fp16` wrote it")
    parser.add_argument("--poses", type=int, default=3, help="how many, 1 to 3, the furthest first (default: 3)")
    options = parser.parse_args()
    original = options.models / "warping_spade.onnx"
    inputs = portrait(options.models)
    random = np.random.RandomState(7)
    poses = [inputs["kp_source"] + np.float32(step) * random.randn(1, 21, 3).astype(np.float32) for step in STEPS]
    poses = poses[::-1][: options.poses]
    expected = decode(original.read_bytes(), inputs, poses)
    rounded = of_mixed(onnx.load(options.mixed)) if options.mixed else of_plain(onnx.load(original))
    seen = decode(rounded.SerializeToString(), inputs, poses)
    for step, a, b in zip(STEPS[::-1], expected, seen):
        difference = np.abs(a - b)
        crops = [(out[0] * 255).astype(np.uint8).transpose(1, 2, 0) for out in (a, b)]
        crop, frame = levels_off(*crops), levels_off(*map(pasted, crops))
        print(f"key points moved by {step}: out off by {difference.max():.4f} at worst, {difference.mean():.5f} on "
              f"average; {100 * (crop > 2).mean():.2f} % of the crop's pixels by more than 2 levels, {crop.max()} at "
              f"worst; {100 * (frame > 2).mean():.2f} % of the pasted ones, {frame.max()} at worst", flush=True)


if __name__ == "__main__":
    main()
