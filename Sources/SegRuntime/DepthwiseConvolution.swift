import CSegKernels
import SegGraph
import SegTensor

/// A depthwise convolution of bytes or bfloat16 by nine weights a channel, 64 bytes of channels at once (`CSegKernels/depthwise_convolution.c`, `half_depthwise.c`),
/// or in registers of 32 bytes as many (`depthwise_narrow.c`).
///
/// Of bytes, the three rows of a column lie beside each other in words of four, so that a product sums up a column of the window; of either, columns serve
/// neighbouring windows.
struct DepthwiseConvolution {
  private let convolution: Convolution
  let input, output: TypedShape
  private let activation: Activation?
  private let sums: ConvolutionSums

  /// Whether this processor has the instructions for a precision and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them: bfloat16 has those of
  /// Winograd's tiles.
  static func isAvailable(_ precision: Precision) -> Bool {
    precision == .int8 ? ByteConvolution.isAvailable || NarrowRegisters.isAvailable : WordWinogradConvolution.isAvailable(precision)
  }

  /// Nil for what the kernels have no code for: anything but as many groups as input and output channels, windows that are not of 3x3, maps of floats or of two
  /// kinds, additions, and results of bytes that could exceed four bytes before.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?) {
    (self.convolution, self.input, self.output) = (convolution, input, output)
    let side = Int(SEG_DEPTHWISE_SIDE)
    guard added == nil, convolution.weight.shape == [convolution.groups, 1, side, side], input.shape.channels == convolution.groups,
      convolution.enlargement == nil, output.format.precision == input.format.precision,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: nil, to: output.format)
    else { return nil }
    activation = operations.after
    let sums = ConvolutionSums(convolution, from: input.format, in: output.format.scale)
    self.sums = Self.isNarrow ? sums.inNarrowRegisters(from: input.format) : sums
    guard !isOfBytes || sums.areResultsBelowLimits(operations, adding: nil) else { return nil }
  }

  private var isOfBytes: Bool { input.format.precision == .int8 }
  /// Whether bytes are worked on in registers of 32 bytes.
  private static var isNarrow: Bool { NarrowRegisters.isAvailable }

  /// Rows between two taps.
  var dilation: Int { convolution.dilation.vertical }

  /// What profiles call it.
  var kind: String { isOfBytes ? "depthwise int8" : "depthwise bf16" }
  /// Makes rows of the output.
  var kernel: SegRowKernel {
    guard isOfBytes else { return seg_half_depthwise }
    return Self.isNarrow ? seg_narrow_depthwise : seg_depthwise_convolution
  }
  /// Which channel of a vector a number in the kernel's order is of.
  private func channel(ofNumber number: Int32) -> Int32 {
    guard isOfBytes else { return seg_half_depthwise_channel(number) }
    return Self.isNarrow ? seg_narrow_depthwise_channel(number) : seg_depthwise_channel(number)
  }

  /// Whether it is clearly faster than the inference library: of bytes, its vectors are of sixteen channels, and take about as long as two fifths of one of ours; in
  /// registers of 32 bytes they are of eight, and two take about as long as one of ours.
  var isFaster: Bool {
    guard isOfBytes else { return true }
    let channels = input.shape.channels
    if Self.isNarrow { return 2 * channels.dividedUp(by: 8) > (isLastHalf ? 4 * firsts.count - 2 : 4 * firsts.count) }
    return 2 * channels.dividedUp(by: 16) > (isLastHalf ? 5 * firsts.count - 2 : 5 * firsts.count)
  }

  /// Channels of a vector.
  private var width: Int {
    guard isOfBytes else { return Int(SEG_DEPTHWISE_HALF_CHANNELS) }
    return Int(Self.isNarrow ? SEG_DEPTHWISE_NARROW_CHANNELS : SEG_DEPTHWISE_CHANNELS)
  }

  /// Whether the channels that fill no whole vector of bytes are so few that the last vector is of half as many, at two places.
  private var isLastHalf: Bool { isOfBytes && 1...width / 2 ~= input.shape.channels % width }

  /// The first channel of each vector: the last ends with the channels, if there are enough.
  private var firsts: [Int] {
    let (channels, last) = (input.shape.channels, isLastHalf ? width / 2 : width)
    return stride(from: 0, to: channels, by: width).map { $0 + width <= channels ? $0 : max(0, channels - last) }
  }

  /// What the kernel works with, with constants in `constants`.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, _ constants: ConstantStore) -> SegDepthwiseConvolution {
    var made = SegDepthwiseConvolution()
    (made.input, made.output) = (source, target)
    (made.stride_vertical, made.stride_horizontal) = (Int32(convolution.stride.vertical), Int32(convolution.stride.horizontal))
    (made.dilation_vertical, made.dilation_horizontal) = (Int32(convolution.dilation.vertical), Int32(convolution.dilation.horizontal))
    (made.padding_top, made.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    let firsts = firsts
    let channels = firsts.enumerated().flatMap { index, first in
      let own = isLastHalf && index == firsts.count - 1 ? width / 2 : width
      return (0..<width).map { first + Int(channel(ofNumber: Int32($0))) % own }
    }
    (made.firsts, made.vectors, made.is_last_half) = (constants.copy(firsts), Int32(firsts.count), isLastHalf ? 1 : 0)
    made.is_fused = NarrowRegisters.fused
    func ordered<Element>(_ values: [Element], _ zero: Element) -> [Element] { channels.map { $0 < values.count ? values[$0] : zero } }
    switch sums.weights {
    case .bytes(let weights):
      made.weights = UnsafeRawPointer(packed(weights, channels, constants))
      made.starts = constants.copy(ordered(sums.beginnings(from: input.format), 0))
    case .floats(let weights): made.weights = UnsafeRawPointer(packed(weights, channels, constants))
    }
    (made.factors, made.biases) = (constants.copy(ordered(sums.scales, 0)), constants.copy(ordered(sums.bias, 0)))
    let own: Activation? = if case .prelu(let slopes)? = activation { .prelu(slopes: ordered(slopes, 0)) } else { activation }
    made.activation = constants.activation(own, channels: channels.count, in: output.format.scale)
    return made
  }

  private var side: Int { Int(SEG_DEPTHWISE_SIDE) }

  /// Weights of bytes in the order of the kernel, for numbers that are of those channels, or of none.
  private func packed(_ weights: [Int8], _ channels: [Int], _ constants: ConstantStore) -> UnsafePointer<Int8> {
    let word = Int(SEG_DEPTHWISE_WORD)
    return packed(weights, channels, constants, perNumber: side * word) { column, row, number in (column * width + number) * word + row }
  }

  /// Those of bfloat16, as floats.
  private func packed(_ weights: [Float], _ channels: [Int], _ constants: ConstantStore) -> UnsafePointer<Float> {
    packed(weights.map { ElementFormat.bfloat16.rounded($0) }, channels, constants, perNumber: side * side) { column, row, number in
      (row * side + column) * width + number
    }
  }

  private func packed<Element: BitwiseCopyable>(
    _ weights: [Element], _ channels: [Int], _ constants: ConstantStore, perNumber: Int, _ place: (_ column: Int, _ row: Int, _ number: Int) -> Int
  ) -> UnsafePointer<Element> {
    let packed = constants.allocate(channels.count * perNumber, of: Element.self)
    for (index, channel) in channels.enumerated() where channel < input.shape.channels {
      let (vector, number) = index.quotientAndRemainder(dividingBy: width)
      for column in 0..<side {
        for row in 0..<side { packed[vector * width * perNumber + place(column, row, number)] = weights[(channel * side + row) * side + column] }
      }
    }
    return UnsafePointer(packed)
  }
}
