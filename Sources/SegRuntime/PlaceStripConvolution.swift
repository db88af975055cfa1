import CSegKernels
import SegGraph
import SegTensor

/// A convolution at a network's end in registers of 32 bytes: its output comes a strip of rows at a time, or as labels without any scores in memory. What a place of
/// a block never reads is left out (`CSegKernels/place_convolution.c`).
final class PlaceStripConvolution: StripMaker {
  let shape: FeatureShape
  let name: String
  let gigaOperations: Double
  let precision: Precision
  let implementation: String
  /// The weights are among the executable's constants.
  let weightByteCount = 0

  /// What the kernel makes: as many rows as `shape` has.
  private let made: FeatureShape
  private let output: UnsafeMutablePointer<Float>
  private var arguments: SegPlaceConvolution
  private let rowsAtOnce, threads: Int

  /// Bytes that the lines of a share may take: they stay in a core's own cache.
  private static let mostLineBytes = 256 << 10

  /// Prepares `last`, which reads a map like `input`; nil where the kernel has no code for it, or Winograd's tiles are faster for the whole.
  init?(_ last: FinalConvolution, from input: TypedShape, threads: Int, _ constants: ConstantStore) {
    guard PlaceConvolution.isAvailable(input.format), case .convolution(let convolution) = last.node.operation,
      !last.isFasterInTiles(from: input),
      let kernel = PlaceConvolution(convolution, from: input, to: last.made, classes: last.output.channels)
    else { return nil }
    var arguments = kernel.arguments(threads: threads, constants)
    guard arguments.share_bytes <= Self.mostLineBytes else { return nil }
    arguments.scratch = constants.allocate(arguments.share_bytes * threads, of: UInt8.self)

    (shape, name, made, precision, self.threads) = (last.output, last.node.name, last.made, input.format.precision, threads)
    implementation = "places \(precision == .int8 ? "int8" : "f32")"
    gigaOperations = 2e-9 * Double(made.count * convolution.weight.shape[1...].reduce(1, *))
    rowsAtOnce = max(1, min(made.height, StripConvolution.byteCount / (made.width * made.channels * MemoryLayout<Float>.size)))
    output = constants.allocate(rowsAtOnce * made.width * made.channels, of: Float.self)
    self.arguments = arguments
  }

  func run(from input: UnsafeMutableRawPointer, _ body: (Range<Int>, UnsafeBufferPointer<Float>) -> Void) {
    for first in stride(from: 0, to: made.height, by: rowsAtOnce) {
      let rows = first..<min(first + rowsAtOnce, made.height)
      run(rows, from: input, scores: output, labels: SegPlaceLabels())
      body(rows, UnsafeBufferPointer(start: output, count: rows.count * made.width * made.channels))
    }
  }

  func makeLabels(from input: UnsafeMutableRawPointer, _ maker: LabelMaker, ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    guard let layout = maker.placeLabels(ignoring: ignoring, into: labels) else { return false }
    precondition(maker.scores == shape && layout.block * layout.block == arguments.place_count, "labels of these scores")
    run(0..<made.height, from: input, scores: nil, labels: layout)
    return true
  }

  private func run(_ rows: Range<Int>, from input: UnsafeMutableRawPointer, scores: UnsafeMutablePointer<Float>?, labels: SegPlaceLabels) {
    (arguments.input.data, arguments.scores, arguments.labels) = (input, scores, labels)
    (arguments.first_row, arguments.row_count, arguments.shares) = (Int32(rows.lowerBound), Int32(rows.count), Int32(min(threads, rows.count)))
    seg_run_rows(seg_place_convolution, &arguments, arguments.shares, Int32(threads))
  }
}
