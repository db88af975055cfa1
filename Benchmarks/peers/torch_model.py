"""A network as a PyTorch module."""

import torch
from torch import nn
from torch.nn import functional

from .network import Network, Node


class TorchNetwork(nn.Module):
    """The network up to its outputs, or up to labels (1, rows, columns); outputs in the order of `Network.outputs`."""

    def __init__(self, network: Network, to_labels: bool):
        super().__init__()
        self.parts = nn.ModuleList(_module(node, network) for node in network.nodes)
        self.wiring = [(node.inputs, node.outputs) for node in network.nodes]
        self.input = network.input
        self.results = list(network.outputs.values())
        self.labels = network.labels if to_labels else None
        self.resizes_scores = network.resizes_scores()

    def forward(self, picture: torch.Tensor):
        values = {self.input: picture}
        for part, (inputs, outputs) in zip(self.parts, self.wiring):
            made = part(*[values[value] for value in inputs])
            if len(outputs) == 1:
                values[outputs[0]] = made
            else:
                values[outputs[0]], values[outputs[1]] = made[0], made[1]
        results = [values[value] for value in self.results]
        if self.labels is None:
            return tuple(results)
        scores = results[0]
        if self.resizes_scores:
            scores = functional.interpolate(scores, self.labels.size, mode="bilinear", align_corners=self.labels.aligns_corners)
        return (scores.argmax(1),)


def _module(node: Node, network: Network) -> nn.Module:
    if node.operation not in _MODULES:
        raise NotImplementedError(f"{node.name}: {node.operation}")
    return _MODULES[node.operation](node, network)


class _Sum(nn.Module):
    def forward(self, *inputs):
        total = inputs[0]
        for summand in inputs[1:]:
            total = total + summand
        return total


class _Product(nn.Module):
    def forward(self, left, right):
        return left * right


class _Join(nn.Module):
    def forward(self, *inputs):
        return torch.cat(inputs, 1)


class _ScaleShift(nn.Module):
    def __init__(self, node: Node, network: Network):
        super().__init__()
        for part in ("scale", "shift"):
            self.register_buffer(part, torch.from_numpy(node.tensors[part]).reshape(1, -1, 1, 1))

    def forward(self, values):
        return values * self.scale + self.shift


class _PadChannels(nn.Module):
    def __init__(self, node: Node, network: Network):
        super().__init__()
        self.missing = node.integers["channels"][0] - network.shapes[node.inputs[0]][0]

    def forward(self, values):
        return functional.pad(values, (0, 0, 0, 0, 0, self.missing))


class _PoolWithIndices(nn.Module):
    def __init__(self, node: Node, network: Network):
        super().__init__()
        self.window = (node.integers["kernel"], node.integers["stride"], node.symmetric_padding, 1, bool(node.integers["ceilMode"][0]))

    def forward(self, values):
        return functional.max_pool2d_with_indices(values, *self.window)


class _Unpool(nn.Module):
    def __init__(self, node: Node, network: Network):
        super().__init__()
        pool = next(other for other in network.nodes if node.inputs[1] in other.outputs)
        self.window = (pool.integers["kernel"], pool.integers["stride"], pool.symmetric_padding)
        self.size = node.integers["size"]

    def forward(self, values, indices):
        return functional.max_unpool2d(values, indices, *self.window, output_size=self.size)


class _Resize(nn.Module):
    def __init__(self, node: Node, network: Network):
        super().__init__()
        self.size, self.aligns_corners = node.integers["size"], bool(node.integers["alignsCorners"][0])

    def forward(self, values):
        return functional.interpolate(values, self.size, mode="bilinear", align_corners=self.aligns_corners)


def _convolution(node: Node, network: Network) -> nn.Module:
    weight, groups = node.tensors["weight"], node.integers["groups"][0]
    module = nn.Conv2d(
        weight.shape[1] * groups, weight.shape[0], weight.shape[2:], node.integers["stride"], node.symmetric_padding, node.integers["dilation"], groups,
        bias="bias" in node.tensors)
    return _with_parameters(module, node, weight="weight", bias="bias")


def _transposed_convolution(node: Node, network: Network) -> nn.Module:
    weight = node.tensors["weight"]
    module = nn.ConvTranspose2d(
        weight.shape[0], weight.shape[1], weight.shape[2:], node.integers["stride"], node.symmetric_padding, node.integers["outputPadding"],
        bias="bias" in node.tensors)
    return _with_parameters(module, node, weight="weight", bias="bias")


def _batch_normalization(node: Node, network: Network) -> nn.Module:
    module = nn.BatchNorm2d(len(node.tensors["scale"]), eps=node.numbers["epsilon"])
    return _with_parameters(module, node, weight="scale", bias="shift", running_mean="mean", running_var="variance")


def _with_parameters(module: nn.Module, node: Node, **parts: str) -> nn.Module:
    state = {key: torch.from_numpy(node.tensors[part]) for key, part in parts.items() if part in node.tensors}
    module.load_state_dict(state, strict=False)
    return module


def _slopes(node: Node, network: Network) -> nn.Module:
    module = nn.PReLU(len(node.tensors["slopes"]))
    return _with_parameters(module, node, weight="slopes")


def _max_pool(node: Node, network: Network) -> nn.Module:
    if len(node.outputs) == 2:
        return _PoolWithIndices(node, network)
    return nn.MaxPool2d(node.integers["kernel"], node.integers["stride"], node.symmetric_padding, ceil_mode=bool(node.integers["ceilMode"][0]))


def _average_pool(node: Node, network: Network) -> nn.Module:
    return nn.AvgPool2d(
        node.integers["kernel"], node.integers["stride"], node.symmetric_padding, ceil_mode=bool(node.integers["ceilMode"][0]), count_include_pad=False)


_MODULES = {
    "convolution": _convolution,
    "transposedConvolution": _transposed_convolution,
    "batchNormalization": _batch_normalization,
    "scaleShift": _ScaleShift,
    "relu": lambda node, network: nn.ReLU(),
    "relu6": lambda node, network: nn.ReLU6(),
    "leakyRelu": lambda node, network: nn.LeakyReLU(node.numbers["slope"]),
    "prelu": _slopes,
    "sigmoid": lambda node, network: nn.Sigmoid(),
    "tanh": lambda node, network: nn.Tanh(),
    "add": lambda node, network: _Sum(),
    "multiply": lambda node, network: _Product(),
    "concatenate": lambda node, network: _Join(),
    "padChannels": _PadChannels,
    "maxPool": _max_pool,
    "maxUnpool": _Unpool,
    "averagePool": _average_pool,
    "adaptiveAveragePool": lambda node, network: nn.AdaptiveAvgPool2d(node.integers["size"]),
    "resizeBilinear": _Resize,
}
