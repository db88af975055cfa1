import CSegKernels
import SegGraph
import SegTensor

/// How long a convolution takes in tile registers, in cycles of a processor with one multiplication of tile registers in sixteen cycles.
///
/// The factors are fitted to the steps of ENet, HRNet and ICNet.
struct MatrixCost {
  private let places, vectors, steps: Int
  /// Whether the inputs of sixteen places fill whole lines of the cache.
  private let isAligned: Bool
  /// Cycles for finishing sixteen results of a place.
  private let finish: Double
  /// Sums of four bytes' products that a result has.
  private let words: Int

  init(_ convolution: Convolution, steps: Int, from input: TypedShape, to output: TypedShape) {
    let (shape, pixelBytes) = (convolution.weight.shape, input.shape.channels * input.format.byteCount)
    (places, vectors, self.steps) = (output.shape.area, output.shape.channels.dividedUp(by: Int(SEG_MATRIX_OUTPUTS)), steps)
    isAligned = (pixelBytes * convolution.stride.horizontal).isMultiple(of: Int(SEG_MATRIX_BYTES))
    words = pixelBytes.dividedUp(by: Int(SEG_MATRIX_WORD)) * shape[2] * shape[3]
    finish = convolution.postOperations.reduce(3) { cost, operation in
      switch operation {
      case .add: cost + 2
      case .activation: cost + 1.5
      }
    }
  }

  /// Cycles of the whole.
  var cycles: Double {
    let place = Int(SEG_MATRIX_PLACES)
    // A register of inputs serves two of weights; lines that are not whole are read twice.
    let loads = (isAligned ? 10 : 45) * vectors.dividedUp(by: 2) + 8 * vectors
    let tile = Double(steps * max(place * vectors, loads)) + Double(vectors) * (15 + Double(place) * finish)
    return Double(places) / Double(place) * tile
  }

  /// Whether the inference library, whose vectors go over output channels, is clearly better: few inputs fill little of a register.
  var isLibraryFaster: Bool { 1.1 * Double(places * vectors) * (Double(words) / 2 + finish + 5) < cycles }
}
