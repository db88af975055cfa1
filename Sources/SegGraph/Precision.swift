/// The arithmetic that convolutions are done in, the coarsest first.
public enum Precision: String, Hashable, Sendable, CaseIterable, Comparable {
  /// Bytes with a scale for each map and each output channel's weights, summed in 32 bits.
  case int8
  /// 16-bit floating point with the range of single precision, summed in single precision.
  case bfloat16 = "bf16"
  /// Single precision.
  case float32 = "f32"

  /// Coarser is less.
  public static func < (left: Precision, right: Precision) -> Bool { left.rank < right.rank }

  private var rank: Int { Precision.allCases.firstIndex(of: self) ?? 0 }
}
