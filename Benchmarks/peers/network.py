"""A network as `segnetworkbench export` writes it: nodes, weights, and this project's results for a fixed input."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


@dataclass(frozen=True)
class Node:
    """An operation by its name, the values it reads and makes by their numbers, and its attributes."""

    name: str
    operation: str
    inputs: list[int]
    outputs: list[int]
    integers: dict[str, list[int]]
    numbers: dict[str, float]
    tensors: dict[str, np.ndarray]

    @property
    def symmetric_padding(self) -> list[int]:
        """Rows above and columns left, which must be those below and right too."""
        top, bottom, left, right = self.integers["padding"]
        if (top, left) != (bottom, right):
            raise NotImplementedError(f"{self.name}: padding {self.integers['padding']}")
        return [top, left]


@dataclass(frozen=True)
class Labels:
    """How labels are made of an output: bilinear interpolation to the size where it is smaller, then the class with the greatest score."""

    scores: str
    size: list[int]
    aligns_corners: bool


@dataclass(frozen=True)
class Network:
    """The nodes in execution order. Shapes are channels, rows, columns."""

    name: str
    nodes: list[Node]
    shapes: list[list[int]]
    input: int
    outputs: dict[str, int]
    labels: Labels | None
    reference: dict[str, np.ndarray]

    @staticmethod
    def load(folder: Path) -> "Network":
        graph = json.loads((folder / "graph.json").read_text())
        weights = load_file(folder / "weights.safetensors")
        nodes = [
            Node(**{**node, "tensors": {part: weights[key] for part, key in node["tensors"].items()}})
            for node in graph["nodes"]
        ]
        rule = graph.get("labels")
        labels = Labels(rule["scores"], [rule["height"], rule["width"]], rule["alignsCorners"]) if rule else None
        outputs = {output["name"]: output["value"] for output in graph["outputs"]}
        return Network(graph["network"], nodes, graph["values"], graph["inputs"][0], outputs, labels, load_file(folder / "reference.safetensors"))

    @property
    def picture(self) -> np.ndarray:
        """The fixed input: 1, 3, rows, columns."""
        return self.reference["input"]

    def resizes_scores(self) -> bool:
        """Whether the scores are smaller than the labels."""
        return self.labels is not None and self.shapes[self.outputs[self.labels.scores]][1:] != self.labels.size

    def calibration_pictures(self, count: int) -> list[np.ndarray]:
        """The fixed input, then the same with brightness and contrast changed, for the quantisers."""
        random = np.random.default_rng(1)
        changed = ((self.picture * random.uniform(0.7, 1.2) + random.uniform(-0.3, 0.3)).astype(np.float32) for _ in range(count - 1))
        return [self.picture, *changed]


def relative_errors(outputs: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> tuple[float, float]:
    """The largest difference as a share of the range of the expected output, over all outputs; and the same without the worst thousandth of each."""
    largest = usual = 0.0
    for name, values in outputs.items():
        errors = np.abs(values - expected[name]) / max(np.ptp(expected[name]), 1e-30)
        largest, usual = max(largest, float(errors.max())), max(usual, float(np.quantile(errors, 0.999)))
    return largest, usual
