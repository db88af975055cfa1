"""Reading frames, labels and videos into uint8 arrays."""

from pathlib import Path

import cv2
import numpy as np

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


def read_rgb(path: Path) -> np.ndarray:
    """An image file as (H, W, 3) uint8 RGB."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path}: not a readable image")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def read_folder(folder: Path) -> np.ndarray:
    """All images of a folder in name order as (N, H, W, 3) uint8 RGB; they must agree in size."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    return np.stack([read_rgb(path) for path in paths])


def read_labels(folder: Path) -> np.ndarray:
    """All label maps of a folder in name order as (N, H, W) uint8 class numbers."""
    return np.stack([cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(folder.glob("*.png"))])


def read_video(path: Path, size: tuple[int, int], count: int | None = None) -> np.ndarray:
    """Frames of a video as (N, H, W, 3) uint8 RGB at `size` (height, width); `count` spread evenly, or all."""
    capture = cv2.VideoCapture(str(path))
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = set(range(total) if count is None else np.linspace(0, total - 1, count).astype(int).tolist())
    frames = []
    for index in range(total):
        if not capture.grab():
            break
        if index in wanted:
            frame = cv2.resize(capture.retrieve()[1], size[::-1], interpolation=cv2.INTER_AREA)
            frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    return np.stack(frames)
