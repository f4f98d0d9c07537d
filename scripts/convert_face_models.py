#!/usr/bin/env python3
"""Makes gaze-face/models/*.onnx again from the MediaPipe wheel.

    pip install numpy onnx tflite
    pip download --no-deps --python-version 3.11 --only-binary=:all: \
        --platform manylinux_2_17_x86_64 mediapipe==0.10.14
    python scripts/convert_face_models.py mediapipe-0.10.14-*.whl gaze-face/models

The wheel holds the networks as .tflite files (Apache-2.0, see NOTICE). Each operator becomes one
or two ONNX operators on NCHW tensors; weights are stored as fp16, as in the wheel (those of the
iris model are fp32 there), and cast when the model is loaded. Newer wheels no longer carry them.

With --check nothing is written: the files made must equal those in the folder, byte for byte, or
else number for number.
"""

import argparse
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

MODELS = {
    "face_detection_short_range": "face_detection",
    "face_landmark": "face_landmark",
    "iris_landmark": "iris_landmark",
    "selfie_segmentation": "selfie_segmentation",
}
OPERATORS = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
# Arrays up to this size stay fp32: a cast would cost more than it saves.
SMALL = 16
TO_NCHW, TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]


class Converter:
    """One .tflite graph on its way to ONNX. Tensors are named t<index>, weights after their operator."""

    def __init__(self, data: bytes):
        self.model = tflite.Model.GetRootAs(data, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes, self.initializers = [], []
        # Weights that DEQUANTIZE operators only pass on: output tensor -> input tensor.
        self.alias = {}
        # NHWC copies that outputs and reshapes need.
        self.nhwc = set()
        # Tensors that have no channels-first form any more.
        self.flat = set()

    def convert(self) -> onnx.ModelProto:
        (source,) = self.graph.InputsAsNumpy()
        self.emit("Transpose", [f"t{source}"], f"t{source}_NCHW", perm=TO_NCHW)
        self.input = source
        for index in range(self.graph.OperatorsLength()):
            self.operator(index, self.graph.Operators(index))
        outputs = []
        for tensor in self.graph.OutputsAsNumpy():
            name = self.graph.Tensors(tensor).Name().decode()
            self.emit("Identity", [self.channels_last(tensor)], name)
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shape(tensor)))
        inputs = [helper.make_tensor_value_info(f"t{source}", TensorProto.FLOAT, self.shape(source))]
        graph = helper.make_graph(self.nodes, "g", inputs, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model

    def operator(self, index: int, op: tflite.Operator):
        code = self.model.OperatorCodes(op.OpcodeIndex())
        kind = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        if kind == "CUSTOM":
            kind = code.CustomCode().decode()
        inputs, (output,) = list(op.InputsAsNumpy()), op.OutputsAsNumpy()
        result = f"t{output}"
        match kind:
            case "DEQUANTIZE":
                self.alias[output] = inputs[0]
            case "CONV_2D" | "DEPTHWISE_CONV_2D":
                self.convolution(index, op, kind, inputs, output)
            case "Convolution2DTransposeBias":
                weights = self.constant(inputs[1])
                height, width = weights.shape[1:3]
                # Output, height, width, input -> input, output, height, width.
                names = [
                    self.weights(f"w{index}", weights.transpose(3, 0, 1, 2)),
                    self.weights(f"b{index}", self.constant(inputs[2])),
                ]
                self.emit("ConvTranspose", [self.ref(inputs[0]), *names], result,
                          kernel_shape=[height, width], pads=[0, 0, 0, 0], strides=[height, width])
            case "PRELU":
                slope = self.weights(f"a{index}", self.constant(inputs[1]).transpose(2, 0, 1))
                self.emit("PRelu", [self.ref(inputs[0]), slope], result)
            case "MAX_POOL_2D":
                options = self.options(op, tflite.Pool2DOptions)
                kernel = [options.FilterHeight(), options.FilterWidth()]
                strides = [options.StrideH(), options.StrideW()]
                pads = self.pads(options.Padding(), inputs[0], output, kernel, strides)
                self.emit("MaxPool", [self.ref(inputs[0])], result,
                          kernel_shape=kernel, pads=pads, strides=strides)
            case "AVERAGE_POOL_2D":
                assert self.shape(output)[1:3] == [1, 1], "only global pools occur"
                self.emit("GlobalAveragePool", [self.ref(inputs[0])], result)
            case "PAD":
                before, after = self.constant(inputs[1]).T
                amounts = np.concatenate([before[TO_NCHW], after[TO_NCHW]]).astype(np.int64)
                self.emit("Pad", [self.ref(inputs[0]), self.initializer(f"p{index}", amounts)],
                          result, mode="constant")
            case "RESIZE_BILINEAR":
                options = self.options(op, tflite.ResizeBilinearOptions)
                assert options.HalfPixelCenters() and not options.AlignCorners()
                (_, h0, w0, _), (_, h1, w1, _) = self.shape(inputs[0]), self.shape(output)
                scales = np.array([1, 1, h1 / h0, w1 / w0], np.float32)
                self.emit("Resize", [self.ref(inputs[0]), "", self.initializer(f"s{index}", scales)],
                          result, coordinate_transformation_mode="half_pixel", mode="linear")
            case "RESHAPE":
                shape = np.array(self.shape(output), np.int64)
                source = self.channels_last(inputs[0])
                self.emit("Reshape", [source, self.initializer(f"r{index}", shape)], result)
                self.flat.add(output)
            case "CONCATENATION":
                assert all(i in self.flat for i in inputs), "only reshaped tensors are joined"
                self.emit("Concat", [self.ref(i) for i in inputs], result,
                          axis=self.options(op, tflite.ConcatenationOptions).Axis())
                self.flat.add(output)
            case "HARD_SWISH":
                self.emit("HardSigmoid", [self.ref(inputs[0])], f"{result}_hs", alpha=1 / 6, beta=0.5)
                self.emit("Mul", [self.ref(inputs[0]), f"{result}_hs"], result)
            case "ADD" | "MUL" | "RELU" | "LOGISTIC":
                name = {"ADD": "Add", "MUL": "Mul", "RELU": "Relu", "LOGISTIC": "Sigmoid"}[kind]
                if kind == "ADD":
                    assert self.options(op, tflite.AddOptions).FusedActivationFunction() == 0
                self.emit(name, [self.ref(i) for i in inputs], result)
            case _:
                raise SystemExit(f"operator {index} is a {kind}, which does not occur in these models")

    def convolution(self, index, op, kind, inputs, output):
        depthwise = kind == "DEPTHWISE_CONV_2D"
        options = self.options(op, tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions)
        assert options.FusedActivationFunction() == 0, "activations stand alone in these models"
        weights = self.constant(inputs[1])
        kernel = list(weights.shape[1:3])
        strides = [options.StrideH(), options.StrideW()]
        # Depthwise: 1, height, width, channels -> channels, 1, height, width.
        # Else: output, height, width, input -> output, input, height, width.
        weights = weights.transpose([3, 0, 1, 2] if depthwise else TO_NCHW)
        names = [
            self.weights(f"w{index}", weights),
            self.weights(f"b{index}", self.constant(inputs[2])),
        ]
        self.emit("Conv", [self.ref(inputs[0]), *names], f"t{output}",
                  dilations=[options.DilationHFactor(), options.DilationWFactor()],
                  group=weights.shape[0] if depthwise else 1, kernel_shape=kernel,
                  pads=self.pads(options.Padding(), inputs[0], output, kernel, strides), strides=strides)

    def pads(self, padding, source, output, kernel, strides):
        """SAME padding puts the odd pixel behind: top, left, bottom, right."""
        if padding == tflite.Padding.VALID:
            return [0, 0, 0, 0]
        before, after = [], []
        for axis in (0, 1):
            covered = (self.shape(output)[1 + axis] - 1) * strides[axis] + kernel[axis]
            total = max(0, covered - self.shape(source)[1 + axis])
            before.append(total // 2)
            after.append(total - total // 2)
        return before + after

    def weights(self, name, array):
        if array.size <= SMALL:
            return self.initializer(name, array.astype(np.float32))
        self.initializer(f"{name}_h", array.astype(np.float16))
        return self.emit("Cast", [f"{name}_h"], name, to=TensorProto.FLOAT)

    def initializer(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def emit(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def ref(self, tensor):
        return f"t{tensor}_NCHW" if tensor == self.input else f"t{tensor}"

    def channels_last(self, tensor):
        """The tensor as TensorFlow lays it out."""
        if tensor in self.flat:
            return f"t{tensor}"
        if tensor not in self.nhwc:
            self.nhwc.add(tensor)
            self.emit("Transpose", [f"t{tensor}"], f"t{tensor}_TFL", perm=TO_NHWC)
        return f"t{tensor}_TFL"

    def constant(self, tensor):
        tensor = self.alias.get(tensor, tensor)
        info = self.graph.Tensors(tensor)
        data = self.model.Buffers(info.Buffer()).DataAsNumpy().tobytes()
        return np.frombuffer(data, DTYPES[info.Type()]).reshape(self.shape(tensor))

    def shape(self, tensor):
        return [int(n) for n in self.graph.Tensors(tensor).ShapeAsNumpy()]

    @staticmethod
    def options(op, kind):
        table, options = op.BuiltinOptions(), kind()
        options.Init(table.Bytes, table.Pos)
        return options


def same_numbers(a: onnx.ModelProto, b: onnx.ModelProto) -> bool:
    arrays = [{i.name: numpy_helper.to_array(i) for i in m.graph.initializer} for m in (a, b)]
    return (
        list(a.graph.node) == list(b.graph.node)
        and arrays[0].keys() == arrays[1].keys()
        and all(np.array_equal(arrays[0][name], arrays[1][name]) for name in arrays[0])
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    failed = False
    with zipfile.ZipFile(args.wheel) as wheel:
        for name, module in MODELS.items():
            model = Converter(wheel.read(f"mediapipe/modules/{module}/{name}.tflite")).convert()
            data, path = model.SerializeToString(), args.folder / f"{name}.onnx"
            if not args.check:
                path.write_bytes(data)
                print(f"{path}: {len(data)} bytes")
            elif path.read_bytes() == data:
                print(f"{path}: identical")
            elif same_numbers(model, onnx.load(path)):
                print(f"{path}: the same numbers, stored otherwise")
            else:
                failed = True
                print(f"{path}: DIFFERENT")
    sys.exit(failed)


if __name__ == "__main__":
    main()
