"""ONNX Runtime: f32, and int8 by its own static quantiser."""

import logging
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from .onnx_model import onnx_model, unpoolings
from .session import Session, Task, Variants

UNPOOLING = {"Slice", "Max", "Equal", "Where", "Or", "DepthToSpace"}
"""Operations of an unpooling by blocks, which compare numbers: rounding some of them would make it another network."""


def variants(task: Task) -> Variants:
    if task.precision not in ("f32", "int8"):
        return {}
    return {unpooling: partial(_session, task, unpooling) for unpooling in unpoolings(task.network)}


def _session(task: Task, unpooling: str) -> Session:
    model = onnx_model(task.network, task.to_labels, unpooling)
    content = _quantized(model, task) if task.precision == "int8" else model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = task.threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    # Results stay in the engine's memory: nothing is copied while the clock runs.
    binding = session.io_binding()
    picture = task.network.picture
    binding.bind_ortvalue_input(session.get_inputs()[0].name, onnxruntime.OrtValue.ortvalue_from_numpy(picture))
    names = [output.name for output in session.get_outputs()]
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    for output in session.get_outputs():
        binding.bind_ortvalue_output(output.name, onnxruntime.OrtValue.ortvalue_from_shape_and_type(output.shape, types[output.type], "cpu"))
    return Session(lambda: session.run_with_iobinding(binding), lambda: dict(zip(names, binding.copy_outputs_to_cpu())), memory=picture)


def _quantized(model: onnx.ModelProto, task: Task) -> bytes:
    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        raw, prepared, quantized = (Path(folder) / name for name in ("raw.onnx", "prepared.onnx", "quantized.onnx"))
        onnx.save(model, raw)
        quant_pre_process(raw, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, quantized, _Pictures(task, model.graph.input[0].name), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8, nodes_to_exclude=[node.name for node in onnx.load(prepared).graph.node if node.op_type in UNPOOLING])
        return quantized.read_bytes()


class _Pictures(CalibrationDataReader):
    def __init__(self, task: Task, name: str):
        self.feeds = iter([{name: picture} for picture in task.network.calibration_pictures(task.calibration)])

    def get_next(self):
        return next(self.feeds, None)
