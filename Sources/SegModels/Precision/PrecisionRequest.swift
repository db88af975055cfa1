public import SegGraph
internal import SegRuntime

/// The arithmetic that somebody asked for.
public enum PrecisionRequest: String, Hashable, Sendable, CaseIterable {
  /// The fastest that the processor and the model allow.
  case auto
  case float32 = "f32"
  case bfloat16 = "bf16"
  case int8
}

extension LoadedModel {
  /// The arithmetic that most of the network runs in: "f32", "bf16" or "int8".
  public var precisionName: String { precisionPlan.precision.rawValue }

  /// The arithmetic of each of the network's nodes on this machine: what was asked for, or the fastest that processor and model allow. Nodes that a
  /// calibration keeps in a higher precision stay in it; what cannot run in int8 runs in the fastest floating point.
  public var precisionPlan: PrecisionPlan { precisionPlan(on: .current) }

  /// The same for any processor. What a calibration keeps in bfloat16 runs in single precision where the processor has no bfloat16.
  func precisionPlan(on processor: Processor) -> PrecisionPlan {
    let precision: Precision =
      switch precision {
      case .auto: processor.fastest(isCalibrated: calibration != nil)
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8
      }
    let fallback = precision == .float32 ? precision : processor.fastestFloat
    return PrecisionPlan(
      precision, fallback: fallback, ranges: calibration?.ranges ?? [:],
      kept: precision == .int8 ? calibration?.kept.mapValues { max($0, fallback) } ?? [:] : [:])
  }
}
