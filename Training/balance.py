"""Finds a bias for each class's score that makes the mean IoU on labelled frames as high as it gets, and adds it to the weights.

Trained with few steps, a network gives rare and thin classes too seldom. A bias of the last layer (`transposed_conv.bias`) corrects that
without touching what was learned. It is chosen on frames that are not the test frames, by coordinate ascent.

usage: balance.py --weights IN.safetensors --frames FOLDER LABELS [--frames ...] --output OUT.safetensors
"""
import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from classes import CAMVID
from evaluate import load_weights
from frames import read_folder, read_labels

CLASSES = len(CAMVID)
STRIDE = 3
STEPS = (0.6, 0.3, 0.15)
LARGEST = 2.5


def scores(weights: Path, folders: list[tuple[Path, Path]]) -> tuple[Tensor, Tensor]:
    """(pixels, classes) scores and (pixels,) labels of every third pixel of the frames both ways, void left out; at most 101 frames a folder."""
    network = load_weights(weights)
    parts, truths = [], []
    with torch.inference_mode():
        for images, labels in folders:
            frames, maps = read_folder(images), read_labels(labels)
            step = -(-len(frames) // 101)
            for image, truth in zip(frames[::step], maps[::step]):
                rgb = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
                kept = torch.from_numpy(truth)[::STRIDE, ::STRIDE].flatten().long()
                flat = network(rgb)[0, :, ::STRIDE, ::STRIDE].flatten(1).T
                parts.append(flat[kept < CLASSES])
                truths.append(kept[kept < CLASSES])
    return torch.cat(parts), torch.cat(truths)


def mean_iou(values: Tensor, truth: Tensor, bias: Tensor) -> float:
    """The mean IoU of (pixels, classes) scores with a (classes,) bias."""
    counts = torch.bincount(truth * CLASSES + (values + bias).argmax(1), minlength=CLASSES * CLASSES).view(CLASSES, CLASSES).double()
    right = counts.diagonal()
    return float((right / (counts.sum(0) + counts.sum(1) - right)).mean())


def search(values: Tensor, truth: Tensor) -> Tensor:
    """The (classes,) bias that coordinate ascent finds, each within LARGEST of zero."""
    bias = torch.zeros(CLASSES)
    best = mean_iou(values, truth, bias)
    print(f"without a bias: {best:.4f}")
    for step in STEPS:
        improved = True
        while improved:
            improved = False
            for index in range(CLASSES):
                for change in (step, -step):
                    tried = bias.clone()
                    tried[index] += change
                    if abs(tried[index]) <= LARGEST and (score := mean_iou(values, truth, tried)) > best + 1e-4:
                        bias, best, improved = tried, score, True
        print(f"step {step}: {best:.4f}", flush=True)
    return bias


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--frames", nargs=2, type=Path, action="append", required=True, metavar=("FOLDER", "LABELS"))
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    bias = search(*scores(arguments.weights, arguments.frames))
    print(" ".join(f"{value:+.2f}" for value in bias))
    save_file(load_file(arguments.weights) | {"transposed_conv.bias": bias}, arguments.output)


if __name__ == "__main__":
    main()
