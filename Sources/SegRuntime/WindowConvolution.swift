import CSegKernels
import SegGraph
import SegTensor

/// A convolution of bytes with few input channels, whose whole windows lie together as one run of bytes (`CSegKernels/window_convolution.c`): three channels are
/// not filled up to four for each place of the window, and nothing is read but what counts. In registers of 32 bytes, vectors are of half as many outputs
/// (`window_narrow.c`).
struct WindowConvolution {
  private let convolution: Convolution
  let input, output: TypedShape
  private let activation: Activation?
  private let sums: ConvolutionSums

  /// Whether this processor has the kernel's instructions and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them: those of the narrow kernel, or
  /// registers of 32 bytes.
  static var isAvailable: Bool { ByteConvolution.isAvailable || NarrowRegisters.isAvailable }
  /// Whether it works in registers of 32 bytes.
  private static var isNarrow: Bool { NarrowRegisters.isAvailable }

  /// The rows' shares are made by it.
  static var kernel: SegRowKernel { isNarrow ? seg_narrow_windows : seg_window_convolution }

  /// Output channels of a vector.
  private static var lanes: Int { Int(isNarrow ? SEG_WINDOW_NARROW_OUTPUTS : SEG_WINDOW_OUTPUTS) }

  /// Nil for what the kernel has no code for: groups, enlarged inputs, maps that are no bytes, additions, columns of the window that are apart, windows of one row
  /// or of more than 64 bytes a column, and results that could exceed four bytes.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?) {
    (self.convolution, self.input, self.output) = (convolution, input, output)
    let shape = convolution.weight.shape
    guard added == nil, convolution.groups == 1, convolution.enlargement == nil, shape[3] == 1 || convolution.dilation.horizontal == 1,
      shape[2] > 1, shape[2] * shape[1] <= Int(SEG_WINDOW_COLUMN), input.format.precision == .int8, output.format.precision == .int8,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: nil, to: output.format)
    else { return nil }
    activation = operations.after
    let sums = ConvolutionSums(convolution, from: input.format, in: output.format.scale)
    self.sums = Self.isNarrow ? sums.inNarrowRegisters(from: input.format) : sums
    guard sums.areResultsBelowLimits(operations, adding: nil) else { return nil }
  }

  /// Whether the window has clearly fewer words so than where the input channels of each place fill words of their own, as they do in the library's kernel and in
  /// the narrow one; of the latter see also `ByteConvolution.cycles`. In registers of 32 bytes a tenth fewer do not outweigh joining rows, nor do a fifth fewer where
  /// vectors of outputs are not filled.
  func isFaster(than narrow: ByteConvolution?) -> Bool {
    let shape = convolution.weight.shape
    let apart = shape[1].dividedUp(by: Int(SEG_WINDOW_GROUP)) * shape[2] * shape[3]
    if Self.isNarrow { return 5 * words <= 4 * apart && output.shape.channels.isMultiple(of: Self.lanes) }
    return words < apart && (narrow.map { cycles < $0.cycles } ?? true)
  }

  /// Cycles that the whole map takes: for a vector of results its products, and what finishes them.
  var cycles: Double {
    let vectors = output.shape.channels.dividedUp(by: Self.lanes)
    let result = Double(words) / Double(seg_wide_products()) + (activation == nil ? 3 : 4)
    return Double(output.shape.area * vectors) * result + Double(output.shape.height * joinedBytes) / 16
  }

  /// Words of four bytes that a window has.
  private var words: Int {
    let shape = convolution.weight.shape
    return (shape[1] * shape[2] * shape[3]).dividedUp(by: Int(SEG_WINDOW_GROUP))
  }

  private var columnBytes: Int { convolution.weight.shape[2] * input.shape.channels }
  private var placeStep: Int { columnBytes * convolution.stride.horizontal }

  /// Bytes of joined rows: what the windows of a row read, and of as many places as are made at once.
  private var joinedBytes: Int {
    let places = max(output.shape.width, Int(SEG_WINDOW_VECTORS))
    let read = (places - 1) * placeStep + words * Int(SEG_WINDOW_GROUP)
    return max(read, convolution.padding.left * columnBytes)
  }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, threads: Int, _ constants: ConstantStore) -> SegWindowConvolution {
    var made = SegWindowConvolution()
    (made.input, made.output) = (source, target)
    made.kernel_rows = Int32(convolution.weight.shape[2])
    (made.dilation, made.stride) = (Int32(convolution.dilation.vertical), Int32(convolution.stride.vertical))
    (made.padding_top, made.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    (made.place_step, made.words, made.is_fused) = (Int32(placeStep), Int32(words), NarrowRegisters.fused)
    let channels = output.shape.channels
    let filled = channels.dividedUp(by: Self.lanes) * Self.lanes
    guard case .bytes(let weights) = sums.weights else { preconditionFailure("inputs are bytes") }
    made.weights = packed(weights, constants)
    made.starts = constants.copy(sums.beginnings(from: input.format), filledUpTo: filled, with: 0)
    made.factors = constants.copy(sums.scales, filledUpTo: filled, with: 0)
    made.biases = constants.copy(sums.bias, filledUpTo: filled, with: 0)
    made.activation = constants.activation(activation, filledUpTo: filled, in: output.format.scale)
    made.row_bytes = (joinedBytes.dividedUp(by: 64) + 1) * 64
    made.row_count = Int32(output.shape.height)
    made.shares = Int32(min(threads, output.shape.height))
    return made
  }

  /// Weights in the order of the kernel.
  private func packed(_ weights: [Int8], _ constants: ConstantStore) -> UnsafePointer<Int8> {
    let (shape, lanes) = (convolution.weight.shape, Self.lanes)
    let (outputs, inputs, rows, columns) = (shape[0], shape[1], shape[2], shape[3])
    let vectors = outputs.dividedUp(by: lanes)
    let packed = constants.allocate(vectors * lanes * words * Int(SEG_WINDOW_GROUP), of: Int8.self)
    var first = 0
    while first < vectors {
      let beside = Int(seg_window_beside(Int32(vectors - first)))
      let block = packed + first * lanes * words * Int(SEG_WINDOW_GROUP)
      for output in first * lanes..<min((first + beside) * lanes, outputs) {
        for column in 0..<columns {
          for row in 0..<rows {
            for inner in 0..<inputs {
              let (word, byte) = ((column * rows + row) * inputs + inner).quotientAndRemainder(dividingBy: Int(SEG_WINDOW_GROUP))
              block[(word * beside * lanes + output - first * lanes) * Int(SEG_WINDOW_GROUP) + byte] =
                weights[((output * inputs + inner) * rows + row) * columns + column]
            }
          }
        }
      }
      first += beside
    }
    return UnsafePointer(packed)
  }
}
