import COneDNN
import CSegKernels
import SegGraph

/// Kernels of our own for bytes in registers of 32 bytes (`CSegKernels/narrow_target.h`), for processors that do not have what the other kernels need.
enum NarrowRegisters {
  /// Whether this processor has their instructions and not those of the others, and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them. Where products
  /// are not fused they sum up two of them in 16 bits, which those of larger weights (`Processor.largestWeight`) would exceed.
  static let isAvailable =
    seg_has_narrow_products() != 0 && seg_processor().has_narrow_registers != 0 && !ByteConvolution.isAvailable
    && (areFused || !Processor.current.hasByteProducts)

  /// Whether products are summed up by the instruction that multiplies (AVX-VNNI).
  static let areFused = seg_has_fused_products() != 0 && Processor.current.hasByteProducts

  /// The same for C.
  static var fused: Int32 { areFused ? 1 : 0 }
}

extension ConvolutionSums {
  /// The same for kernels that sum up two products in 16 bits: the weights for signed bytes, which are twice as large for the library, are halved.
  func inNarrowRegisters(from format: ElementFormat) -> ConvolutionSums {
    guard case .bytes(let weights) = weights, case .signed8 = format, !Processor.current.hasByteProducts else { return self }
    var made = self
    (made.weights, made.scales) = (.bytes(weights.map { $0 / 2 }), scales.map { 2 * $0 })
    return made
  }
}
