#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2"]
# ///
"""Writes small ONNX files with the names, inputs and outputs of LivePortrait's public models.

    python scripts/stand_in_models.py --out gaze-liveportrait/tests/fixtures/models

They know nothing of faces, but they do move: the volume holds the picture, the decoder pushes it about by the
difference of the key points, and what comes out shows the portrait. Opset 16 and the operators that PyTorch
writes at that opset, the volumetric GridSample among them. The same options give the same bytes.

Three forms, as published files may have them:

    plain    a batch of 1 but for stitching; some shapes are worked out as the graph runs
    folded   a batch of 1 everywhere; what is the same in every run is folded into weights, under the names of what
             computed it, and a repetition is one Tile of seven axes
    dynamic  the batch is open everywhere; shapes are read from tensors with Shape, Gather and Concat, and outputs
             have names instead of sizes
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

OPSET = 16
POINTS = 21
DEPTH, SIDE = 16, 64
# The driven volume has half the slices: sampling is what the decoder takes its time for.
DRIVEN_DEPTH = 8
BINS = 66
LOGITS = 3 * BINS

# RGB to luma and two differences, and back.
TO_YCC = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
TO_RGB = np.array([[1, 0, 1.402], [1, -0.3441, -0.7141], [1, 1.772, 0]])
# Added to each pixel: a little of what distinguishes it from its eight neighbours.
SHARPEN = np.array([[-0.03, -0.06, -0.03], [-0.06, 1.36, -0.06], [-0.03, -0.06, -0.03]])

# The picture's surface: how deep it lies at the middle of the crop and at its edge, in slices, and how blurred.
SURFACE_EDGE, SURFACE_RISE, SURFACE_WIDTH, SURFACE_BLUR = 6.0, 5.0, 0.5, 2.0
# Reach of a key point, in units of the volume from -1 to 1, and the weight of standing still.
REACH, STILL = 0.2, 0.05
# What is not covered by the volume is not made brighter than this share allows.
LEAST_COVER = 0.25
# What moves becomes darker by this share of its mean step, as if it were occluded. Above all, what is not a number
# in the key points is none in the picture, as in a real network; GridSample would make zeros of it.
SHADE = 0.5

# The detector's picture; what it takes for skin, how far from that and how much more than elsewhere; the side of the
# face that it sees there. How far landmarks lean to the brighter side.
DETECTOR_SIDE = 512
SKIN, SKIN_RANGE, SKIN_CONTRAST, FACE_SIDE = (225, 175, 160), 0.2, 100, 110
LEAN = 0.1

# Key points in units of the crop, x to the right, y downwards, z to the viewer. Where the sweep moves a
# point of its own (eyes 11 and 15, brows 1 and 2, lids, mouth, cheeks), it lies there.
CANONICAL = np.array([
    [0.00, -0.34, 0.05], [-0.15, -0.18, 0.12], [0.15, -0.18, 0.12], [-0.22, 0.06, 0.05], [0.00, -0.24, 0.12],
    [-0.24, 0.20, -0.02], [0.24, 0.20, -0.02], [0.22, 0.06, 0.05], [0.00, 0.04, 0.25], [-0.32, -0.04, -0.18],
    [0.32, -0.04, -0.18], [-0.13, -0.08, 0.12], [0.00, 0.46, -0.10], [-0.13, -0.04, 0.12], [0.10, 0.16, 0.12],
    [0.13, -0.08, 0.12], [0.13, -0.04, 0.12], [0.00, 0.19, 0.14], [0.00, 0.32, 0.06], [0.00, 0.22, 0.12],
    [-0.10, 0.16, 0.12],
])


def noise(seed, *shape):
    """Numbers from -1 to 1 in steps of 1/1000: integers, so that every machine draws the same."""
    return np.random.RandomState(seed).randint(-1000, 1001, shape) / 1000


def motion_weights():
    """Weights [12, 328] and biases [328] from the picture's 2 x 2 mean colours to all outputs of M."""
    bins = np.arange(BINS) - 32.5
    weights, biases = [], []
    for axis in range(3):
        weights.append(0.2 * noise(10 + axis, 12, 1) * bins)
        biases.append(-(bins**2) / 8)
    weights.append(0.02 * noise(20, 12, 3) * [1, 1, 0])
    biases.append(np.array([0.02, -0.03, 0]))
    weights.append(0.01 * noise(21, 12, 63))
    biases.append(0.02 * noise(22, 63))
    weights.append(noise(23, 12, 1))
    biases.append(np.zeros(1))
    weights.append(0.005 * noise(24, 12, 63))
    biases.append(CANONICAL.reshape(63))
    return np.concatenate(weights, 1), np.concatenate(biases)


def stitching_weights():
    """Weights and biases of two layers: 126 -> 24 -> 65."""
    return 0.3 * noise(30, 126, 24), 0.1 * noise(31, 24), 0.003 * noise(32, 24, 65), 0.001 * noise(33, 65)


# Operators that are folded where all they take is known: those that every machine computes to the same bits.
FOLDED = {
    "Add", "Cast", "Concat", "Constant", "ConstantOfShape", "Div", "Equal", "Expand", "Gather", "Identity", "Mul",
    "Reshape", "Shape", "Slice", "Sub", "Tile", "Unsqueeze", "Where",
}
# Larger results stay computed, as by onnxsim's --no-large-tensor.
FOLDED_BYTES = 200_000


def fold(model):
    """Replaces nodes by what they give, where that is the same in every run, and drops what nobody reads."""
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {}
    for info in [*graph.input, *graph.output, *graph.value_info]:
        dims = info.type.tensor_type.shape.dim
        if all(dim.HasField("dim_value") for dim in dims):
            shapes[info.name] = np.array([dim.dim_value for dim in dims], np.int64)
    graph = model.graph
    known = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    nodes = []
    for node in graph.node:
        takes = [name for name in node.input if name]
        result = None
        if node.op_type == "Shape" and takes[0] in shapes:
            result = shapes[takes[0]]
        elif node.op_type in FOLDED and all(name in known for name in takes):
            inner = helper.make_graph(
                [node], "node", [], [helper.make_empty_tensor_value_info(node.output[0])],
                [numpy_helper.from_array(known[name], name) for name in dict.fromkeys(takes)],
            )
            alone = helper.make_model(inner, ir_version=8, opset_imports=[helper.make_opsetid("", OPSET)])
            result = ReferenceEvaluator(alone).run(None, {})[0]
        if result is None or result.nbytes > FOLDED_BYTES:
            nodes.append(node)
        else:
            known[node.output[0]] = np.asarray(result)
    read = {name for node in nodes for name in node.input}
    weights = [numpy_helper.from_array(array, name) for name, array in known.items() if name in read]
    folded = helper.make_graph(nodes, graph.name, graph.input, graph.output, weights)
    return helper.make_model(
        folded, ir_version=8, producer_name=model.producer_name, opset_imports=list(model.opset_import)
    )


class Graph:
    """Collects nodes and weights; `real` is the type of its floating-point tensors."""

    def __init__(self, name, real=np.float32, form="plain"):
        self.name, self.real, self.form = name, real, form
        self.nodes, self.weights, self.inputs, self.outputs = [], [], [], []
        self.batch = "batch" if form == "dynamic" else 1
        # What the batch is read from.
        self.frame = None

    def tensor_type(self):
        return TensorProto.FLOAT16 if self.real is np.float16 else TensorProto.FLOAT

    def input(self, name, shape):
        self.inputs.append(helper.make_tensor_value_info(name, self.tensor_type(), shape))
        self.frame = self.frame or name
        return name

    def output(self, name, shape):
        if self.form == "dynamic":
            # The exporter's names for sizes that it does not work out: the batch, and what an interpolation gives.
            shape = [f"{name}_dim_{i}" if i == 0 or size == 512 else size for i, size in enumerate(shape)]
        self.outputs.append(helper.make_tensor_value_info(name, self.tensor_type(), shape))

    def sizes(self, rows, *sizes, of=None):
        """A shape whose first number is `rows` times the batch."""
        if self.form != "dynamic":
            return self.ints(rows, *sizes)
        batch = self.op("Gather", self.op("Shape", of or self.frame), self.weight(np.array(0, np.int64)), axis=0)
        if rows > 1:
            batch = self.op("Mul", batch, self.weight(np.array(rows, np.int64)))
        numbers = [self.op("Unsqueeze", batch, self.ints(0)), *(self.constant(size) for size in sizes)]
        return self.op("Concat", *numbers, axis=0)

    def expand(self, value, rows, *sizes):
        """Widens a tensor; where the batch is open, sizes of -1 are looked for first, as in exports of `expand`."""
        sizes = self.sizes(rows, *sizes)
        if self.form == "dynamic":
            one = numpy_helper.from_array(np.array([1], np.int64))
            ones = self.op("ConstantOfShape", self.op("Shape", sizes), value=one)
            kept = self.op("Equal", sizes, self.op("Mul", ones, self.weight(np.array(-1, np.int64))))
            sizes = self.op("Where", kept, ones, sizes)
        return self.op("Expand", value, sizes)

    def reals(self, values):
        return self.weight(np.asarray(values, self.real))

    def ints(self, *values):
        return self.weight(np.array(values, np.int64))

    def weight(self, array):
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def constant(self, *values):
        """A node instead of an initializer: exports have both."""
        return self.op("Constant", value=numpy_helper.from_array(np.array(values, np.int64)))

    def op(self, kind, *inputs, outputs=1, name=None, **attributes):
        number = len(self.nodes)
        results = [name] if name else [f"{kind.lower()}_{number}_{i}" for i in range(outputs)]
        if self.form != "plain" and not name:
            results = [f"/{kind}_{number}_output_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, results, name=f"/{kind}_{number}", **attributes))
        return results[0] if len(results) == 1 else results

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(
            graph, ir_version=8, producer_name="gaze stand-in", opset_imports=[helper.make_opsetid("", OPSET)]
        )
        if self.form == "folded":
            model = fold(model)
        onnx.checker.check_model(model, full_check=True)
        return model


def appearance_feature_extractor(form="plain"):
    """The picture in 4:2:0: 16 channels of luma, 8 of colour, 8 of ones, spread over the depth of a surface."""
    g = Graph("appearance_feature_extractor", form=form)
    img = g.input("img", [g.batch, 3, 256, 256])
    ycc = g.op("Conv", img, g.reals(TO_YCC.reshape(3, 3, 1, 1)))
    luma, color = g.op("Split", ycc, g.ints(1, 2), outputs=2, axis=1)
    luma = g.op("SpaceToDepth", luma, blocksize=4)
    color = g.op("AveragePool", color, kernel_shape=[2, 2], strides=[2, 2])
    color = g.op("SpaceToDepth", color, blocksize=2)
    ones = g.expand(g.reals(np.ones((1, 1, 1, 1))), 1, 8, SIDE, SIDE)
    content = g.op("Unsqueeze", g.op("Concat", luma, color, ones, axis=1), g.ints(2))
    axis = (2 * np.arange(SIDE) + 1) / SIDE - 1
    square = g.op("Add", g.reals(axis**2), g.reals((axis**2).reshape(SIDE, 1)))
    rise = g.op("Exp", g.op("Div", square, g.reals(-SURFACE_WIDTH)))
    surface = g.op("Add", g.op("Mul", rise, g.reals(SURFACE_RISE)), g.reals(SURFACE_EDGE))
    distance = g.op("Sub", g.reals(np.arange(DEPTH).reshape(1, 1, DEPTH, 1, 1)), surface)
    share = g.op("Softmax", g.op("Div", g.op("Mul", distance, distance), g.reals(-SURFACE_BLUR)), axis=2)
    g.op("Mul", content, share, name="output")
    g.output("output", [1, 32, DEPTH, SIDE, SIDE])
    return g.model()


def motion_extractor(form="plain"):
    g = Graph("motion_extractor", form=form)
    img = g.input("img", [g.batch, 3, 256, 256])
    colors = g.op("AveragePool", img, kernel_shape=[128, 128], strides=[128, 128])
    colors = g.op("Sub", g.op("Reshape", colors, g.sizes(1, 12)), g.reals(0.5))
    weights, biases = motion_weights()
    raw = g.op("Gemm", colors, g.reals(weights), g.reals(biases))
    sizes = {"pitch": BINS, "yaw": BINS, "roll": BINS, "t": 3, "exp": 63, "scale": 1, "kp": 63}
    parts = g.op("Split", raw, g.ints(*sizes.values()), outputs=7, axis=1)
    for part, (name, size) in zip(parts, sizes.items()):
        if name == "scale":
            part = g.op("Mul", g.op("Sigmoid", part), g.reals(0.6))
            g.op("Add", part, g.reals(1.1), name=name)
        else:
            g.op("Identity", part, name=name)
        g.output(name, [1, size])
    return g.model()


def stitching(form="plain"):
    g = Graph("stitching", form=form)
    batch = 1 if form == "folded" else "B"
    rows = g.input("input", [batch, 6 * POINTS])
    w1, b1, w2, b2 = stitching_weights()
    hidden = g.op("Tanh", g.op("Gemm", rows, g.reals(w1), g.reals(b1)))
    g.op("Gemm", hidden, g.reals(w2), g.reals(b2), name="output")
    g.output("output", [batch, 65])
    return g.model()


def coordinates(g, count):
    """Middles of `count` steps from -1 to 1."""
    steps = g.op("Cast", g.weight(np.arange(count)), to=g.tensor_type())
    return g.op("Add", g.op("Mul", steps, g.reals(2 / count)), g.reals(1 / count - 1))


def flow(g, kp_driving, kp_source):
    """Where each point of the driven volume lies in the source's, [1, 8, 64, 64, 3]."""
    axes = [coordinates(g, SIDE), coordinates(g, SIDE), coordinates(g, DRIVEN_DEPTH)]
    # The weight of a key point is a product of three curves.
    weight = None
    shapes = [(POINTS, 1, 1, SIDE), (POINTS, 1, SIDE, 1), (POINTS, DRIVEN_DEPTH, 1, 1)]
    for axis, point, shape in zip(axes, g.op("Split", kp_driving, outputs=3, axis=2), shapes):
        away = g.op("Sub", axis, point)
        curve = g.op("Exp", g.op("Div", g.op("Pow", away, g.reals(2)), g.reals(-2 * REACH**2)))
        curve = g.op("Reshape", curve, g.sizes(1, *shape, of=kp_driving))
        weight = curve if weight is None else g.op("Mul", weight, curve)
    still = g.expand(g.reals([[[[[STILL]]]]]), 1, 1, DRIVEN_DEPTH, SIDE, SIDE)
    weight = g.op("Reshape", g.op("Concat", still, weight, axis=1), g.sizes(1, POINTS + 1, -1))
    background = g.reals(np.zeros((1, 1, 3)))
    if g.form == "dynamic":
        background = g.op("ConstantOfShape", g.sizes(1, 1, 3), value=numpy_helper.from_array(np.zeros(1, g.real)))
    step = g.op("Concat", background, g.op("Sub", kp_source, kp_driving), axis=1)
    moved = g.op("MatMul", g.op("Transpose", step, perm=[0, 2, 1]), weight)
    moved = g.op("Div", moved, g.op("ReduceSum", weight, g.ints(1), keepdims=1))
    shape = (3, DRIVEN_DEPTH, SIDE, SIDE)
    moved = g.op("Reshape", moved, g.sizes(1, *shape) if g.form == "dynamic" else g.constant(1, *shape))
    moved = g.op("Transpose", moved, perm=[0, 2, 3, 4, 1])
    at_rest = []
    for axis, shape in zip(axes, [(1, 1, 1, SIDE, 1), (1, 1, SIDE, 1, 1), (1, DRIVEN_DEPTH, 1, 1, 1)]):
        axis = g.op("Reshape", axis, g.ints(*shape))
        at_rest.append(axis if g.form == "folded" else g.expand(axis, 1, DRIVEN_DEPTH, SIDE, SIDE, 1))
    if g.form == "folded":
        # Axis by axis: the whole grid would be a large weight.
        parts = g.op("Split", moved, g.ints(1, 1, 1), outputs=3, axis=4)
        return g.op("Concat", *(g.op("Add", axis, part) for axis, part in zip(at_rest, parts)), axis=4)
    return g.op("Add", g.op("Concat", *at_rest, axis=4), moved)


def warp(g, volume, grid):
    """Samples both halves of the channels as if they were a batch, as LivePortrait does with its 22 motions."""
    halves = g.op("Reshape", volume, g.sizes(2, -1, DEPTH, SIDE, SIDE, of=volume))
    if g.form == "folded":
        grids = g.op("Unsqueeze", g.op("Unsqueeze", grid, g.ints(1)), g.ints(1))
        grids = g.op("Tile", grids, g.ints(1, 2, 1, 1, 1, 1, 1))
    else:
        # To repeat a tensor is exported as a widening by ones, which are counted as it runs, and a Tile.
        one = numpy_helper.from_array(np.array([1], np.int64))
        ones = g.op("ConstantOfShape", g.ints(6), value=one)
        grids = g.op("Expand", g.op("Unsqueeze", grid, g.ints(1)), ones)
        grids = g.op("Tile", grids, g.ints(1, 2, 1, 1, 1, 1))
    shape = (DRIVEN_DEPTH, SIDE, SIDE, -1)
    grids = g.op("Reshape", grids, g.sizes(2, *shape, of=grid) if g.form == "dynamic" else g.constant(2, *shape))
    warped = g.op("GridSample", halves, grids, mode="bilinear", padding_mode="zeros", align_corners=0)
    warped = g.op("Reshape", warped, g.sizes(1, 2, -1, DRIVEN_DEPTH, SIDE, SIDE))
    return g.op("Reshape", warped, g.sizes(1, -1, DRIVEN_DEPTH, SIDE, SIDE))


def shade(g, kp_driving, kp_source):
    step = g.op("Abs", g.op("Sub", kp_source, kp_driving))
    step = g.op("Reshape", g.op("ReduceMean", step, axes=[1, 2], keepdims=0), g.sizes(1, 1, 1, 1))
    return g.op("Sub", g.reals(1), g.op("Mul", step, g.reals(SHADE)))


def extra_work(g, flat, layers):
    """Convolutions whose result is multiplied by zero."""
    if not layers:
        return flat
    weights = g.reals(0.02 * noise(40, 32, 32, 3, 3))
    work = flat
    for _ in range(layers):
        work = g.op("Conv", work, weights, pads=[1, 1, 1, 1])
        work = g.op("Tanh", work)
    return g.op("Add", flat, g.op("Mul", work, g.reals(0)))


def warping_spade(pad, real, form="plain"):
    g = Graph("warping_spade", real, form)
    volume = g.input("feature_3d", [g.batch, 32, DEPTH, SIDE, SIDE])
    kp_driving = g.input("kp_driving", [g.batch, POINTS, 3])
    kp_source = g.input("kp_source", [g.batch, POINTS, 3])
    warped = warp(g, volume, flow(g, kp_driving, kp_source))
    # All slices on top of each other.
    flat = g.op("Mul", g.op("ReduceMean", warped, axes=[2], keepdims=0), g.reals(DEPTH))
    flat = extra_work(g, flat, pad)
    *luma, color, cover = g.op("Split", flat, outputs=4, axis=1)
    cover = g.op("ReduceMean", cover, axes=[-3], keepdims=1)
    cover = g.op("Max", cover, g.reals(LEAST_COVER))
    luma = g.op("Div", g.op("Concat", *luma, axis=1), cover)
    luma = g.op("DepthToSpace", luma, blocksize=4)
    color = g.op("DepthToSpace", g.op("Div", color, cover), blocksize=2)
    size = g.ints(1, 2, 256, 256)
    if g.form == "dynamic":
        size = twice_the_sides(g, color)
    color = g.op("Resize", color, "", "", size, mode="linear", coordinate_transformation_mode="half_pixel")
    rgb = g.op("Conv", g.op("Concat", luma, color, axis=1), g.reals(TO_RGB.reshape(3, 3, 1, 1)))
    rgb = g.op("Mul", rgb, shade(g, kp_driving, kp_source))
    # Batch and channels are read from the tensor itself, as in exports of an interpolation to a size.
    kept = g.op("Slice", g.op("Shape", rgb), g.ints(0), g.ints(2), g.ints(0))
    size = g.op("Concat", kept, g.op("Cast", g.ints(512, 512), to=TensorProto.INT64), axis=0)
    rgb = g.op("Resize", rgb, "", "", size, mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    rgb = g.op("Pad", rgb, g.ints(0, 0, 1, 1, 0, 0, 1, 1), mode="edge")
    g.op("Conv", rgb, g.reals(np.broadcast_to(SHARPEN, (3, 1, 3, 3))), group=3, name="out")
    g.output("out", [1, 3, 512, 512])
    return g.model()


def twice_the_sides(g, value):
    """The shape of an interpolation by a factor, as it is exported where it is worked out: in floats, cut."""
    shape = g.op("Shape", value)
    kept = g.op("Slice", shape, g.ints(0), g.ints(2), g.ints(0))
    sides = g.op("Slice", shape, g.ints(2), g.ints(4), g.ints(0))
    sides = g.op("Mul", g.op("Cast", sides, to=TensorProto.FLOAT), g.weight(np.array([2, 2], np.float32)))
    return g.op("Concat", kept, g.op("Cast", g.op("Floor", sides), to=TensorProto.INT64), axis=0)


def places(g, stride, repeats):
    """x and y of the cells of a grid over the detector's picture, [n, 2]; each cell `repeats` times."""
    cells = DETECTOR_SIDE // stride
    axis = np.arange(cells) * stride
    shape = g.ints(cells, cells, repeats, 1)
    x = g.op("Expand", g.reals(axis.reshape(1, cells, 1, 1)), shape)
    y = g.op("Expand", g.reals(axis.reshape(cells, 1, 1, 1)), shape)
    return g.op("Reshape", g.op("Concat", x, y, axis=3), g.ints(-1, 2))


def detector():
    """Takes the part of the picture that is most like skin for a face; every anchor near it says the same box."""
    g = Graph("retinaface_det_static")
    picture = g.input("input.1", [1, 3, DETECTOR_SIDE, DETECTOR_SIDE])
    away = g.op("Sub", picture, g.reals(((np.array(SKIN) - 127.5) / 128).reshape(1, 3, 1, 1)))
    away = g.op("ReduceSum", g.op("Mul", away, away), g.ints(1), keepdims=1)
    skin = g.op("Exp", g.op("Div", away, g.reals(-2 * SKIN_RANGE**2)))
    skin = g.op("AveragePool", skin, kernel_shape=[8, 8], strides=[8, 8])
    skin = g.op("AveragePool", skin, kernel_shape=[7, 7], pads=[3, 3, 3, 3], count_include_pad=1)
    most = g.op("ReduceMax", skin, axes=[2, 3], keepdims=1)
    likeness = g.op("Exp", g.op("Mul", g.op("Sub", skin, most), g.reals(SKIN_CONTRAST)))
    # The middle of what is likely, in pixels.
    share = g.op("Reshape", likeness, g.ints(1, -1))
    share = g.op("Div", share, g.op("ReduceSum", share, g.ints(1), keepdims=1))
    middle = g.op("Add", g.op("MatMul", share, places(g, 8, 1)), g.reals(4))
    half = g.reals(FACE_SIDE / 2)
    low, high = g.op("Sub", middle, half), g.op("Add", middle, half)
    for stride in (8, 16, 32):
        anchors = places(g, stride, 2)
        count = 2 * (DETECTOR_SIDE // stride) ** 2
        score = likeness
        if stride > 8:
            step = stride // 8
            score = g.op("MaxPool", likeness, kernel_shape=[step, step], strides=[step, step])
        score = g.op("Expand", g.op("Reshape", score, g.ints(-1, 1)), g.ints(count // 2, 2))
        g.op("Reshape", g.op("Mul", score, g.reals(0.9)), g.ints(-1, 1), name=f"score_{stride}")
        sides = g.op("Concat", g.op("Sub", anchors, low), g.op("Sub", high, anchors), axis=1)
        g.op("Div", sides, g.reals(stride), name=f"bbox_{stride}")
        g.op("Expand", g.reals([[0]]), g.ints(count, 10), name=f"kps_{stride}")
        g.output(f"score_{stride}", [count, 1])
        g.output(f"bbox_{stride}", [count, 4])
        g.output(f"kps_{stride}", [count, 10])
    return g.model()


def landmark_points():
    """106 points from -1 to 1 in a crop of 1.5 times the face: an oval, and within it what says where up is."""
    angle = np.arange(106) * (2 * np.pi / 106)
    points = np.round(np.stack([0.5 * np.sin(angle), 0.62 * np.cos(angle)], 1), 3)
    points[[33, 35, 40, 39]] = [[-0.32, -0.15], [-0.25, -0.15], [-0.18, -0.15], [-0.25, -0.12]]
    points[[87, 89, 94, 93]] = [[0.18, -0.15], [0.25, -0.15], [0.32, -0.15], [0.25, -0.12]]
    points[[52, 61]] = [[-0.2, 0.35], [0.2, 0.35]]
    return points


def landmarks():
    """The same points in every crop, moved to the side that is brighter."""
    g = Graph("face_2dpose_106_static")
    picture = g.input("data", [1, 3, 192, 192])
    halves = g.op("Reshape", g.op("ReduceMean", picture, axes=[1, 2], keepdims=0), g.ints(2, 96))
    left, right = g.op("Split", g.op("ReduceMean", halves, axes=[1], keepdims=1), outputs=2, axis=0)
    lean = g.op("Mul", g.op("Sub", right, left), g.reals(LEAN / 255))
    lean = g.op("Concat", lean, g.reals([[0]]), axis=1)
    points = g.op("Add", g.reals(landmark_points()), lean)
    g.op("Reshape", points, g.ints(1, 212), name="fc1")
    g.output("fc1", [1, 212])
    return g.model()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--pad", type=int, default=0, metavar="N", help="N more layers of work in the decoder")
    parser.add_argument("--fp16", action="store_true", help="a decoder in 16-bit floats")
    parser.add_argument("--form", choices=["plain", "folded", "dynamic"], default="plain", help="see above")
    options = parser.parse_args()
    models = {
        "appearance_feature_extractor.onnx": appearance_feature_extractor(options.form),
        "motion_extractor.onnx": motion_extractor(options.form),
        "stitching.onnx": stitching(options.form),
        "warping_spade.onnx": warping_spade(options.pad, np.float16 if options.fp16 else np.float32, options.form),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.fp16 and options.form == "plain":
        # Not for commercial use in their real form, so they lie apart.
        models["insightface/retinaface_det_static.onnx"] = detector()
        models["insightface/face_2dpose_106_static.onnx"] = landmarks()
    for name, model in models.items():
        (options.out / name).parent.mkdir(exist_ok=True)
        (options.out / name).write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
