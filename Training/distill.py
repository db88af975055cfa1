"""Runs the teacher once over a folder or a video and stores what the training needs of it.

Writes NAME_images.npy (N, H, W, 3) uint8 RGB; NAME_teacher.npy (N, H, W, 11) uint8, class probability * 255, the mean
over the frame and its mirror image; and NAME_features.npy (N, H/8, W/8, 128) uint8, the encoder's features with mean 0
and deviation 1 for each channel, times FEATURE_STEP, plus 128. The teacher sees frames enlarged twice.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from frames import read_folder, read_video
from teacher import Teacher, load_teacher

ENLARGEMENT = 2
VIDEO_SIZE = (360, 640)
FEATURE_STEP = 32


def teach(teacher: Teacher, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) uint8 RGB -> probabilities (H, W, 11) uint8, features (H/8, W/8, 128) float32."""
    rgb = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    large = F.interpolate(rgb, scale_factor=ENLARGEMENT, mode="bilinear", align_corners=False)
    probabilities, features = teacher(large)
    mirrored, mirrored_features = teacher(large.flip(3))
    probabilities = F.avg_pool2d((probabilities + mirrored.flip(3)) / 2, ENLARGEMENT)
    features = F.avg_pool2d((features + mirrored_features.flip(3)) / 2, ENLARGEMENT)
    return (probabilities[0] * 255).round().byte().permute(1, 2, 0).numpy(), features[0].permute(1, 2, 0).numpy()


def quantised(features: np.ndarray) -> np.ndarray:
    """Features (N, h, w, 128) float32, each channel brought to mean 0 and deviation 1, as uint8 around 128."""
    axes = (0, 1, 2)
    normal = (features - features.mean(axes)) / np.maximum(features.std(axes), 1e-6)
    return np.clip(np.round(normal * FEATURE_STEP) + 128, 0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", required=True, help="the teacher's checkpoint")
    parser.add_argument("--source", type=Path, required=True, help="a folder of images, or a video")
    parser.add_argument("--count", type=int, help="frames to take from a video, spread evenly (default: all)")
    parser.add_argument("--output", type=Path, required=True, help="path and NAME of the two files to write")
    arguments = parser.parse_args()

    source = arguments.source
    images = read_folder(source) if source.is_dir() else read_video(source, VIDEO_SIZE, arguments.count)
    teacher = load_teacher(arguments.teacher).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        probabilities, features = zip(*(teach(teacher, image) for image in images))
    np.save(f"{arguments.output}_images.npy", images)
    np.save(f"{arguments.output}_teacher.npy", np.stack(probabilities))
    np.save(f"{arguments.output}_features.npy", quantised(np.stack(features)))


if __name__ == "__main__":
    main()
