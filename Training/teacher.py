"""The teacher: a second dialect of ENet, trained on Cityscapes, whose outputs the bundled network learns from.

Inner convolutions use ReLU, block outputs PReLU with one slope; the pooled branch of a downsampling block has its own
1x1 convolution; the last 1x1 of a residual branch has no batch norm. Inference only.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from classes import CAMVID, CITYSCAPES_TO_CAMVID

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
CONTEXT_KINDS = (1, 2, "asymmetric", 4, 1, 8, "asymmetric", 16)


class Slope(nn.Module):
    """PReLU under the name `activation`."""

    def __init__(self):
        super().__init__()
        self.activation = nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(x)


def unit(inputs: int, outputs: int, kernel, **options) -> nn.Sequential:
    """Convolution without bias, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, bias=False, **options), nn.BatchNorm2d(outputs), nn.ReLU())


class Deconvolution(nn.Module):
    """Transposed 3x3 convolution that doubles the size, under the name `up_conv`."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.up_conv = nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.up_conv(x)


class Block(nn.Module):
    """out = PReLU(left + right). `kind` is a dilation, "asymmetric", "pool" or "unpool"."""

    def __init__(self, inputs: int, outputs: int, kind):
        super().__init__()
        self.kind = kind
        inner = inputs // 4
        if kind == "pool":
            right = [unit(inputs, inner, 3, stride=2, padding=1), unit(inner, inner, 3, padding=1)]
        elif kind == "unpool":
            right = [unit(inputs, inner, 1), Deconvolution(inner, inner)]
        elif kind == "asymmetric":
            right = [unit(inputs, inner, 1), unit(inner, inner, (5, 1), padding=(2, 0)),
                     unit(inner, inner, (1, 5), padding=(0, 2))]
        else:
            right = [unit(inputs, inner, 1), unit(inner, inner, 3, padding=kind, dilation=kind)]
        if kind in ("pool", "unpool"):
            self.left_conv = unit(inputs, outputs, 1)
        self.right_init_conv = nn.Sequential(*right)
        self.right_last_conv = nn.Sequential(nn.Conv2d(inner, outputs, 1, bias=False))
        self.act = Slope()

    def forward(self, x: Tensor, indices: Tensor | None = None):
        right = self.right_last_conv(self.right_init_conv(x))
        if self.kind == "pool":
            pooled, indices = F.max_pool2d(x, 2, stride=2, return_indices=True)
            return self.act(self.left_conv(pooled) + right), indices
        left = F.max_unpool2d(self.left_conv(x), indices, 2) if self.kind == "unpool" else x
        return self.act(left + right)


class Teacher(nn.Module):
    """(N, 3, H, W) RGB in 0...1, H and W multiples of 8.

    Gives probabilities of CamVid's classes (N, 11, H, W) and the encoder's features (N, 128, H/8, W/8).
    """

    def __init__(self):
        super().__init__()
        classes = len(CITYSCAPES_TO_CAMVID)
        self.initial = nn.ModuleDict({"conv": nn.Sequential(
            nn.Conv2d(3, 13, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(13), Slope())})
        self.bottleneck1 = nn.ModuleDict({
            "conv_pool": Block(16, 64, "pool"), "conv_regular": nn.Sequential(*(Block(64, 64, 1) for _ in range(4)))})
        self.bottleneck2 = nn.ModuleDict({
            "conv_pool": Block(64, 128, "pool"), "conv_regular": nn.Sequential(*self._context())})
        self.bottleneck3 = nn.ModuleDict({"conv_regular": nn.Sequential(*self._context())})
        self.bottleneck4 = nn.ModuleDict({
            "conv_unpool": Block(128, 64, "unpool"), "conv_regular": Block(64, 64, 1), "conv_extra": Block(64, 64, 1)})
        self.bottleneck5 = nn.ModuleDict({"conv_unpool": Block(64, 16, "unpool"), "conv_regular": Block(16, 16, 1)})
        classifier = [nn.Conv2d(16, classes, 1, bias=False), nn.BatchNorm2d(classes), Slope()]
        self.fullconv = nn.ModuleDict({"up_conv": nn.Sequential(nn.Sequential(*classifier))})
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1), persistent=False)
        merge = torch.zeros(len(CAMVID), classes)
        merge[list(CITYSCAPES_TO_CAMVID), range(classes)] = 1
        self.register_buffer("merge", merge[:, :, None, None], persistent=False)

    @staticmethod
    def _context() -> list[Block]:
        return [Block(128, 128, kind) for kind in CONTEXT_KINDS]

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        x = (rgb - self.mean) / self.deviation
        x = torch.cat((self.initial["conv"](x), F.max_pool2d(x, 3, stride=2, padding=1)), 1)
        x, indices1 = self.bottleneck1["conv_pool"](x)
        x, indices2 = self.bottleneck2["conv_pool"](self.bottleneck1["conv_regular"](x))
        features = self.bottleneck3["conv_regular"](self.bottleneck2["conv_regular"](x))
        x = self.bottleneck4["conv_regular"](self.bottleneck4["conv_unpool"](features, indices2))
        x = self.bottleneck5["conv_unpool"](self.bottleneck4["conv_extra"](x), indices1)
        logits = self.fullconv["up_conv"](self.bottleneck5["conv_regular"](x))
        logits = F.interpolate(logits, scale_factor=2, mode="bilinear", align_corners=False)
        return F.conv2d(logits.softmax(1), self.merge), features


def load_teacher(path: str) -> Teacher:
    """The teacher with the weights of a checkpoint file, ready for inference."""
    teacher = Teacher()
    teacher.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["state_dict"])
    return teacher.eval()
