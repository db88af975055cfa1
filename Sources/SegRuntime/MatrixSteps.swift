import CSegKernels
import SegGraph
import SegTensor

/// The steps that a convolution's sums are made in: of the inputs that lie together for a place (a row of the kernel, or one of its taps where taps are apart),
/// 64 bytes at once. Pixels of few bytes are copied so that all rows of the kernel lie together for each column, where that makes fewer steps.
struct MatrixSteps {
  /// 64 bytes of input.
  struct Step {
    /// The row of the kernel, or the first where its rows lie together, and the first of its columns that lie together.
    let row, column: Int
    /// Where the step begins, in bytes from that tap's first input channel.
    let start: Int
    /// The bytes of the step that count: those before were in the step before, those behind belong to other places.
    let counted: Range<Int>
  }

  let all: [Step]
  /// Weights of an output channel.
  let weightCount: Int
  /// Whether the rows of the kernel lie together for each column.
  let areRowsTogether: Bool
  /// Bytes of a column of what the steps are of.
  let columnBytes: Int
  private let pixelBytes: Int
  private let kernel: (rows: Int, columns: Int)

  /// The steps for pixels of so many bytes.
  init(_ convolution: Convolution, pixelBytes: Int) {
    let shape = convolution.weight.shape
    (kernel, weightCount, self.pixelBytes) = ((shape[2], shape[3]), shape[1] * shape[2] * shape[3], pixelBytes)
    let apart = Self.steps(rows: kernel.rows, of: convolution, columnBytes: pixelBytes)
    let height = kernel.rows * pixelBytes
    let together = kernel.rows > 1 && height <= Int(SEG_MATRIX_BYTES) ? Self.steps(rows: 1, of: convolution, columnBytes: height) : apart
    areRowsTogether = together.count < apart.count
    (all, columnBytes) = areRowsTogether ? (together, height) : (apart, pixelBytes)
  }

  /// Steps for so many rows whose columns have so many bytes.
  private static func steps(rows: Int, of convolution: Convolution, columnBytes: Int) -> [Step] {
    let columns = convolution.weight.shape[3]
    let areColumnsTogether = columns == 1 || convolution.dilation.horizontal == 1
    let (runs, length) = areColumnsTogether ? (1, columns * columnBytes) : (columns, columnBytes)
    let size = Int(SEG_MATRIX_BYTES)
    var all: [Step] = []
    for row in 0..<rows {
      for column in 0..<runs {
        for first in stride(from: 0, to: length, by: size) {
          // The last step begins earlier where it can, so as not to read beyond the place.
          let start = length >= size ? min(first, length - size) : 0
          all.append(Step(row: row, column: column, start: start, counted: first - start..<min(size, length - start)))
        }
      }
    }
    return all
  }

  /// For each element that counts: where it is in a step's bytes, and which of an output channel's weights (input channel, row, column) it is multiplied with.
  func taps(of step: Step, elementBytes: Int) -> [(place: Int, tap: Int)] {
    stride(from: step.counted.lowerBound, to: step.counted.upperBound, by: elementBytes).map { place in
      let (column, within) = (step.start + place).quotientAndRemainder(dividingBy: columnBytes)
      let (row, byte) = within.quotientAndRemainder(dividingBy: pixelBytes)
      return (place, (byte / elementBytes * kernel.rows + step.row + row) * kernel.columns + step.column + column)
    }
  }
}
