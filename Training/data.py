"""Training samples: random windows of frames in memory, with strong augmentation."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from classes import CAMVID, VOID
from frames import read_folder, read_labels

SCALE_RANGE = (0.7, 1.8)
ASPECT_JITTER = 0.1
GAMMA_RANGE = (0.6, 1.6)
GAIN_RANGE = (0.6, 1.35)
TINT = 0.08
SATURATION_RANGE = (0.4, 1.4)
BLUR_PROBABILITY = 0.2
BLUR_SIGMA = (0.4, 1.3)
NOISE_PROBABILITY = 0.2
NOISE_DEVIATION = 6.0
FEATURE_STEP = 32
FEATURE_CHANNELS = 128
FEATURE_CELL = 8
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass
class Source:
    """Frames (N, H, W, 3) uint8 RGB and what is known of them.

    Where there are any: labels (N, H, W), and the teacher's class probabilities (N, H, W, 11) and features
    (N, H/8, W/8, 128), all uint8. `share` is the part of each batch that comes from here.
    """

    images: np.ndarray
    labels: np.ndarray | None
    teacher: np.ndarray | None
    features: np.ndarray | None
    share: float


@dataclass
class Batch:
    """What one step of training sees.

    images (N, 3, h, w) float 0...1; labels (N, h, w) uint8, void where unknown; teacher (N, 11, h, w) uint8, all zero
    where there is none; features (N, 128, h/8, w/8) float, the teacher's; known (N, 1, h/8, w/8), 1 where they count.
    """

    images: Tensor
    labels: Tensor
    teacher: Tensor
    features: Tensor
    known: Tensor


def load_source(images: Path, labels: Path | None, share: float) -> Source:
    """Frames from a folder, or with the teacher's outputs from the files NAME_... that distill.py writes."""
    truth = read_labels(labels) if labels else None
    if images.is_dir():
        return Source(read_folder(images), truth, None, None, share)
    frames, teacher, features = (np.load(f"{images}_{part}.npy") for part in ("images", "teacher", "features"))
    return Source(frames, truth, teacher, features, share)


def jitter_colours(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Random gamma, gain, tint, saturation, blur and noise; (H, W, 3) uint8 in and out."""
    ramp = np.linspace(0, 1, 256)[:, None] ** random.uniform(*GAMMA_RANGE)
    gains = random.uniform(*GAIN_RANGE) * (1 + random.uniform(-TINT, TINT, 3))
    image = cv2.LUT(image, np.clip(ramp * gains * 255, 0, 255).astype(np.uint8)[None])
    saturation = random.uniform(*SATURATION_RANGE)
    image = cv2.transform(image, saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * LUMA[None])
    if random.random() < BLUR_PROBABILITY:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(*BLUR_SIGMA))
    if random.random() < NOISE_PROBABILITY:
        noise = np.empty(image.shape, np.int16)
        cv2.randn(noise, 0, random.uniform(0, NOISE_DEVIATION))
        image = cv2.add(image, noise, dtype=cv2.CV_8U)
    return image


class Sampler:
    """Draws batches of augmented windows from several sources according to their shares."""

    def __init__(self, sources: list[Source], size: tuple[int, int], batch: int, seed: int):
        self.sources = sources
        shares = np.array([source.share for source in sources])
        self.shares = shares / shares.sum()
        self.size = size
        self.batch = batch
        self.random = np.random.default_rng(seed)
        self.orders = [[] for _ in sources]

    def draw(self) -> Batch:
        images, labels, teachers, features, known = zip(*(self._sample() for _ in range(self.batch)))
        image = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float().div_(255)
        teacher = torch.from_numpy(np.stack(teachers)).permute(0, 3, 1, 2)
        return Batch(image, torch.from_numpy(np.stack(labels)), teacher, torch.cat(features), torch.cat(known))

    def _next_index(self, which: int) -> int:
        """Every frame of a source once, in random order, before any comes again."""
        if not self.orders[which]:
            self.orders[which] = self.random.permutation(len(self.sources[which].images)).tolist()
        return self.orders[which].pop()

    def _features(self, source: Source, index: int, start, step, covered, mirrored: bool) -> tuple[Tensor, Tensor]:
        """The teacher's features under a window, and where they are known; both with a batch of one.

        `start`: the window's top left in the frame; `step`: frame pixels for one pixel of the sample; `covered`: the
        part of the sample that shows the frame; each (vertical, horizontal) in pixels.
        """
        shape = tuple(length // FEATURE_CELL for length in self.size)
        if source.features is None:
            return torch.zeros(1, FEATURE_CHANNELS, *shape), torch.zeros(1, 1, *shape)
        grids, inside = [], []
        for axis in range(2):
            centres = (np.arange(shape[axis]) + 0.5) * FEATURE_CELL
            inside.append(torch.from_numpy(centres < covered[axis]))
            along = covered[axis] - centres if axis == 1 and mirrored else centres
            grids.append(torch.from_numpy(2 * (start[axis] + step[axis] * along) / source.images.shape[1 + axis] - 1))
        grid = torch.stack(torch.meshgrid(grids[1], grids[0], indexing="xy"), -1).float()[None]
        features = (torch.from_numpy(source.features[index]).permute(2, 0, 1).float() - 128) / FEATURE_STEP
        known = (inside[0][:, None] & inside[1][None]).float()[None, None]
        return F.grid_sample(features[None], grid, padding_mode="border", align_corners=False), known

    def _sample(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, Tensor, Tensor]:
        which = self.random.choice(len(self.sources), p=self.shares)
        source, index = self.sources[which], self._next_index(which)
        height, width = self.size
        frame_height, frame_width = source.images.shape[1:3]
        scale = np.exp(self.random.uniform(*np.log(SCALE_RANGE)))
        aspect = 1 + self.random.uniform(-ASPECT_JITTER, ASPECT_JITTER)
        window_height = min(round(height / scale), frame_height)
        window_width = min(round(width / scale / aspect), frame_width)
        top = self.random.integers(frame_height - window_height + 1)
        left = self.random.integers(frame_width - window_width + 1)
        target = (min(round(window_width * scale * aspect), width), min(round(window_height * scale), height))
        window = np.s_[index, top:top + window_height, left:left + window_width]
        mirrored = self.random.random() < 0.5

        def place(array: np.ndarray, interpolation: int, border: int | tuple) -> np.ndarray:
            patch = cv2.resize(array[window], target, interpolation=interpolation)
            if mirrored:
                patch = np.ascontiguousarray(patch[:, ::-1])
            if target == (width, height):
                return patch
            padded = np.full((height, width) + patch.shape[2:], border, patch.dtype)
            padded[:target[1], :target[0]] = patch
            return padded

        image = jitter_colours(place(source.images, cv2.INTER_LINEAR, 128), self.random)
        labels = np.full((height, width), VOID, np.uint8)
        if source.labels is not None:
            labels = place(source.labels, cv2.INTER_NEAREST, VOID)
        teacher = np.zeros((height, width, len(CAMVID)), np.uint8)
        if source.teacher is not None:
            teacher = place(source.teacher, cv2.INTER_LINEAR, 0)
        step = (window_height / target[1], window_width / target[0])
        features = self._features(source, index, (top, left), step, target[::-1], mirrored)
        return image, labels, teacher, *features
