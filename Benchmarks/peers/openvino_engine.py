"""OpenVINO: f32, bf16, and int8 by NNCF's post-training quantisation."""

import logging
from functools import partial

import openvino

from .onnx_model import onnx_model, unpoolings
from .session import Session, Task, Variants

HINTS = {"f32": ["f32"], "bf16": ["bf16"], "int8": ["f32", "bf16"]}
"""Precisions of what is not quantised."""

UNPOOLING = ["Slice", "Maximum", "Equal", "Select", "LogicalOr", "DepthToSpace"]
"""Operations of an unpooling by blocks, which compare numbers: rounding some of them would make it another network."""


def variants(task: Task) -> Variants:
    models: dict[str, openvino.Model] = {}
    return {
        " ".join(filter(None, [unpooling, f"the rest {hint}" if task.precision == "int8" else ""])): partial(_session, task, unpooling, hint, models)
        for unpooling in unpoolings(task.network)
        for hint in HINTS.get(task.precision, [])
    }


def _session(task: Task, unpooling: str, hint: str, models: dict[str, openvino.Model]) -> Session:
    core = openvino.Core()
    if unpooling not in models:
        model = core.read_model(onnx_model(task.network, task.to_labels, unpooling).SerializeToString())
        models[unpooling] = _quantized(model, task) if task.precision == "int8" else model
    settings = {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": task.threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": hint,
    }
    compiled = core.compile_model(models[unpooling], "CPU", settings)
    request = compiled.create_infer_request()
    picture = task.network.picture
    request.set_input_tensor(openvino.Tensor(picture, shared_memory=True))
    return Session(request.infer, lambda: {port.any_name: request.get_tensor(port).data for port in compiled.outputs}, memory=picture)


def _quantized(model: openvino.Model, task: Task) -> openvino.Model:
    import nncf

    logging.getLogger("nncf").setLevel(logging.ERROR)
    pictures = task.network.calibration_pictures(task.calibration)
    ignored = nncf.IgnoredScope(types=UNPOOLING, validate=False)
    # Activations that are not ReLU have values on both sides of zero.
    return nncf.quantize(model, nncf.Dataset(pictures), preset=nncf.QuantizationPreset.MIXED, subset_size=len(pictures), ignored_scope=ignored)
