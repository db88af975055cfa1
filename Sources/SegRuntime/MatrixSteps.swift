import CSegKernels
import SegGraph
import SegTensor

/// The steps that a convolution's sums are made in: of the inputs that lie together for a place (a row of the kernel, or one of its taps where taps are apart),
/// 64 bytes at once.
struct MatrixSteps {
  /// 64 bytes of input.
  struct Step {
    /// The row of the kernel, and the first of its columns that lie together.
    let row, column: Int
    /// Where the step begins, in bytes from that tap's first input channel.
    let start: Int
    /// The bytes of the step that count: those before were in the step before, those behind belong to other places.
    let counted: Range<Int>
  }

  let all: [Step]
  /// Weights of an output channel.
  let weightCount: Int
  private let pixelBytes: Int
  private let kernel: (rows: Int, columns: Int)

  /// The steps for pixels of so many bytes.
  init(_ convolution: Convolution, pixelBytes: Int) {
    let shape = convolution.weight.shape
    (kernel, weightCount, self.pixelBytes) = ((shape[2], shape[3]), shape[1] * shape[2] * shape[3], pixelBytes)
    let areColumnsTogether = kernel.columns == 1 || convolution.dilation.horizontal == 1
    let (runs, length) = areColumnsTogether ? (1, kernel.columns * pixelBytes) : (kernel.columns, pixelBytes)
    let size = Int(SEG_MATRIX_BYTES)
    var all: [Step] = []
    for row in 0..<kernel.rows {
      for column in 0..<runs {
        for first in stride(from: 0, to: length, by: size) {
          // The last step begins earlier where it can, so as not to read beyond the place.
          let start = length >= size ? min(first, length - size) : 0
          all.append(Step(row: row, column: column, start: start, counted: first - start..<min(size, length - start)))
        }
      }
    }
    self.all = all
  }

  /// For each element that counts: where it is in a step's bytes, and which of an output channel's weights (input channel, row, column) it is multiplied with.
  func taps(of step: Step, elementBytes: Int) -> [(place: Int, tap: Int)] {
    stride(from: step.counted.lowerBound, to: step.counted.upperBound, by: elementBytes).map { place in
      let (column, byte) = (step.start + place).quotientAndRemainder(dividingBy: pixelBytes)
      return (place, (byte / elementBytes * kernel.rows + step.row) * kernel.columns + step.column + column)
    }
  }
}
