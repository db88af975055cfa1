"""Trains the bundled network for a given time on the CPU.

The schedule follows the clock, not a count of steps, so a run ends when it should on a machine of any speed.
Writes OUTPUT/average.safetensors (the moving average of the weights, for use) and OUTPUT/state.pt (to go on from).
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from classes import CAMVID
from data import FEATURE_CHANNELS, Batch, Sampler, load_source
from enet import ENet
from evaluate import measure
from frames import read_folder, read_labels
from losses import class_weights, hint, loss

WARM_UP = 0.03
FINAL_RATE = 0.01
WEIGHT_DECAY = 2e-4
GRADIENT_LIMIT = 5.0
HINT_WEIGHT = 1.0
AVERAGE_DECAY = 0.99
CHECK_SECONDS = 300
CHECK_STRIDE = 3


def rate_at(progress: float) -> float:
    """The learning rate relative to its peak: a linear warm-up, then half a cosine; `progress` 0...1."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, FINAL_RATE)
    fall = (progress - WARM_UP) / (1 - WARM_UP)
    return FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(fall, 1)))


def parameter_groups(network: ENet, projection: nn.Module) -> list[dict]:
    """Convolutions decay; batch norm, slopes and the projection to the teacher's features do not."""
    parameters = list(network.parameters())
    return [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
            {"params": list(projection.parameters()), "weight_decay": 0.0}]


@torch.no_grad()
def follow(average: ENet, network: ENet, step: int) -> None:
    """Moves the averaged weights and batch norm statistics towards the network's; faster in the first steps."""
    share = 1 - min(AVERAGE_DECAY, (1 + step) / (10 + step))
    pairs = [(mean, value) for mean, value in zip(average.state_dict().values(), network.state_dict().values())
             if mean.is_floating_point()]
    torch._foreach_lerp_([mean for mean, _ in pairs], [value for _, value in pairs], share)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", nargs=3, action="append", required=True, metavar=("FRAMES", "LABELS", "SHARE"),
                        help="a folder or NAME of distill.py; a folder of labels or '-'; share of each batch")
    parser.add_argument("--check", nargs=2, type=Path, required=True, metavar=("FRAMES", "LABELS"),
                        help="folders of the validation frames")
    parser.add_argument("--minutes", type=float, required=True,
                        help="how long to train in all, earlier runs that --start goes on from counted in")
    parser.add_argument("--size", nargs=2, type=int, default=(288, 384), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="state.pt of an earlier run to go on from")
    parser.add_argument("--output", type=Path, required=True, help="folder for the results")
    return parser.parse_args()


def save(output: Path, network: ENet, average: ENet, projection: nn.Module, optimiser: torch.optim.Optimizer,
         **progress) -> None:
    """Writes both result files, each under a temporary name first, so that a reader never sees half a file."""
    weights, state = output / "average.safetensors", output / "state.pt"
    save_file({key: value.contiguous() for key, value in average.state_dict().items()}, f"{weights}.part")
    torch.save({"network": network.state_dict(), "average": average.state_dict(), "projection": projection.state_dict(),
                "optimiser": optimiser.state_dict(), **progress}, f"{state}.part")
    Path(f"{weights}.part").replace(weights)
    Path(f"{state}.part").replace(state)


def main() -> None:
    arguments = parse()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    arguments.output.mkdir(parents=True, exist_ok=True)
    sources = [load_source(Path(frames), None if labels == "-" else Path(labels), float(share))
               for frames, labels, share in arguments.source]
    sampler = Sampler(sources, tuple(arguments.size), arguments.batch, arguments.seed)
    check_images, check_labels = (read(folder)[::CHECK_STRIDE] for read, folder
                                  in zip((read_folder, read_labels), arguments.check))
    labelled = [torch.from_numpy(source.labels).flatten() for source in sources if source.labels is not None]
    weights = class_weights(labelled[0])

    network = ENet(len(CAMVID)).to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    projection = nn.Conv2d(FEATURE_CHANNELS, FEATURE_CHANNELS, 1)
    optimiser = torch.optim.AdamW(parameter_groups(network, projection), lr=arguments.rate, fused=True)
    step, earlier = 0, 0.0
    if arguments.start:
        state = torch.load(arguments.start, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        projection.load_state_dict(state["projection"])
        optimiser.load_state_dict(state["optimiser"])
        step, earlier = state["step"], state["elapsed"]

    @torch.compile
    def objective(batch: Batch, hint_weight: Tensor) -> Tensor:
        features, *others = network.features(batch.images)
        total = loss(network.decode(features, *others), batch.labels, batch.teacher, weights)
        return total + hint_weight * hint(projection(features), batch.features, batch.known)

    objective(sampler.draw(), torch.tensor(HINT_WEIGHT)).backward()
    start = last_check = time.monotonic()
    total, losses = arguments.minutes * 60, []
    while (elapsed := earlier + time.monotonic() - start) < total:
        rate = arguments.rate * rate_at(elapsed / total)
        for group in optimiser.param_groups:
            group["lr"] = rate
        value = objective(sampler.draw(), torch.tensor(HINT_WEIGHT * (1 - elapsed / total)))
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_LIMIT)
        optimiser.step()
        follow(average, network, step)
        losses.append(value.item())
        step += 1
        if time.monotonic() - last_check > CHECK_SECONDS:
            score = measure(average, check_images, check_labels)
            print(f"{elapsed / 60:.1f} min, step {step}, rate {rate:.2e}, loss {np.mean(losses):.4f}, "
                  f"{score.report()}", flush=True)
            save(arguments.output, network, average, projection, optimiser, step=step, elapsed=elapsed)
            losses, last_check = [], time.monotonic()
    save(arguments.output, network, average, projection, optimiser, step=step, elapsed=elapsed)
    print(f"finished after {step} steps", flush=True)


if __name__ == "__main__":
    main()
