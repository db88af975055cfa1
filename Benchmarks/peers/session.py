"""What every engine gives the worker that runs it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .network import Network


@dataclass(frozen=True)
class Session:
    """A network made ready by an engine, with the fixed input in place."""

    run: Callable[[], None]
    """Runs the network once: this is what is timed."""
    outputs: Callable[[], dict[str, np.ndarray]]
    """What the last run gave, by name."""
    memory: object = None
    """What the engine reads without keeping it alive."""


@dataclass(frozen=True)
class Task:
    """What an engine is to run, and how."""

    network: Network
    precision: str
    threads: int
    to_labels: bool
    """Whether the result is a label for each pixel; else it is the network's outputs."""
    calibration: int = 4
    """Pictures for the quantisers."""


Variants = dict[str, Callable[[], Session]]
"""The ways an engine can run a task, by what sets them apart; the fastest takes part. Empty where the engine lacks the precision."""
