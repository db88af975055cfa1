import COneDNN
import CSegKernels
import SegGraph
import SegTensor

/// Which maps of a convolution of bytes lie as planes of four channels instead of channels-last.
struct PlaneMaps: Equatable {
  var input = false, added = false, output = false
}

/// A convolution of bytes in the form of the kernel that works on sixteen pixels at once (`CSegKernels/byte_convolution.c`): no output channel is padded, and
/// input channels are filled up to a multiple of four only.
struct ByteConvolution {
  let convolution: Convolution
  let input: TypedShape
  let output: TypedShape
  /// The format of what is added to the sums; nil where nothing is.
  let added: ElementFormat?
  /// Which maps lie as planes.
  var planeMaps = PlaneMaps()
  private let operations: StraightOperations
  /// Output channels are so many equal runs, which are summed up apart: those of the places of a block.
  let places: Int
  /// Products of 512 bits that the processor starts in a cycle.
  var productsPerCycle = Double(seg_wide_products())

  /// Whether this processor has the kernel's instructions and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them.
  static let isAvailable = seg_processor().has_wide_byte_products != 0 && seg_byte_convolution_is_available() != 0

  /// Nil for what the kernel has no code for: groups, enlarged inputs, inputs that are no bytes, kernels of more than sixteen rows, and what `StraightOperations`
  /// has none for.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?, places: Int = 1) {
    precondition(output.shape.channels % places == 0 && (places == 1 || output.format == .float32), "equal runs of floats")
    (self.convolution, self.input, self.output, self.added, self.places) = (convolution, input, output, added, places)
    guard convolution.groups == 1, convolution.enlargement == nil, convolution.weight.shape[2] <= 16, input.format.precision == .int8,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: added, to: output.format)
    else { return nil }
    self.operations = operations
  }

  /// The kernel's arguments but for `scratch` and `strips`, with weights and vectors in `constants`.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, _ constants: ConstantStore) -> SegByteConvolution {
    precondition(target.pixel_stride == target.channels, "pixels of the output have no gaps")
    let unit = output.format.scale
    let sums = ConvolutionSums(convolution, from: input.format, in: unit)
    var made = SegByteConvolution()
    (made.input, made.output) = (source, target)
    if let addition { made.added = addition }
    (made.input_is_planes, made.output_is_planes) = (planeMaps.input ? 1 : 0, planeMaps.output ? 1 : 0)
    made.added_is_planes = planeMaps.added ? 1 : 0
    made.output_planes = output.shape.bytePlanes
    (made.kernel_rows, made.stride, made.dilation) = (Int32(kernel.rows), Int32(convolution.stride.vertical), Int32(convolution.dilation.vertical))
    (made.padding_top, made.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    (made.phases, made.planes, made.taps) = (Int32(phases), Int32(planes), Int32(wholePlanes * kernel.columns))
    made.pair_taps = isPaired ? Int32(kernel.columns) : 0
    (made.vectors, made.has_margins, made.is_point) = (Int32(vectors), hasMargins ? 1 : 0, isPoint ? 1 : 0)
    made.row_count = Int32(output.shape.height)
    let packed = PackedByteWeights(sums, of: self)
    place(in: &made, chosen: packed.chosen.count)
    made.offsets = constants.copy(offsets(made))
    packed.store(in: &made, constants)
    (made.factors, made.biases) = (constants.copy(sums.scales), constants.copy(sums.bias))
    made.before = constants.activation(operations.before, channels: output.shape.channels, in: unit)
    made.after = constants.activation(operations.after, channels: output.shape.channels, in: unit)
    return made
  }

  var kernel: (rows: Int, columns: Int) { (convolution.weight.shape[2], convolution.weight.shape[3]) }
  private var phases: Int { convolution.stride.horizontal }
  private var planes: Int { input.shape.channels.dividedUp(by: Int(SEG_BYTE_GROUP)) }
  /// Planes whose rows are not paired.
  var wholePlanes: Int { isPaired ? planes - 1 : planes }

  /// Whether the channels of the last plane, two at most, are joined with those of the kernel's next row: pays where each place is used several times.
  var isPaired: Bool {
    kernel.rows >= 2 && 1...2 ~= input.shape.channels % Int(SEG_BYTE_GROUP) && output.shape.channels >= Int(SEG_BYTE_GROUP)
  }

  /// Words of four weights that an output channel has: rows of the kernel, in each the planes, in each the columns; then pairs of rows, in each the columns.
  var tapCount: Int { kernel.columns * (kernel.rows * wholePlanes + pairs) }

  var pairs: Int { isPaired ? kernel.rows.dividedUp(by: 2) : 0 }

  private var vectors: Int { output.shape.channels <= Int(SEG_BYTE_FEW) ? 4 : 2 }

  private var isPoint: Bool { kernel == (1, 1) && !hasMargins && !planeMaps.input }

  /// Whether the kernel can read the input as planes: what it reads beside the columns is within the zeros around them, and it takes every column.
  var canReadPlanes: Bool {
    let (reach, most) = ((kernel.columns - 1) * convolution.dilation.horizontal, Int(SEG_BYTE_VECTOR))
    return phases == 1 && reach <= most && convolution.padding.left <= reach && output.shape.width <= input.shape.width
  }

  /// Whether windows reach over an edge of the input.
  private var hasMargins: Bool {
    let padding = convolution.padding
    let bottom = (output.shape.height - 1) * convolution.stride.vertical - padding.top + (kernel.rows - 1) * convolution.dilation.vertical
    let right = (output.shape.width - 1) * phases - padding.left + (kernel.columns - 1) * convolution.dilation.horizontal
    return padding.top > 0 || padding.left > 0 || bottom >= input.shape.height || right >= input.shape.width
  }

  /// Sets how rearranged rows lie and what lies where in a strip's scratch, where blocks choose so many taps.
  private func place(in made: inout SegByteConvolution, chosen: Int) {
    let line = 64
    let span = Int(SEG_BYTE_VECTOR) * vectors
    let wide = output.shape.width.dividedUp(by: span) * span
    let reach = (kernel.columns - 1) * convolution.dilation.horizontal / phases
    let places = isPoint ? span : max(wide + reach, (input.shape.width - 1 + convolution.padding.left) / phases + 1)
    let phaseLines = (places * Int(SEG_BYTE_GROUP)).dividedUp(by: line)
    // An odd number of cache lines, so that the same place of many planes does not fall into few sets of the cache.
    let rearranged = isPoint ? phaseLines * line : (phases * phaseLines | 1) * line
    let planeBytes = planeMaps.input ? input.shape.bytePlanes.plane_bytes : rearranged
    let rowBytes = planes * planeBytes
    let ring = planeMaps.input ? 0 : (kernel.rows - 1) * convolution.dilation.vertical + 1
    (made.phase_bytes, made.plane_bytes, made.row_bytes, made.ring) = (phaseLines * line, planeBytes, rowBytes, Int32(ring))
    // Results are turned round in chunks of sixteen channels.
    let blockBytes = output.shape.channels.dividedUp(by: 16) * 16 * (isPoint ? span : wide)
    made.empty_row = ring * rowBytes
    made.pair_place = made.empty_row + rowBytes
    // What is read as planes begins within its zeros.
    made.pair_bytes = isPaired ? planeBytes + (planeMaps.input ? line : 0) : 0
    made.added_place = made.pair_place + kernel.rows / 2 * made.pair_bytes
    made.line_place = made.added_place + (added == nil ? 0 : blockBytes)
    made.labels_place = made.line_place + ((wide * output.shape.channels * output.format.byteCount).dividedUp(by: line) + 1) * line
    made.label_bytes = (wide.dividedUp(by: line) + 1) * line
    made.results_place = made.labels_place + (output.format == .float32 ? self.places * made.label_bytes : 0)
    made.sums_place = made.results_place + blockBytes
    made.taps_place = made.sums_place + Int(SEG_BYTE_BLOCK) * span * MemoryLayout<Int32>.stride
    let taps = tapCount + chosen
    made.strip_bytes = made.taps_place + (taps * MemoryLayout<UnsafeRawPointer>.stride).dividedUp(by: line) * line
  }

  /// For each tap, where it is from an output pixel's place on: planes, in each the columns of the kernel.
  private func offsets(_ made: SegByteConvolution) -> [Int32] {
    (0..<planes).flatMap { plane in
      (0..<kernel.columns).map { column in
        let (step, phase) = (column * convolution.dilation.horizontal).quotientAndRemainder(dividingBy: phases)
        return Int32(plane * made.plane_bytes + phase * made.phase_bytes + step * Int(SEG_BYTE_GROUP))
      }
    }
  }
}

extension FeatureShape {
  /// How a map of bytes lies as planes.
  var bytePlanes: SegBytePlanes { seg_byte_planes(Int32(height), Int32(width), Int32(channels)) }
}

extension Int {
  /// The quotient, rounded up.
  func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
