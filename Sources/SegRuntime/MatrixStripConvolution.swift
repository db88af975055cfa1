import CSegKernels
import SegGraph
import SegTensor

/// A convolution in tile registers whose output is made a strip of rows at a time, each where the one before was.
final class MatrixStripConvolution: StripMaker {
  let shape: FeatureShape
  let name: String
  let gigaOperations: Double
  let precision: Precision
  let implementation: String
  /// The weights are among the executable's constants.
  let weightByteCount = 0

  private let made: FeatureShape
  private let output: UnsafeMutablePointer<Float>
  private var arguments: SegMatrixConvolution
  private let rowsAtOnce, threads: Int

  /// Prepares `last`, which `kernel` makes as a whole; nil where something is left to a step behind it.
  init?(_ last: FinalConvolution, by kernel: MatrixConvolution, threads: Int, _ constants: ConstantStore) {
    guard kernel.curved == nil, kernel.output.format == .float32 else { return nil }
    (shape, name, made, precision, self.threads) = (last.output, last.node.name, last.made, kernel.input.format.precision, threads)
    implementation = kernel.kind
    gigaOperations = 2e-9 * Double(made.count * kernel.convolution.weight.shape[1...].reduce(1, *))
    rowsAtOnce = max(1, min(made.height, StripConvolution.byteCount / (made.width * made.channels * MemoryLayout<Float>.size)))
    output = constants.allocate(rowsAtOnce * made.width * made.channels, of: Float.self)
    arguments = kernel.arguments(
      from: SegTypedMap(nil, kernel.input), to: SegTypedMap(output, kernel.output), adding: nil, threads: threads, constants)
    arguments.scratch = constants.allocate(arguments.share_bytes * Int(arguments.shares), of: UInt8.self)
  }

  func run(from input: UnsafeMutableRawPointer, _ body: (Range<Int>, UnsafeBufferPointer<Float>) -> Void) {
    arguments.input.data = input
    for first in stride(from: 0, to: made.height, by: rowsAtOnce) {
      let rows = first..<min(first + rowsAtOnce, made.height)
      (arguments.first_row, arguments.row_count) = (Int32(rows.lowerBound), Int32(rows.count))
      seg_run_rows(seg_matrix_convolution, &arguments, arguments.shares, Int32(threads))
      body(rows, UnsafeBufferPointer(start: output, count: rows.count * made.width * made.channels))
    }
  }
}
