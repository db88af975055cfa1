"""Averages the weights of runs that parted from one state: their mean is often better than each.

usage: combine.py A.safetensors B.safetensors ... --output MEAN.safetensors
"""
import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def mean(files: list[Path]) -> dict[str, torch.Tensor]:
    """The mean of every float tensor over the files; others, such as counters, are taken from the first. All files have the same keys and shapes."""
    states = [load_file(file) for file in files]
    if any(state.keys() != states[0].keys() for state in states):
        raise SystemExit("the files hold different tensors")
    return {
        key: torch.stack([state[key] for state in states]).mean(0) if value.is_floating_point() else value
        for key, value in states[0].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    save_file(mean(arguments.weights), arguments.output)


if __name__ == "__main__":
    main()
