"""Scores from one confusion matrix over a whole set of frames."""

import numpy as np

from classes import CAMVID, VOID


class Confusion:
    """Counts (11, 11) of pixels: row = true class, column = predicted class. Void pixels are not counted."""

    def __init__(self):
        self.counts = np.zeros((len(CAMVID), len(CAMVID)), np.int64)

    def add(self, truth: np.ndarray, predicted: np.ndarray) -> None:
        """Counts one frame; both (H, W) uint8."""
        valid = truth < VOID
        pairs = truth[valid].astype(np.int64) * len(CAMVID) + predicted[valid]
        self.counts += np.bincount(pairs, minlength=self.counts.size).reshape(self.counts.shape)

    def class_iou(self) -> np.ndarray:
        """(11,) intersection over union; NaN for a class that neither occurs nor is predicted."""
        hits = np.diag(self.counts)
        union = self.counts.sum(0) + self.counts.sum(1) - hits
        return np.where(union > 0, hits / np.maximum(union, 1), np.nan)

    def mean_iou(self) -> float:
        return float(np.nanmean(self.class_iou()))

    def pixel_accuracy(self) -> float:
        return float(np.trace(self.counts) / self.counts.sum())

    def report(self) -> str:
        rows = [f"{name} {iou:.4f}" for name, iou in zip(CAMVID, self.class_iou())]
        return f"mIoU {self.mean_iou():.4f}, pixel accuracy {self.pixel_accuracy():.4f}\n" + ", ".join(rows)
