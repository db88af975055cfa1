import CSegKernels
import SegGraph
import SegTensor

/// A 3x3 convolution of bytes, of stride 1 and without dilation, by Winograd's tiles of which a vector has sixteen (`CSegKernels/plane_winograd.c`): the numbers of
/// `WordWinogradConvolution`, but no output channel is padded, and maps may lie as planes of four channels.
struct PlaneWinogradConvolution {
  let convolution: Convolution
  let input: TypedShape
  let output: TypedShape
  /// The format of what is added to the sums; nil where nothing is.
  let added: ElementFormat?
  /// Which maps lie as planes.
  var planeMaps = PlaneMaps()
  private let operations: StraightOperations
  /// Cycles that the whole takes.
  let cycles: Double
  private let isNarrow: Bool

  /// Whether this processor has the kernel's instructions, and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them.
  static var isAvailable: Bool { ByteConvolution.isAvailable || NarrowRegisters.isAvailable }

  /// The convolution where it is one that can be done so: 3x3, stride 1, no dilation, one group, an output of bytes that is not wider than the input, and followed by
  /// nothing but what `StraightOperations` has; `isNarrow`: in registers of 32 bytes.
  init?(
    _ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?, isNarrow: Bool = NarrowRegisters.isAvailable
  ) {
    guard Array(convolution.weight.shape[2...]) == [3, 3], convolution.stride == (1, 1), convolution.dilation == (1, 1), convolution.groups == 1,
      convolution.enlargement == nil, input.format.precision == .int8, output.format.precision == .int8, convolution.padding.left <= 2,
      output.shape.width <= input.shape.width, input.shape.channels <= WordWinogradConvolution.mostInputs,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: added, to: output.format)
    else { return nil }
    (self.convolution, self.input, self.output, self.added, self.operations) = (convolution, input, output, added, operations)
    self.isNarrow = isNarrow
    cycles =
      isNarrow
      ? NarrowPlaneWinogradCost(from: input.shape, to: output.shape, isAdding: added != nil).cycles
      : PlaneWinogradCost(from: input.shape, to: output.shape, isAdding: added != nil).cycles
  }

  /// Those that the inference library takes by nine products, in registers of 32 bytes and where there are enough channels for tiles; nil where it does them well.
  var directCycles: Double? {
    guard isNarrow, input.shape.channels >= Int(SEG_BYTE_VECTOR) else { return nil }
    return NarrowWordWinogradCost(TiledShape(convolution, from: input.shape, to: output.shape)).directCycles
  }

  /// Whether it is clearly faster than those of `cycles`, of which there is one at least. Those that only the inference library has code for, it does well.
  func isFaster(than cycles: [Double?]) -> Bool { cycles.compactMap { $0 }.min().map { 1.05 * self.cycles < $0 } ?? false }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, threads: Int, _ constants: ConstantStore)
    -> SegPlaneWinograd
  {
    precondition(target.pixel_stride == target.channels, "pixels of the output have no gaps")
    let (inputs, outputs, unit) = (source.channels, target.channels, output.format.scale)
    let packed = constants.allocate(seg_plane_winograd_weight_count(inputs, outputs), of: Int32.self)
    var scales = [Float](repeating: 0, count: Int(outputs))
    convolution.weight.floats().withUnsafeBufferPointer {
      seg_plane_winograd_pack($0.baseAddress, inputs, outputs, source.format, packed, &scales)
    }
    var arguments = SegPlaneWinograd()
    (arguments.input, arguments.output) = (source, target)
    if let addition { arguments.added = addition }
    (arguments.input_is_planes, arguments.output_is_planes) = (planeMaps.input ? 1 : 0, planeMaps.output ? 1 : 0)
    arguments.added_is_planes = planeMaps.added ? 1 : 0
    (arguments.is_narrow, arguments.is_fused) = (isNarrow ? 1 : 0, NarrowRegisters.fused)
    (arguments.input_planes, arguments.output_planes) = (input.shape.bytePlanes, output.shape.bytePlanes)
    arguments.weights = UnsafePointer(packed)
    let factors = scales.map { $0 * input.format.scale / unit }
    let biases = (convolution.bias?.floats() ?? [Float](repeating: 0, count: Int(outputs))).map { $0 / unit }
    (arguments.factors, arguments.biases) = (constants.copy(factors), constants.copy(biases))
    // The transform back makes of sums of four bytes numbers that are less than 160 times as large.
    let most = 0x1p30 - 255 * (added.map { $0.scale / unit } ?? 0)
    arguments.is_bounded = zip(factors, biases).allSatisfy { 160 * 0x1p31 * abs($0) + abs($1) < most } ? 1 : 0
    arguments.before = constants.activation(operations.before, channels: Int(outputs), in: unit)
    arguments.after = constants.activation(operations.after, channels: Int(outputs), in: unit)
    (arguments.padding_top, arguments.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    arguments.shares = Int32(min(threads, output.shape.height.dividedUp(by: WinogradTiling.side)))
    arguments.share_bytes = seg_plane_winograd_share_bytes(&arguments)
    return arguments
  }
}
