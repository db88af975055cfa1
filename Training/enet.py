"""ENet for semantic segmentation, with the parameter names that segplay loads.

The layout is the encoder-decoder of arXiv 1606.02147 in its widespread PyTorch dialect: no convolution has a bias,
the encoder's PReLU layers share one slope, a residual branch is activated before and after the addition, and the
decoder undoes each max-pooling with the indices that the encoder kept. There is no dropout: the training set is
augmented strongly and the network is small.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# The eight blocks of stage 2; stage 3 repeats them: (name, kind, dilation).
CONTEXT_BLOCKS = (
    ("regular", "plain", 1), ("dilated", "plain", 2), ("asymmetric", "asymmetric", 1), ("dilated", "plain", 4),
    ("regular", "plain", 1), ("dilated", "plain", 8), ("asymmetric", "asymmetric", 1), ("dilated", "plain", 16),
)


def activation(encoder: bool) -> nn.Module:
    """PReLU with one slope for all channels in the encoder, ReLU in the decoder."""
    return nn.PReLU() if encoder else nn.ReLU()


class Pointwise(nn.Conv2d):
    """A 1x1 convolution that trains as a bfloat16 matrix product: three times as fast on a CPU as the convolution."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        rows = x.permute(0, 2, 3, 1).bfloat16()
        return F.linear(rows, self.weight.flatten(1).bfloat16()).float().permute(0, 3, 1, 2)


def unit(inputs: int, outputs: int, kernel, encoder: bool, activated: bool = True, **options) -> list[nn.Module]:
    """Convolution without bias, batch norm and (unless `activated` is false) an activation."""
    if kernel == 1:
        convolution = Pointwise(inputs, outputs)
    else:
        convolution = nn.Conv2d(inputs, outputs, kernel, bias=False, **options)
    layers = [convolution, nn.BatchNorm2d(outputs)]
    return layers + [activation(encoder)] if activated else layers


class InitialBlock(nn.Module):
    """(N, 3, H, W) -> (N, 16, H/2, W/2): a strided convolution beside a max-pool of the input."""

    def __init__(self):
        super().__init__()
        self.main_branch = nn.Conv2d(3, 13, 3, stride=2, padding=1, bias=False)
        self.batch_norm = nn.BatchNorm2d(16)
        self.out_activation = activation(encoder=True)

    def forward(self, x: Tensor) -> Tensor:
        pooled = F.max_pool2d(x, 3, stride=2, padding=1)
        return self.out_activation(self.batch_norm(torch.cat((self.main_branch(x), pooled), 1)))


class Bottleneck(nn.Module):
    """Residual bottleneck that keeps the size: 1x1, then 3x3 (dilated) or 5x1 and 1x5, then 1x1."""

    def __init__(self, channels: int, kind: str = "plain", dilation: int = 1, encoder: bool = True):
        super().__init__()
        inner = channels // 4
        if kind == "asymmetric":
            middle = (unit(inner, inner, (5, 1), encoder, padding=(2, 0))
                      + unit(inner, inner, (1, 5), encoder, padding=(0, 2)))
        else:
            middle = unit(inner, inner, 3, encoder, padding=dilation, dilation=dilation)
        self.ext_conv1 = nn.Sequential(*unit(channels, inner, 1, encoder))
        self.ext_conv2 = nn.Sequential(*middle)
        self.ext_conv3 = nn.Sequential(*unit(inner, channels, 1, encoder))
        self.out_activation = activation(encoder)

    def forward(self, x: Tensor) -> Tensor:
        return self.out_activation(x + self.ext_conv3(self.ext_conv2(self.ext_conv1(x))))


class Downsample(nn.Module):
    """Halves the size and widens; returns the features and the max-pool's indices."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        inner = inputs // 4
        self.padding = outputs - inputs
        self.ext_conv1 = nn.Sequential(*unit(inputs, inner, 2, True, stride=2))
        self.ext_conv2 = nn.Sequential(*unit(inner, inner, 3, True, padding=1))
        self.ext_conv3 = nn.Sequential(*unit(inner, outputs, 1, True))
        self.out_activation = activation(encoder=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        pooled, indices = F.max_pool2d(x, 2, stride=2, return_indices=True)
        widened = F.pad(pooled, (0, 0, 0, 0, 0, self.padding))
        residual = self.ext_conv3(self.ext_conv2(self.ext_conv1(x)))
        return self.out_activation(widened + residual), indices


class Upsample(nn.Module):
    """Doubles the size and narrows, placing values where the matching max-pool found them."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        inner = inputs // 4
        self.main_conv1 = nn.Sequential(*unit(inputs, outputs, 1, False, activated=False))
        self.ext_conv1 = nn.Sequential(*unit(inputs, inner, 1, False))
        self.ext_tconv1 = nn.ConvTranspose2d(inner, inner, 2, stride=2, bias=False)
        self.ext_tconv1_bnorm = nn.BatchNorm2d(inner)
        self.ext_conv2 = nn.Sequential(*unit(inner, outputs, 1, False, activated=False))

    def forward(self, x: Tensor, indices: Tensor, size: tuple[int, int]) -> Tensor:
        main = F.max_unpool2d(self.main_conv1(x), indices, 2, output_size=size)
        residual = self.ext_tconv1(self.ext_conv1(x), output_size=size)
        residual = self.ext_conv2(F.relu(self.ext_tconv1_bnorm(residual)))
        return F.relu(main + residual)


class ENet(nn.Module):
    """(N, 3, H, W) RGB in 0...1 -> (N, classes, H, W) logits. Any size; multiples of 8 waste nothing."""

    def __init__(self, classes: int):
        super().__init__()
        self.initial_block = InitialBlock()
        self.downsample1_0 = Downsample(16, 64)
        for i in range(1, 5):
            self.add_module(f"regular1_{i}", Bottleneck(64))
        self.downsample2_0 = Downsample(64, 128)
        self.context = []
        for stage, first in ((2, 1), (3, 0)):
            for i, (name, kind, dilation) in enumerate(CONTEXT_BLOCKS, start=first):
                self.context.append(f"{name}{stage}_{i}")
                self.add_module(self.context[-1], Bottleneck(128, kind, dilation))
        self.upsample4_0 = Upsample(128, 64)
        self.regular4_1 = Bottleneck(64, encoder=False)
        self.regular4_2 = Bottleneck(64, encoder=False)
        self.upsample5_0 = Upsample(64, 16)
        self.regular5_1 = Bottleneck(16, encoder=False)
        self.transposed_conv = nn.ConvTranspose2d(16, classes, 3, stride=2, padding=1, bias=False)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, list[tuple[int, int]]]:
        """The encoder: (N, 128, H/8, W/8) features, both pools' indices, and the sizes before each pool."""
        sizes = [tuple(x.shape[2:])]
        x = self.initial_block(x)
        sizes.append(tuple(x.shape[2:]))
        x, indices1 = self.downsample1_0(x)
        for i in range(1, 5):
            x = getattr(self, f"regular1_{i}")(x)
        sizes.append(tuple(x.shape[2:]))
        x, indices2 = self.downsample2_0(x)
        for name in self.context:
            x = getattr(self, name)(x)
        return x, indices1, indices2, sizes

    def decode(self, x: Tensor, indices1: Tensor, indices2: Tensor, sizes: list[tuple[int, int]]) -> Tensor:
        """The decoder: logits of the input's size from what `features` returned."""
        x = self.regular4_2(self.regular4_1(self.upsample4_0(x, indices2, sizes[2])))
        x = self.regular5_1(self.upsample5_0(x, indices1, sizes[1]))
        return self.transposed_conv(x, output_size=sizes[0])

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(*self.features(x))
