"""Runs one engine at one precision in a process of its own, as often as each line of standard input says.

Its first line of output is a JSON object: what was checked, or why it cannot take part. After that each line it reads is a number of runs, and each line it
writes the milliseconds of each; one run before them is not counted.
"""

import argparse
import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .contestant import NO_PRECISION
from .network import Network, relative_errors
from .session import Session, Task

ENGINES = {"PyTorch": "torch_engine", "ONNX Runtime": "onnxruntime_engine", "OpenVINO": "openvino_engine"}
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
LARGEST_ERROR = 1e-3
"""Of f32 outputs: more than that is another network. A thousandth of the values may differ more: where two maxima of a pool are equal but for rounding, an
unpool puts its value elsewhere."""
LEAST_AGREEMENT = 0.999
"""Of labels from f32 scores: rounding decides where two classes are equal."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("precision")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--until", choices=("labels", "outputs"), default="labels")
    arguments = parser.parse_args()

    # Libraries write to standard output as they like: what they write goes elsewhere.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        session, facts = prepare(arguments)
    except Exception as error:  # noqa: BLE001: whatever stops an engine is a result
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(json.dumps({"failure": lines[-1][:200]}), file=answers)
        return
    print(json.dumps(facts), file=answers)
    gc.disable()
    for line in sys.stdin:
        session.run()
        print(" ".join(f"{milliseconds(session, CLOCKS[arguments.clock]):.4f}" for _ in range(int(line))), file=answers)


def prepare(arguments: argparse.Namespace) -> tuple[Session, dict]:
    """The fastest way this engine has, checked against this project's outputs."""
    engine = importlib.import_module(f".{ENGINES[arguments.engine]}", __package__)
    network = Network.load(arguments.folder)
    to_labels = network.labels is not None and arguments.until == "labels"
    task = Task(network, arguments.precision, arguments.threads, to_labels)
    is_exact = arguments.precision == "f32"
    facts: dict = {}
    # Of labels one can only count how many agree, so scores are compared too. Quantising twice would tell no more.
    if to_labels and arguments.precision != "int8":
        for make in list(engine.variants(replace(task, to_labels=False)).values())[:1]:
            facts |= errors_of(make(), network, is_exact)
    session, facts["variant"] = fastest(engine, task, arguments.clock)
    if not to_labels:
        return session, facts | errors_of(session, network, is_exact)
    facts["agreement"] = float((session.outputs()["labels"][0] == network.reference["labels"]).mean())
    if is_exact and facts["agreement"] < LEAST_AGREEMENT:
        raise ValueError(f"only {facts['agreement']:.3f} of its labels agree")
    return session, facts


def errors_of(session: Session, network: Network, is_exact: bool) -> dict[str, float]:
    """How far the outputs are from this project's; throws where they should be the same and are not."""
    session.run()
    largest, usual = relative_errors(session.outputs(), network.reference)
    if is_exact and not usual <= LARGEST_ERROR:
        raise ValueError(f"its outputs differ by {usual:.2g} of their range")
    return {"error": largest, "usual_error": usual}


def fastest(engine, task: Task, clock: str) -> tuple[Session, str]:
    """The variant with the least time of three runs, if there are several; those that fail are left out unless all do."""
    variants = engine.variants(task)
    best, failure = None, ValueError(NO_PRECISION)
    for name, make in variants.items():
        try:
            session = make()
            session.run()
            spent = min(milliseconds(session, CLOCKS[clock]) for _ in range(3)) if len(variants) > 1 else 0
        except Exception as error:  # noqa: BLE001: another variant may work
            failure = error
            continue
        if best is None or spent < best[0]:
            best = (spent, session, name)
    if best is None:
        raise failure
    return best[1], best[2]


def milliseconds(session: Session, clock: Callable[[], float]) -> float:
    start = clock()
    session.run()
    return 1000 * (clock() - start)


if __name__ == "__main__":
    main()
