import CSegKernels
import SegGraph
import SegTensor

/// A convolution of bytes at a network's end by the kernel of our own: its output comes a strip of rows at a time, or as labels without any scores in memory.
final class ByteStripConvolution: StripMaker {
  let shape: FeatureShape
  let name: String
  let gigaOperations: Double
  let precision = Precision.int8
  let implementation = "narrow int8"
  /// The weights are among the executable's constants.
  let weightByteCount = 0

  /// What the kernel makes: as many rows as `shape` has.
  private let made: FeatureShape
  private let output: UnsafeMutablePointer<Float>
  private var arguments: SegByteConvolution
  private let rowsAtOnce, threads: Int

  /// Prepares `last`, which reads a map like `input`; nil where the kernel has no code for it, or is not known to be faster than the library.
  init?(_ last: FinalConvolution, from input: TypedShape, threads: Int, _ constants: ConstantStore) {
    guard ByteConvolution.isAvailable, case .convolution(let convolution) = last.node.operation,
      let kernel = ByteConvolution(
        convolution, from: input, to: TypedShape(shape: last.made, format: .float32), adding: nil, places: last.made.channels / last.output.channels),
      kernel.isFasterToLabels
    else { return nil }
    (shape, name, made, self.threads) = (last.output, last.node.name, last.made, threads)
    gigaOperations = 2e-9 * Double(made.count * convolution.weight.shape[1...].reduce(1, *))
    rowsAtOnce = max(1, min(made.height, StripConvolution.byteCount / (made.width * made.channels * MemoryLayout<Float>.size)))
    output = constants.allocate(rowsAtOnce * made.width * made.channels, of: Float.self)
    let (source, target) = (SegTypedMap(nil, input), SegTypedMap(output, TypedShape(shape: made, format: .float32)))
    arguments = kernel.arguments(from: source, to: target, adding: nil, constants)
    arguments.scratch = constants.allocate(arguments.strip_bytes * min(threads, made.height), of: UInt8.self)
  }

  func run(from input: UnsafeMutableRawPointer, _ body: (Range<Int>, UnsafeBufferPointer<Float>) -> Void) {
    for first in stride(from: 0, to: made.height, by: rowsAtOnce) {
      let rows = first..<min(first + rowsAtOnce, made.height)
      run(rows, from: input, labels: SegPlaceLabels())
      body(rows, UnsafeBufferPointer(start: output, count: rows.count * made.width * made.channels))
    }
  }

  func makeLabels(from input: UnsafeMutableRawPointer, _ maker: LabelMaker, ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    guard let layout = maker.placeLabels(ignoring: ignoring, into: labels) else { return false }
    precondition(maker.scores == shape, "labels of these scores")
    run(0..<made.height, from: input, labels: layout)
    return true
  }

  private func run(_ rows: Range<Int>, from input: UnsafeMutableRawPointer, labels: SegPlaceLabels) {
    (arguments.input.data, arguments.labels) = (input, labels)
    (arguments.first_row, arguments.row_count, arguments.strips) = (Int32(rows.lowerBound), Int32(rows.count), Int32(min(threads, rows.count)))
    seg_run_rows(seg_byte_convolution, &arguments, arguments.strips, Int32(threads))
  }
}
