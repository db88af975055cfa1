"""A network as an ONNX model."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .network import Network, Node

OPSET = 17


def unpoolings(network: Network) -> list[str]:
    """The ways a max unpool can be written; which is faster depends on the engine."""
    return ["scatter", "blocks"] if any(node.operation == "maxUnpool" for node in network.nodes) else [""]


def onnx_model(network: Network, to_labels: bool, unpooling: str = "") -> onnx.ModelProto:
    """The network up to its outputs, or up to "labels" (1, rows, columns); `unpooling` is one of `unpoolings`."""
    return _Builder(network, unpooling).model(to_labels)


def _name(value: int) -> str:
    return f"v{value}"


class _Builder:
    def __init__(self, network: Network, unpooling: str):
        self.network, self.unpooling = network, unpooling
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def model(self, to_labels: bool) -> onnx.ModelProto:
        network = self.network
        for node in network.nodes:
            getattr(self, node.operation)(node, [_name(value) for value in node.inputs], [_name(value) for value in node.outputs])
        if to_labels:
            outputs = [self.labels()]
        else:
            # Identities give outputs their names whatever else reads them.
            outputs = [self.named_output(name, value) for name, value in network.outputs.items()]
        picture = helper.make_tensor_value_info(_name(network.input), TensorProto.FLOAT, network.picture.shape)
        graph = helper.make_graph(self.nodes, "network", [picture], outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        onnx.checker.check_model(model, full_check=True)
        return model

    def named_output(self, name: str, value: int) -> onnx.ValueInfoProto:
        self.emit("Identity", [_name(value)], [name])
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *self.network.shapes[value]])

    def labels(self) -> onnx.ValueInfoProto:
        rule = self.network.labels
        scores = _name(self.network.outputs[rule.scores])
        if self.network.resizes_scores():
            self.resize(scores, "full_scores", self.network.shapes[self.network.outputs[rule.scores]][0], rule.size, rule.aligns_corners)
            scores = "full_scores"
        self.emit("ArgMax", [scores], ["labels"], axis=1, keepdims=0)
        return helper.make_tensor_value_info("labels", TensorProto.INT64, [1, *rule.size])

    def emit(self, operation: str, inputs: list[str], outputs: list[str], **attributes) -> None:
        self.nodes.append(helper.make_node(operation, inputs, outputs, name=f"n{len(self.nodes)}", **attributes))

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def tensors(self, node: Node, outputs: list[str], *parts: str) -> list[str]:
        return [self.constant(f"{outputs[0]}.{part}", node.tensors[part]) for part in parts if part in node.tensors]

    def convolution(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        top, bottom, left, right = node.integers["padding"]
        self.emit(
            "Conv", inputs + self.tensors(node, outputs, "weight", "bias"), outputs, pads=[top, left, bottom, right], strides=node.integers["stride"],
            dilations=node.integers["dilation"], group=node.integers["groups"][0], kernel_shape=node.tensors["weight"].shape[2:])

    def transposedConvolution(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        top, bottom, left, right = node.integers["padding"]
        self.emit(
            "ConvTranspose", inputs + self.tensors(node, outputs, "weight", "bias"), outputs, pads=[top, left, bottom, right],
            strides=node.integers["stride"], output_padding=node.integers["outputPadding"], kernel_shape=node.tensors["weight"].shape[2:])

    def batchNormalization(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("BatchNormalization", inputs + self.tensors(node, outputs, "scale", "shift", "mean", "variance"), outputs, epsilon=node.numbers["epsilon"])

    def relu(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("Relu", inputs, outputs)

    def relu6(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        bounds = [self.constant("zero", np.float32(0)), self.constant("six", np.float32(6))]
        self.emit("Clip", inputs + bounds, outputs)

    def leakyRelu(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("LeakyRelu", inputs, outputs, alpha=node.numbers["slope"])

    def prelu(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("PRelu", [*inputs, self.constant(f"{outputs[0]}.slopes", node.tensors["slopes"].reshape(-1, 1, 1))], outputs)

    def sigmoid(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("Sigmoid", inputs, outputs)

    def tanh(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("Tanh", inputs, outputs)

    def scaleShift(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        scale, shift = (self.constant(f"{outputs[0]}.{part}", node.tensors[part].reshape(1, -1, 1, 1)) for part in ("scale", "shift"))
        self.emit("Mul", [*inputs, scale], [f"{outputs[0]}.scaled"])
        self.emit("Add", [f"{outputs[0]}.scaled", shift], outputs)

    def add(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        total = inputs[0]
        for index, summand in enumerate(inputs[1:], 1):
            made = outputs[0] if index == len(inputs) - 1 else f"{outputs[0]}.{index}"
            self.emit("Add", [total, summand], [made])
            total = made

    def multiply(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("Mul", inputs, outputs)

    def concatenate(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.emit("Concat", inputs, outputs, axis=1)

    def padChannels(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        missing = node.integers["channels"][0] - self.network.shapes[node.inputs[0]][0]
        pads = self.constant(f"{outputs[0]}.pads", np.array([0, 0, 0, 0, 0, missing, 0, 0], np.int64))
        self.emit("Pad", [*inputs, pads], outputs)

    def pool(self, operation: str, node: Node, inputs: list[str], outputs: list[str], **attributes) -> None:
        top, bottom, left, right = node.integers["padding"]
        self.emit(
            operation, inputs, outputs, kernel_shape=node.integers["kernel"], strides=node.integers["stride"], pads=[top, left, bottom, right],
            ceil_mode=node.integers["ceilMode"][0], **attributes)

    def maxPool(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.pool("MaxPool", node, inputs, outputs if self.unpooling == "scatter" else outputs[:1])

    def averagePool(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.pool("AveragePool", node, inputs, outputs, count_include_pad=0)

    def maxUnpool(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        unpool = self.scatter if self.unpooling == "scatter" else self.unpool_blocks
        unpool(node, inputs, outputs[0])

    def scatter(self, node: Node, inputs: list[str], output: str) -> None:
        # Indices of ONNX run over all channels, as those of its max pool do.
        shape = [1, *self.network.shapes[node.outputs[0]]]
        zeros = self.constant(f"{output}.zeros", np.zeros(np.prod(shape), np.float32))
        flat = self.constant("flat", np.array([-1], np.int64))
        for source, part in zip(inputs, ("values", "places")):
            self.emit("Reshape", [source, flat], [f"{output}.{part}"])
        self.emit("ScatterElements", [zeros, f"{output}.places", f"{output}.values"], [f"{output}.flat"], axis=0)
        self.emit("Reshape", [f"{output}.flat", self.constant(f"{output}.shape", np.array(shape, np.int64))], [output])

    def unpool_blocks(self, node: Node, inputs: list[str], output: str) -> None:
        """For windows of 2x2: each quarter of the map takes the value where it held the maximum and none before it did."""
        pool = next(other for other in self.network.nodes if node.inputs[1] in other.outputs)
        if pool.integers["kernel"] != [2, 2] or pool.integers["stride"] != [2, 2] or any(pool.integers["padding"]):
            raise NotImplementedError(f"{node.name}: windows of {pool.integers['kernel']}")
        pooled, zero = _name(pool.inputs[0]), self.constant("zero", np.float32(0))
        slices = {"ends": [2**31 - 1, 2**31 - 1], "axes": [2, 3], "steps": [2, 2]}
        bounds = [self.constant(name, np.array(values, np.int64)) for name, values in slices.items()]
        sources = [f"{output}.source{place}" for place in range(4)]
        for place, source in enumerate(sources):
            start = self.constant(f"start{place}", np.array(divmod(place, 2), np.int64))
            self.emit("Slice", [pooled, start, *bounds], [source])
        # The pool's own maxima would do as well, but a quantiser may round them and not what they are compared with.
        maxima = f"{output}.maxima"
        self.emit("Max", sources, [maxima])

        taken, quarters = "", []
        for place, source in enumerate(sources):
            quarter, is_here = inputs[0], f"{output}.is{place}"
            if place < 3:
                self.emit("Equal", [source, maxima], [is_here])
                self.emit("Where", [is_here, quarter, zero], [f"{output}.here{place}"])
                quarter = f"{output}.here{place}"
            if taken:
                self.emit("Where", [taken, zero, quarter], [f"{output}.first{place}"])
                quarter = f"{output}.first{place}"
            if taken and place < 3:
                self.emit("Or", [taken, is_here], [f"{output}.taken{place}"])
            taken = f"{output}.taken{place}" if taken else is_here
            quarters.append(quarter)
        self.emit("Concat", quarters, [f"{output}.quarters"], axis=1)
        self.emit("DepthToSpace", [f"{output}.quarters"], [output], blocksize=2, mode="DCR")

    def adaptiveAveragePool(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        """Two matrix products, rows by regions and columns by regions: ONNX has no such pool."""
        (_, height, width), (rows, columns) = self.network.shapes[node.inputs[0]], node.integers["size"]
        if (rows, columns) == (1, 1):
            self.emit("GlobalAveragePool", inputs, outputs)
            return
        across = self.constant(f"regions{columns}of{width}", _regions(columns, width).T)
        down = self.constant(f"regions{rows}of{height}rows", _regions(rows, height))
        self.emit("MatMul", [*inputs, across], [f"{outputs[0]}.across"])
        self.emit("MatMul", [down, f"{outputs[0]}.across"], outputs)

    def resizeBilinear(self, node: Node, inputs: list[str], outputs: list[str]) -> None:
        self.resize(inputs[0], outputs[0], self.network.shapes[node.inputs[0]][0], node.integers["size"], bool(node.integers["alignsCorners"][0]))

    def resize(self, source: str, target: str, channels: int, size: list[int], aligns_corners: bool) -> None:
        sizes = self.constant(f"{target}.size", np.array([1, channels, *size], np.int64))
        mode = "align_corners" if aligns_corners else "half_pixel"
        self.emit("Resize", [source, "", "", sizes], [target], mode="linear", coordinate_transformation_mode=mode)


def _regions(count: int, length: int) -> np.ndarray:
    """A row a region with the mean's weights: region i covers floor(i * length / count) up to ceil((i + 1) * length / count)."""
    weights = np.zeros((count, length), np.float32)
    for region in range(count):
        start, end = region * length // count, -(-(region + 1) * length // count)
        weights[region, start:end] = 1 / (end - start)
    return weights
