import COneDNN
import CSegKernels
import SegGraph
import SegTensor

/// A convolution of bytes or bfloat16 in tile registers (AMX), sixteen places and output channels at once (`CSegKernels/matrix_convolution.c`).
///
/// Sums are exact for bytes, and of single precision for bfloat16.
struct MatrixConvolution {
  let convolution: Convolution
  let input: TypedShape
  let output: TypedShape
  private let operations: StraightOperations
  private let steps: MatrixSteps
  private let cost: MatrixCost
  /// The scale of what is added.
  private let addedScale: Float?
  /// A curved activation of results that are floats, which is left to a step behind.
  let curved: Activation?

  /// Whether this processor has the instructions, the system lets the process use them, and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them.
  static let isAvailable = seg_processor().has_matrix_products != 0 && seg_matrix_convolution_is_available() != 0

  /// Nil for what the kernel has no code for: groups, enlarged inputs, inputs of floats, and what `StraightOperations` has none for.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?) {
    var straight = convolution.postOperations
    if output.format == .float32, case .activation(let last)? = straight.last, !last.isStraight {
      curved = last
      straight.removeLast()
    } else {
      curved = nil
    }
    guard convolution.groups == 1, convolution.enlargement == nil,
      let operations = StraightOperations(straight, from: input.format, adding: added, to: output.format)
    else { return nil }
    (self.convolution, self.input, self.output, self.operations, addedScale) = (convolution, input, output, operations, added?.scale)
    steps = MatrixSteps(convolution, pixelBytes: input.shape.channels * input.format.byteCount)
    cost = MatrixCost(convolution, steps: steps.all.count, from: input, to: output)
  }

  /// What profiles call it.
  var kind: String { "matrix \(input.format.precision == .int8 ? "int8" : "bf16")" }

  /// Whether windows are points, which are read where they lie, and nothing is added or left to a step behind.
  var isOfPoints: Bool { Array(convolution.weight.shape[2...]) == [1, 1] && convolution.padding == Padding(0) && addedScale == nil && curved == nil }

  /// Whether it is faster than the inference library, and than the kernels of our own that are and take so many cycles.
  func isFaster(than others: [Double?]) -> Bool { !cost.isLibraryFaster && others.allSatisfy { $0.map { cost.cycles < $0 } ?? true } }

  /// Whether the kernel can write the results as halves instead of floats.
  var canWriteHalves: Bool {
    input.format.precision == .int8 && output.format == .float32 && output.shape.channels.isMultiple(of: 2 * Int(SEG_MATRIX_OUTPUTS))
      && convolution.postOperations.isEmpty
  }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set. Floats are written in `numbers`.
  func arguments(
    from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, numbers: ProductNumbers = .floats, threads: Int,
    _ constants: ConstantStore
  ) -> SegMatrixConvolution {
    let unit = output.format == .float32 ? numbers.unit : output.format.scale
    let sums = ConvolutionSums(convolution, from: input.format, in: unit)
    var made = SegMatrixConvolution()
    (made.input, made.output) = (source, target)
    if let addition { made.added = addition }
    made.writes_halves = numbers == .floats ? 0 : 1
    let isPaired = isBelowLimits(sums)
    made.is_paired = isPaired ? 1 : 0
    let places = (0..<Int32(output.shape.channels)).map { Int(seg_matrix_place($0, Int32(output.shape.channels), made.is_paired)) }
    made.weights = packed(sums.weights, places, constants)
    made.steps = Int32(steps.all.count)
    let filled = output.shape.channels.dividedUp(by: Int(SEG_MATRIX_OUTPUTS)) * Int(SEG_MATRIX_OUTPUTS)
    func ordered(_ values: [Float]) -> [Float] {
      var made = [Float](repeating: 0, count: filled)
      for (value, place) in zip(values, places) { made[place] = value }
      return made
    }
    func ordered(_ activation: Activation?) -> SegActivation {
      let own: Activation? = if case .prelu(let slopes)? = activation { .prelu(slopes: ordered(slopes)) } else { activation }
      return constants.activation(own, channels: filled, in: unit)
    }
    made.factors = constants.copy(ordered(sums.scales.isEmpty ? [Float](repeating: 1, count: output.shape.channels) : sums.scales))
    made.biases = constants.copy(ordered(sums.bias))
    (made.before, made.after) = (ordered(operations.before), ordered(operations.after))
    made.row_count = Int32(output.shape.height)
    made.shares = Int32(min(threads, output.shape.height))
    let bands = MatrixBands(convolution, steps, from: input, to: output, addsMap: addition != nil, gap: Int(source.pixel_stride), shares: Int(made.shares))
    bands.store(in: &made, constants)
    made.share_bytes = seg_matrix_share_bytes(&made)
    return made
  }

  /// Whether results are bytes, and what they are before they are cut off is far from the limits of whole numbers of four bytes, whatever the input.
  private func isBelowLimits(_ sums: ConvolutionSums) -> Bool {
    guard input.format.precision == .int8, output.format.precision == .int8 else { return false }
    return sums.areResultsBelowLimits(operations, adding: addedScale.map { $0 / output.format.scale })
  }

  /// Weights in the order of the kernel; `places` are those of the output channels.
  private func packed(_ weights: ConvolutionSums.Weights, _ places: [Int], _ constants: ConstantStore) -> UnsafePointer<UInt8> {
    let (count, outputs) = (Int32(steps.all.count), Int32(output.shape.channels))
    let bytes = seg_matrix_weight_bytes(count, outputs)
    let packed = constants.allocate(bytes, of: UInt8.self)
    var run = [UInt8](repeating: 0, count: Int(SEG_MATRIX_BYTES))
    for (index, step) in steps.all.enumerated() {
      for place in run.indices { run[place] = 0 }
      let taps = steps.taps(of: step, elementBytes: input.format.byteCount)
      for channel in 0..<outputs {
        let first = Int(channel) * steps.weightCount
        switch weights {
        case .bytes(let values):
          for (place, tap) in taps { run[place] = UInt8(bitPattern: values[first + tap]) }
        case .floats(let values):
          for (place, tap) in taps {
            let half = UInt16(nearestBFloat16: values[first + tap])
            (run[place], run[place + 1]) = (UInt8(truncatingIfNeeded: half), UInt8(half >> 8))
          }
        }
        seg_matrix_pack(run, Int32(index), count, Int32(places[Int(channel)]), outputs, packed)
      }
    }
    return UnsafePointer(packed)
  }
}

extension UInt16 {
  /// The upper half of the float that is nearest among those whose lower half is zero; ties to even.
  fileprivate init(nearestBFloat16 value: Float) {
    let bits = value.bitPattern
    self = value.isNaN ? 0x7FC0 : UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
