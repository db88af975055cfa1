"""PyTorch on oneDNN, channels last: f32, bf16, and int8 by FX graph mode quantisation."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from .session import Session, Task, Variants
from .torch_model import TorchNetwork


def variants(task: Task) -> Variants:
    kinds: dict[str, Callable[[Task], Callable]] = {
        "f32": {"eager": _eager, "traced": _traced},
        "bf16": {"autocast": partial(_traced, autocast=True), "bf16 weights": partial(_traced, dtype=torch.bfloat16)},
        "int8": {"FX": _quantized},
    }.get(task.precision, {})
    return {name: partial(_session, task, kind) for name, kind in kinds.items()}


def _session(task: Task, make: Callable[[Task], Callable]) -> Session:
    torch.set_num_threads(task.threads)
    torch.backends.mkldnn.enabled = True
    with torch.inference_mode():
        call = make(task)
        results: list = []

        def run() -> None:
            with torch.inference_mode():
                results[:] = call()

        names = ["labels"] if task.to_labels else list(task.network.outputs)
        return Session(run, lambda: {name: value.float().numpy() for name, value in zip(names, results)})


def _picture(task: Task) -> torch.Tensor:
    return torch.from_numpy(task.network.picture).contiguous(memory_format=torch.channels_last)


def _module(task: Task) -> TorchNetwork:
    return TorchNetwork(task.network, task.to_labels).eval().to(memory_format=torch.channels_last)


def _eager(task: Task) -> Callable:
    return partial(_module(task), _picture(task))


def _traced(task: Task, autocast: bool = False, dtype: torch.dtype = torch.float32) -> Callable:
    module, picture = _module(task).to(dtype), _picture(task).to(dtype)
    # Weights are constants of the trace: a cache of their conversions would only get in its way.
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast, cache_enabled=False):
        trace = torch.jit.freeze(torch.jit.trace(module, picture, check_trace=False))
        if dtype == torch.float32 and not autocast:
            trace = torch.jit.optimize_for_inference(trace)
        for _ in range(2):
            trace(picture)
    return partial(trace, picture)


def _quantized(task: Task) -> Callable:
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    torch.backends.quantized.engine = "x86"
    picture = _picture(task)
    # The quantiser's observers take no pair of maxima and indices.
    settings = get_default_qconfig_mapping("x86").set_object_type(functional.max_pool2d_with_indices, None).set_object_type(functional.max_unpool2d, None)
    prepared = prepare_fx(_module(task), settings, (picture,))
    for calibration in task.network.calibration_pictures(task.calibration):
        prepared(torch.from_numpy(calibration).contiguous(memory_format=torch.channels_last))
    converted: nn.Module = convert_fx(prepared)
    trace = torch.jit.freeze(torch.jit.trace(converted, picture, check_trace=False))
    for _ in range(2):
        trace(picture)
    return partial(trace, picture)
