"""What the network is trained to minimise."""

import torch
from torch import Tensor
from torch.nn import functional as F

from classes import CAMVID, VOID

TEACHER_SHARE = 0.25
REGION_WEIGHT = 0.5
REGION_MINIMUM_PIXELS = 50
WEIGHT_RANGE = (0.5, 3.0)
WEIGHT_EXPONENT = 0.5


def class_weights(labels: Tensor) -> Tensor:
    """(11,) weights, a power of median frequency / frequency, clipped; labels of any shape, uint8."""
    counts = torch.bincount(labels.flatten(), minlength=VOID + 1)[:VOID].float()
    return ((counts.median() / counts) ** WEIGHT_EXPONENT).clamp(*WEIGHT_RANGE)


def loss(logits: Tensor, labels: Tensor, teacher: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross entropy against labels mixed with the teacher, plus a soft region overlap term.

    logits (N, 11, H, W) float; labels (N, H, W) uint8; teacher (N, 11, H, W) uint8, all zero where there is none;
    weights (11,). A void pixel follows the teacher alone; a pixel with neither counts nothing.
    """
    log_probabilities = F.log_softmax(logits, 1)
    classes = torch.arange(len(CAMVID), dtype=torch.uint8).view(1, -1, 1, 1)
    truth = (labels.unsqueeze(1) == classes).float()
    soft = teacher.float() / 255
    taught = (soft.sum(1, keepdim=True) > 0.5).float()
    labelled = (labels != VOID).float().unsqueeze(1)
    truth_share = labelled * (1 - TEACHER_SHARE * taught)
    soft_share = taught * (1 - labelled * (1 - TEACHER_SHARE))
    target = (truth_share * truth + soft_share * soft) * weights.view(1, -1, 1, 1)
    cross_entropy = -(target * log_probabilities).sum() / target.sum().clamp(min=1)

    probabilities = log_probabilities.exp() * labelled
    overlap = (probabilities * truth).sum((0, 2, 3))
    present = truth.sum((0, 2, 3))
    union = probabilities.sum((0, 2, 3)) + present - overlap
    counted = (present >= REGION_MINIMUM_PIXELS).float()
    region = ((1 - overlap / union.clamp(min=1)) * counted).sum() / counted.sum().clamp(min=1)
    return cross_entropy + REGION_WEIGHT * region


def hint(student: Tensor, features: Tensor, known: Tensor) -> Tensor:
    """How far the student's projected features (N, 128, h, w) are from the teacher's, where `known` (N, 1, h, w)."""
    distance = F.smooth_l1_loss(student, features, reduction="none").mean(1, keepdim=True)
    return (distance * known).sum() / known.sum().clamp(min=1)
