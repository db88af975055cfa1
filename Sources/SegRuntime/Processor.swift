import COneDNN
import CSegKernels
public import SegGraph

/// What this machine's processor is fast at, as far as the inference library is allowed to use it (ONEDNN_MAX_CPU_ISA, DNNL_MAX_CPU_ISA).
public struct Processor: Sendable {
  /// Whether sums of products of bytes are one instruction (VNNI).
  public let hasByteProducts: Bool
  /// Whether bytes are faster than floats: where they have products of their own, and where our kernels for AVX2 run.
  public let hasFastBytes: Bool
  /// Whether products of bfloat16 are instructions.
  public let hasBFloat16: Bool

  /// Makes a description.
  public init(hasByteProducts: Bool, hasBFloat16: Bool, hasFastBytes: Bool? = nil) {
    (self.hasByteProducts, self.hasBFloat16, self.hasFastBytes) = (hasByteProducts, hasBFloat16, hasFastBytes ?? hasByteProducts)
  }

  /// The processor that this runs on.
  public static let current: Processor = {
    let found = seg_processor()
    let hasByteProducts = found.has_byte_products != 0
    return Processor(
      hasByteProducts: hasByteProducts, hasBFloat16: found.has_bfloat16 != 0,
      hasFastBytes: hasByteProducts || (seg_has_narrow_products() != 0 && found.has_narrow_registers != 0))
  }()

  /// The fastest arithmetic there is, for networks whose ranges are known and others.
  public func fastest(isCalibrated: Bool) -> Precision { isCalibrated && hasFastBytes ? .int8 : fastestFloat }

  /// The fastest arithmetic that needs no ranges.
  public var fastestFloat: Precision { hasBFloat16 ? .bfloat16 : .float32 }

  /// A plan as this processor can run it: single precision where it does not multiply bfloat16.
  func adapted(_ plan: PrecisionPlan) -> PrecisionPlan {
    if hasBFloat16 { return plan }
    func available(_ precision: Precision) -> Precision { precision == .bfloat16 ? .float32 : precision }
    return PrecisionPlan(available(plan.precision), fallback: .float32, ranges: plan.ranges, kept: plan.kept.mapValues(available))
  }

  /// The largest byte that weights may be: without VNNI two products of bytes are summed in 16 bits, which must not overflow.
  var largestWeight: Float { hasByteProducts ? 127 : 63 }
}
