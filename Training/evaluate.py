"""Measures a network on labelled frames: mIoU over eleven classes, void ignored, one confusion matrix for all."""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from classes import CAMVID
from enet import ENet
from frames import read_folder, read_labels, read_video
from metrics import Confusion


def measure(network: ENet, images: np.ndarray, labels: np.ndarray) -> Confusion:
    """Scores of `network` in evaluation mode; images (N, H, W, 3) uint8 RGB, labels (N, H, W) uint8."""
    confusion = Confusion()
    with torch.inference_mode():
        for image, truth in zip(images, labels):
            rgb = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
            confusion.add(truth, network(rgb)[0].argmax(0).byte().numpy())
    return confusion


def load_weights(path: Path) -> ENet:
    """A network with the weights of a safetensors file, computing in float32."""
    network = ENet(len(CAMVID))
    state = {key: value.float() for key, value in load_file(path).items()}
    if "transposed_conv.bias" in state:  # balance.py adds it
        network.transposed_conv.bias = torch.nn.Parameter(torch.zeros(len(CAMVID)))
    missing, unexpected = network.load_state_dict(state, strict=False)
    if unexpected or any(not key.endswith("num_batches_tracked") for key in missing):
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="a safetensors file")
    parser.add_argument("--images", type=Path, required=True, help="a folder of frames, or a video")
    parser.add_argument("--labels", type=Path, required=True, help="a folder of label maps in the frames' order")
    arguments = parser.parse_args()
    labels = read_labels(arguments.labels)
    source = arguments.images
    images = read_folder(source) if source.is_dir() else read_video(source, labels.shape[1:])
    print(measure(load_weights(arguments.weights), images, labels).report())


if __name__ == "__main__":
    main()
