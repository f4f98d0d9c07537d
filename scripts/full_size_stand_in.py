#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2"]
# ///
"""Writes stand-ins for LivePortrait's public models that take as much arithmetic and memory as the real ones.

    python scripts/full_size_stand_in.py --out FOLDER

What is measured with them (time, memory, what 16-bit floats cost) holds for the real files, which few machines can
have: layer by layer they are the real networks, with random weights, drawn from a seed alike on every machine. What
they show is no face. They are made where they are needed, in some ten seconds, and are too large to keep.

| file | layers | a run | weights |
| --- | --- | --- | --- |
| warping_spade.onnx | dense motion with an hourglass, 22 warps, SPADE decoder | 1.23 TFLOP | 404 MB |
| appearance_feature_extractor.onnx | convolutions, six residual blocks of volumes | 0.064 TFLOP | 3 MB |
| motion_extractor.onnx | ConvNeXt V2 tiny | 0.012 TFLOP | 112 MB |
| stitching.onnx | two layers; the small stand-in, for the real one takes no time either | 0 | 0.02 MB |

`--form folded` is what the public decoder very probably looks like: opset 16, all shapes fixed, equal parts joined,
grids of coordinates as constants (402 MiB). `--form plain` is what PyTorch writes before it is simplified: sizes are
worked out as the graph runs, and so is the spectral norm of weights, which lie there twice (526 MB). `--form
dynamic` is the same with an open batch.
"""

import argparse
import math
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import stand_in_models as stand_in
from onnx import TensorProto, helper, numpy_helper

DEPTH, SIDE, POINTS = stand_in.DEPTH, stand_in.SIDE, stand_in.POINTS
MOTIONS = POINTS + 1
VOLUME_CHANNELS = 32
# Reach of a key point in the heat maps, in units of the volume from -1 to 1.
KEY_POINT_VARIANCE = 0.01

# What the full-size decoder must come to: nodes of the folded form by operator, weights, and operations a frame.
# Counted in the reference's own modules, exported by PyTorch and simplified.
DECODER_NODES = {
    "Add": 45, "AveragePool": 5, "Concat": 8, "Conv": 90, "DepthToSpace": 1, "Div": 2, "Exp": 2, "GridSample": 2,
    "InstanceNormalization": 16, "LeakyRelu": 18, "Mul": 22, "Pow": 2, "ReduceSum": 3, "Relu": 30, "Reshape": 8,
    "Resize": 23, "Sigmoid": 2, "Softmax": 1, "Sub": 4, "Tile": 1, "Transpose": 1, "Unsqueeze": 4,
}
DECODER_WEIGHTS = 100_888_461
DECODER_OPERATIONS = 1_233_646_256_128

# Mean and variance of what ReLU leaves of normally distributed numbers.
RELU_MEAN, RELU_VARIANCE = 0.399, 0.341
AFTER_RELU = 1 / math.sqrt(RELU_VARIANCE)
# Spread of what decides which motion a voxel follows, of the occlusion map before its sigmoid and where its middle
# lies (most is visible), of the decoder's gamma and beta, and of its picture before the last sigmoid.
MASK_SPREAD, OCCLUSION_SPREAD, OCCLUSION_MIDDLE, STYLE_SPREAD, PICTURE_SPREAD = 4.0, 1.5, 2.0, 0.5, 1.8


class Network(stand_in.Graph):
    """A graph of layers with random weights; counts what a run of it takes."""

    def __init__(self, name, seed, width=Fraction(1), form="folded"):
        super().__init__(name)
        self.random = np.random.RandomState(seed)
        self.width, self.form = width, form
        self.operations = self.parameters = 0
        self.shapes = {}

    def channels(self, full):
        return max(1, round(full * self.width))

    def window(self, side):
        """Thin networks are for tests, so their widest windows are small too."""
        return side if self.width > Fraction(1, 2) else min(side, 3)

    def open(self, name, shape):
        """An input, with an open batch where the form has one."""
        self.shapes[name] = tuple(shape)
        return self.input(name, ["batch" if self.form == "dynamic" else shape[0], *shape[1:]])

    def close(self, name, shape):
        self.output(name, ["batch" if self.form == "dynamic" else shape[0], *shape[1:]])

    def draw(self, *shape):
        """Numbers of mean 0 and variance 1, all equally likely; made of integers, so alike everywhere."""
        whole = self.random.randint(-32768, 32768, math.prod(shape), np.int16)
        return (whole.reshape(shape) * np.float32(math.sqrt(3) / 32768)).astype(np.float32, copy=False)

    def put(self, kind, shape, *inputs, **attributes):
        """A node whose result has this shape."""
        result = self.op(kind, *inputs, **attributes)
        self.shapes[result] = tuple(shape)
        return result

    def like(self, kind, value, *others, **attributes):
        """A node whose result has the shape of its first input."""
        return self.put(kind, self.shapes[value], value, *others, **attributes)

    def layer(
        self, value, channels, side=3, *, gain=1.0, mean=0.0, middle=0.0, bias=True, groups=1, stride=1, spectral=False
    ):
        """A convolution. Weights are such that inputs that spread by 1 give outputs that spread by `gain`, and the
        bias such that inputs of this mean give outputs around `middle`, as a norm folded into it does."""
        batch, count, *sides = self.shapes[value]
        window = [side] * len(sides)
        weights = self.draw(channels, count // groups, *window)
        weights *= np.float32(gain / math.sqrt(weights[0].size))
        inputs = [value, self.spectral_weights(weights) if spectral else self.reals(weights)]
        if bias:
            offset = weights.reshape(channels, -1).sum(1, dtype=np.float64) * -mean
            inputs.append(self.reals(offset + middle + 0.1 * gain * self.draw(channels)))
        sides = [n // stride for n in sides]
        self.parameters += weights.size + channels * bias
        self.operations += 2 * weights.size * math.prod(sides)
        before = (side - 1) // 2 if stride == 1 else 0
        return self.put(
            "Conv", (batch, channels, *sides), *inputs, group=groups, kernel_shape=window,
            strides=[stride] * len(sides), pads=2 * len(sides) * [before], dilations=[1] * len(sides),
        )

    def spectral_weights(self, weights):
        """Weights divided by their largest singular value as the graph runs, unless the export is simplified."""
        if self.form == "folded":
            return self.reals(weights)
        rows = weights.reshape(len(weights), -1)
        u, v = np.sign(self.draw(rows.shape[0])), np.sign(self.draw(rows.shape[1]))
        u, v = u / math.sqrt(u.size), v / math.sqrt(v.size)
        largest = np.float32(u.astype(np.float64) @ (rows @ v.astype(np.float32)))
        seen = self.op("MatMul", self.reals(rows), self.reals(v))
        sigma = self.op("MatMul", self.reals(u), seen)
        return self.op("Div", self.reals(weights * largest), sigma)

    def sizes_of(self, value, start, end):
        """Some sizes of a tensor, as a tensor: constants, or read from it as the graph runs."""
        if self.form == "folded":
            return self.ints(*self.shapes[value][start:end])
        return self.op("Slice", self.op("Shape", value), self.ints(start), self.ints(end), self.ints(0))

    def reshape(self, value, shape, batch=None):
        """The batch, which is the first size, is taken from the tensor `batch` unless the form is folded."""
        if self.form == "folded" or batch is None:
            return self.put("Reshape", shape, value, self.ints(*shape))
        rows = self.op("Gather", self.op("Shape", batch), self.weight(np.array(0)), axis=0)
        if shape[0] > 1:
            rows = self.op("Mul", rows, self.weight(np.array(shape[0])))
        rows = self.op("Unsqueeze", rows, self.ints(0))
        target = self.op("Concat", rows, *[self.constant(size) for size in shape[1:]], axis=0)
        return self.put("Reshape", shape, value, target)

    def repeat(self, value, times, batch=None):
        """Whole copies along each axis; along the first one for each row of `batch`, where there is one."""
        shape = [a * b for a, b in zip(self.shapes[value], times)]
        if self.form == "folded":
            return self.put("Tile", shape, value, self.ints(*times))
        one = numpy_helper.from_array(np.array([1], np.int64))
        value = self.op("Expand", value, self.op("ConstantOfShape", self.ints(len(times)), value=one))
        if batch is None:
            return self.put("Tile", shape, value, self.ints(*times))
        rows = self.sizes_of(batch, 0, 1)
        return self.put("Tile", shape, value, self.op("Concat", rows, self.ints(*times[1:]), axis=0))

    def join(self, values, axis):
        shape = list(self.shapes[values[0]])
        shape[axis] = sum(self.shapes[value][axis] for value in values)
        return self.put("Concat", shape, *values, axis=axis)

    def add(self, a, b):
        return self.like("Add", a, b)

    def grown(self, value, sides, to=None):
        """To other sides without mixing: as often as fits, or as large as the tensor `to`."""
        batch, channels, *old = self.shapes[value]
        shape = (batch, channels, *sides)
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        if self.form == "folded":
            return self.put("Resize", shape, value, "", "", self.ints(*shape), **how)
        if to is None:
            scales = [1, 1, *[new / n for new, n in zip(sides, old)]]
            return self.put("Resize", shape, value, "", self.reals(scales), **how)
        sizes = self.op("Concat", self.sizes_of(value, 0, 2), self.sizes_of(to, 2, 4), axis=0)
        return self.put("Resize", shape, value, "", "", sizes, **how)


def grid_of_coordinates():
    """x, y and z of every voxel, from -1 to 1, [1, 1, 16, 64, 64, 3]."""
    z, y, x = [np.arange(n, dtype=np.float32) * np.float32(2 / (n - 1)) - 1 for n in (DEPTH, SIDE, SIDE)]
    grid = np.stack(np.broadcast_arrays(x, y[:, None], z[:, None, None]), -1)
    return grid.reshape(1, 1, DEPTH, SIDE, SIDE, 3).astype(np.float32)


def heat_maps(g, points, grid, batch):
    """How near each voxel is to each key point, [1, 21, 16, 64, 64]."""
    if g.form != "folded":
        grid = g.repeat(grid, (1, POINTS, 1, 1, 1, 1), batch)
    shape = (1, POINTS, DEPTH, SIDE, SIDE)
    away = g.put("Sub", (*shape, 3), grid, points)
    square = g.like("Pow", away, g.reals(2))
    square = g.put("ReduceSum", shape, square, g.ints(-1), keepdims=0)
    square = g.like("Mul", square, g.reals(-0.5))
    return g.like("Exp", g.like("Div", square, g.reals(KEY_POINT_VARIANCE)))


def dense_motion(g, volume, kp_driving, kp_source):
    """Where each voxel of the driven volume lies in the source's, [1, 16, 64, 64, 3], and how visible it is."""
    place = (DEPTH, SIDE, SIDE)
    grid = g.reals(grid_of_coordinates())
    g.shapes[grid] = (1, 1, *place, 3)
    driving, source = [g.reshape(kp, (1, POINTS, 1, 1, 1, 3), volume) for kp in (kp_driving, kp_source)]
    if g.form == "folded":
        all_grids = g.reals(np.repeat(grid_of_coordinates(), POINTS, 1))
        heats = [heat_maps(g, points, all_grids, volume) for points in (driving, source)]
        nowhere = g.reals(np.zeros((1, 1, *place)))
    else:
        heats = [heat_maps(g, points, grid, volume) for points in (driving, source)]
        shape = g.op("Concat", g.sizes_of(volume, 0, 1), g.ints(1, *place), axis=0)
        nowhere = g.op("ConstantOfShape", shape, value=numpy_helper.from_array(np.zeros(1, np.float32)))
    g.shapes[nowhere] = (1, 1, *place)
    heat = g.join([nowhere, g.like("Sub", *heats)], 1)
    heat = g.put("Unsqueeze", (1, MOTIONS, 1, *place), heat, g.ints(2))

    moved = g.put("Add", (1, POINTS, *place, 3), g.op("Sub", grid, driving), source)
    still = grid if g.form == "folded" else g.repeat(grid, (1, 1, 1, 1, 1, 1), volume)
    motions = g.join([still, moved], 1)

    compressed = g.channels(4)
    feature = g.like("Relu", g.layer(volume, compressed, 1))
    feature = g.put("Unsqueeze", (1, 1, compressed, *place), feature, g.ints(1))
    feature = g.put("Unsqueeze", (1, 1, 1, compressed, *place), feature, g.ints(1))
    feature = g.repeat(feature, (1, MOTIONS, 1, 1, 1, 1, 1))
    feature = g.reshape(feature, (MOTIONS, compressed, *place), volume)
    # The order in which the export has it: the grids for all motions are laid out before they are sampled by.
    grids = g.reshape(motions, (MOTIONS, *place, 3), volume)
    warped = g.like("GridSample", feature, grids, mode="bilinear", padding_mode="zeros", align_corners=0)
    warped = g.reshape(warped, (1, MOTIONS, compressed, *place), volume)
    seen = g.reshape(g.join([heat, warped], 2), (1, MOTIONS * (1 + compressed), *place), volume)

    prediction = hourglass(g, seen)
    mask = g.layer(prediction, MOTIONS, g.window(7), gain=MASK_SPREAD, mean=RELU_MEAN)
    mask = g.like("Softmax", mask, axis=1)
    mask = g.put("Unsqueeze", (1, MOTIONS, 1, *place), mask, g.ints(2))
    mask = g.put("Transpose", (1, MOTIONS, *place, 1), mask, perm=[0, 1, 3, 4, 5, 2])
    flow = g.like("Mul", motions, mask)
    flow = g.put("ReduceSum", (1, *place, 3), flow, g.ints(1), keepdims=0)

    flat = g.reshape(prediction, (1, g.shapes[prediction][1] * DEPTH, SIDE, SIDE), volume)
    gain = OCCLUSION_SPREAD * AFTER_RELU
    visible = g.layer(flat, 1, g.window(7), gain=gain, mean=RELU_MEAN, middle=OCCLUSION_MIDDLE)
    return flow, g.like("Sigmoid", visible)


def hourglass(g, value):
    """Down to 2 x 2 in five steps and up again; what lay on the way down is put beside what comes up."""
    on_the_way = [value]
    for step in range(5):
        gain, mean = (2, 0) if step == 0 else (AFTER_RELU, RELU_MEAN)
        value = g.like("Relu", g.layer(value, g.channels(64 << step), gain=gain, mean=mean))
        batch, channels, depth, height, width = g.shapes[value]
        shape = (batch, channels, depth, height // 2, width // 2)
        value = g.put("AveragePool", shape, value, kernel_shape=[1, 2, 2], strides=[1, 2, 2])
        on_the_way.append(value)
    value = on_the_way.pop()
    for step in range(5):
        depth, height, width = g.shapes[value][2:]
        value = g.grown(value, (depth, 2 * height, 2 * width))
        value = g.layer(value, g.channels(512 >> step), gain=AFTER_RELU, mean=RELU_MEAN)
        value = g.join([g.like("Relu", value), on_the_way.pop()], 1)
    return g.like("Relu", g.layer(value, g.shapes[value][1], gain=AFTER_RELU, mean=RELU_MEAN))


class Spade:
    """Norms whose scale and offset follow from a picture of features, for all sizes of the decoder."""

    def __init__(self, g, style):
        self.g, self.style = g, style
        self.shared = {}

    def once(self, key, make):
        """What a simplified export has once, others have each time."""
        if self.g.form != "folded":
            return make()
        if key not in self.shared:
            self.shared[key] = make()
        return self.shared[key]

    def norm(self, x):
        g = self.g
        _, channels, *sides = g.shapes[x]

        def normalise():
            ones, zeros = g.reals(np.ones(channels)), g.reals(np.zeros(channels))
            return g.like("InstanceNormalization", x, ones, zeros, epsilon=1e-5)

        normal = self.once(("norm", x), normalise)
        style = self.once(("style", x), lambda: g.grown(self.style, sides, to=x))
        style = g.like("Relu", g.layer(style, g.channels(128)))
        gain = STYLE_SPREAD * AFTER_RELU
        gamma = g.layer(style, channels, gain=gain, mean=RELU_MEAN)
        beta = g.layer(style, channels, gain=gain, mean=RELU_MEAN)
        return g.add(g.like("Mul", normal, g.add(gamma, g.reals(1))), beta)

    def block(self, x, channels):
        g = self.g
        middle = min(g.shapes[x][1], channels)
        shortcut = x
        if g.shapes[x][1] != channels:
            shortcut = g.layer(self.norm(x), channels, 1, bias=False, spectral=True)
        for size in (middle, channels):
            x = g.like("LeakyRelu", self.norm(x), alpha=0.2)
            x = g.layer(x, size, spectral=True)
        return g.add(shortcut, x)


def decode(g, features):
    """The SPADE decoder: features at 64 x 64 to a picture of 512 x 512."""
    features_count = g.shapes[features][1]
    x = g.layer(features, 2 * features_count)
    spade = Spade(g, features)
    for _ in range(6):
        x = spade.block(x, 2 * features_count)
    for channels in (features_count, g.channels(64)):
        side = 2 * g.shapes[x][2]
        x = spade.block(g.grown(x, (side, side)), channels)
    x = g.like("LeakyRelu", x, alpha=0.2)
    x = g.layer(x, 12, gain=PICTURE_SPREAD)
    x = g.put("DepthToSpace", (1, 3, 8 * SIDE, 8 * SIDE), x, blocksize=2, mode="CRD")
    return g.like("Sigmoid", x, name="out")


def warping_spade(seed, width, form):
    g = Network("warping_spade", seed, width, form)
    volume = g.open("feature_3d", (1, VOLUME_CHANNELS, DEPTH, SIDE, SIDE))
    kp_driving, kp_source = [g.open(name, (1, POINTS, 3)) for name in ("kp_driving", "kp_source")]
    flow, visible = dense_motion(g, volume, kp_driving, kp_source)
    warped = g.like("GridSample", volume, flow, mode="bilinear", padding_mode="zeros", align_corners=0)
    flat = g.reshape(warped, (1, VOLUME_CHANNELS * DEPTH, SIDE, SIDE), volume)
    features = g.like("LeakyRelu", g.layer(flat, g.channels(256)), alpha=0.01)
    features = g.layer(features, g.channels(256), 1, gain=AFTER_RELU, mean=RELU_MEAN)
    decode(g, g.like("Mul", features, visible))
    g.close("out", (1, 3, 512, 512))
    return g


def appearance_feature_extractor(seed, width, form):
    g = Network("appearance_feature_extractor", seed, width)
    x = g.open("img", (1, 3, 256, 256))
    x = g.like("Relu", g.layer(x, g.channels(64), gain=4, mean=0.5))
    for channels in (128, 256):
        x = g.like("Relu", g.layer(x, g.channels(channels), gain=AFTER_RELU, mean=RELU_MEAN))
        batch, count, height, _ = g.shapes[x]
        shape = (batch, count, height // 2, height // 2)
        x = g.put("AveragePool", shape, x, kernel_shape=[2, 2], strides=[2, 2])
    x = g.layer(x, VOLUME_CHANNELS * DEPTH, 1, gain=0.5 * AFTER_RELU, mean=RELU_MEAN)
    x = g.reshape(x, (1, VOLUME_CHANNELS, DEPTH, SIDE, SIDE))
    for block in range(6):
        inner = g.layer(g.like("Relu", x), VOLUME_CHANNELS, gain=AFTER_RELU, mean=RELU_MEAN)
        inner = g.layer(g.like("Relu", inner), VOLUME_CHANNELS, gain=0.5, mean=RELU_MEAN)
        name = {"name": "output"} if block == 5 else {}
        x = g.like("Add", x, inner, **name)
    g.close("output", (1, VOLUME_CHANNELS, DEPTH, SIDE, SIDE))
    return g


def layer_norm(g, x, axis):
    """Over the channels; written out, as PyTorch does at opset 16."""
    mean = g.op("ReduceMean", x, axes=[axis], keepdims=1)
    away = g.like("Sub", x, mean)
    variance = g.op("ReduceMean", g.like("Pow", away, g.reals(2)), axes=[axis], keepdims=1)
    return g.like("Div", away, g.op("Sqrt", g.op("Add", variance, g.reals(1e-6))))


def dense(g, x, outputs, gain=1.0):
    *rest, inputs = g.shapes[x]
    weights = g.draw(inputs, outputs) * np.float32(gain / math.sqrt(inputs))
    g.parameters += weights.size + outputs
    g.operations += 2 * weights.size * math.prod(rest)
    product = g.put("MatMul", (*rest, outputs), x, g.reals(weights))
    return g.add(product, g.reals(0.1 * gain * g.draw(outputs)))


def convnext_block(g, x):
    batch, channels, height, width = g.shapes[x]
    inner = g.layer(x, channels, 7, groups=channels)
    inner = g.put("Transpose", (batch, height, width, channels), inner, perm=[0, 2, 3, 1])
    inner = dense(g, layer_norm(g, inner, -1), 4 * channels)
    bent = g.like("Erf", g.like("Div", inner, g.reals(math.sqrt(2))))
    inner = g.like("Mul", g.like("Mul", inner, g.like("Add", bent, g.reals(1))), g.reals(0.5))
    # The response of each channel beside that of all, by which it is made stronger.
    response = g.op("ReduceL2", inner, axes=[1, 2], keepdims=1)
    mean = g.op("ReduceMean", response, axes=[-1], keepdims=1)
    share = g.op("Div", response, g.op("Add", mean, g.reals(1e-6)))
    inner = g.add(g.like("Mul", inner, share), inner)
    inner = g.put("Transpose", (batch, channels, height, width), dense(g, inner, channels), perm=[0, 3, 1, 2])
    return g.add(x, inner)


def motion_extractor(seed, width, form):
    """ConvNeXt V2 tiny; its outputs are those of a head that looks ahead, a little different for every picture."""
    g = Network("motion_extractor", seed, width)
    x = g.open("img", (1, 3, 256, 256))
    for stage, (blocks, channels) in enumerate([(3, 96), (3, 192), (9, 384), (3, 768)]):
        if stage == 0:
            x = g.layer(x, g.channels(channels), 4, stride=4, gain=4, mean=0.5)
            x = layer_norm(g, x, 1)
        else:
            x = g.layer(layer_norm(g, x, 1), g.channels(channels), 2, stride=2)
        for _ in range(blocks):
            x = convnext_block(g, x)
    batch, channels, *_ = g.shapes[x]
    x = g.put("ReduceMean", (batch, channels), x, axes=[2, 3], keepdims=0)
    x = layer_norm(g, x, -1)
    bins = np.arange(stand_in.BINS) - 32.5
    heads = [
        *[(axis, 0.2 * bins, -(bins**2) / 8) for axis in ("pitch", "yaw", "roll")],
        ("t", np.array([0.02, 0.02, 0]), np.array([0.02, -0.03, 0])),
        ("exp", np.full(63, 0.01), np.zeros(63)),
        ("scale", np.full(1, 0.03), np.full(1, 1.4)),
        ("kp", np.full(63, 0.01), stand_in.CANONICAL.reshape(63)),
    ]
    for name, spread, middle in heads:
        columns = 1 if name in ("pitch", "yaw", "roll") else spread.size
        weights = g.draw(channels, columns) * spread / math.sqrt(channels)
        g.parameters += weights.size + middle.size
        g.op("Gemm", x, g.reals(weights), g.reals(middle), name=name)
        g.close(name, (1, spread.size))
    return g


def check_decoder(g):
    """Whether the full-size decoder is what it says it is."""
    nodes = {kind: 0 for kind in DECODER_NODES}
    for node in g.nodes:
        nodes[node.op_type] = nodes.get(node.op_type, 0) + 1
    if g.form == "folded" and nodes != DECODER_NODES:
        differences = {kind: n for kind, n in nodes.items() if DECODER_NODES.get(kind) != n}
        raise SystemExit(f"the decoder's nodes are not those of the real one: {differences}")
    if (g.parameters, g.operations) != (DECODER_WEIGHTS, DECODER_OPERATIONS):
        raise SystemExit(f"the decoder has {g.parameters} weights and takes {g.operations} operations")


def write(model, path):
    """Under another name until it is whole."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(model.SerializeToString())
    part.replace(path)


def model_of(g):
    graph = helper.make_graph(g.nodes, g.name, g.inputs, g.outputs, g.weights)
    opset = helper.make_opsetid("", stand_in.OPSET)
    model = helper.make_model(graph, ir_version=8, producer_name="gaze full-size stand-in", opset_imports=[opset])
    g.weights = []
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seed", type=int, default=1, help="of all weights (default: 1)")
    parser.add_argument("--form", choices=["folded", "plain", "dynamic"], default="folded", help="of the decoder")
    parser.add_argument(
        "--width", type=Fraction, default=Fraction(1), metavar="SHARE",
        help="thinner networks for tests: 1/8 has an eighth of the channels (default: 1)",
    )
    options = parser.parse_args()
    if not 0 < options.width <= 1:
        parser.error("--width is above 0 and at most 1")
    if not 0 <= options.seed < 2**32:
        parser.error("--seed is a number from 0 to 4294967295")
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for make in (appearance_feature_extractor, motion_extractor, warping_spade):
        g = make(options.seed, options.width, options.form)
        if make is warping_spade and options.width == 1:
            check_decoder(g)
        model, path = model_of(g), options.out / f"{g.name}.onnx"
        write(model, path)
        print(f"{path}: {g.operations / 1e12:.3f} TFLOP a run, {g.parameters * 4 / 1e6:.1f} MB of weights, "
              f"{path.stat().st_size / 1e6:.1f} MB of file")
        del model, g
    path = options.out / "stitching.onnx"
    write(stand_in.stitching(), path)
    print(f"{path}: the small stand-in, {path.stat().st_size / 1e6:.2f} MB of file")
    print(f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
