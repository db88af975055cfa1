import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct MatrixStepsTests {
  /// A convolution of random shape, of numbers of one or two bytes.
  private struct Case {
    let convolution: Convolution
    let inputs, elementBytes: Int
    let steps: MatrixSteps

    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      (inputs, elementBytes) = (number(0...2) == 0 ? number(61...300) : number(1...70), number(1...2))
      var made = Convolution(weight: Tensor(shape: [1, inputs, number(1...7), number(1...7)], making: { _ in }))
      if number(0...2) == 0 { made.dilation = (number(1...3), number(1...3)) }
      convolution = made
      steps = MatrixSteps(made, pixelBytes: inputs * elementBytes)
    }

    var kernel: (rows: Int, columns: Int) { (convolution.weight.shape[2], convolution.weight.shape[3]) }

    /// Bytes that lie together for a place.
    var run: Int { inputs * elementBytes * (convolution.dilation.horizontal == 1 ? kernel.columns : 1) }
  }

  @Test("every weight is in exactly one step", arguments: UInt64(0)..<200)
  func everyWeightOnce(seed: UInt64) {
    let drawn = Case(seed: seed)
    let taps = drawn.steps.all.flatMap { drawn.steps.taps(of: $0, elementBytes: drawn.elementBytes).map(\.tap) }
    #expect(drawn.steps.weightCount == drawn.inputs * drawn.kernel.rows * drawn.kernel.columns, "seed \(seed)")
    #expect(taps.sorted() == Array(0..<drawn.steps.weightCount), "seed \(seed)")
  }

  @Test("a weight is where the input lies that it is multiplied with", arguments: UInt64(0)..<200)
  func places(seed: UInt64) {
    let drawn = Case(seed: seed)
    let (pixel, kernel) = (drawn.inputs * drawn.elementBytes, drawn.kernel)
    for step in drawn.steps.all {
      for (place, tap) in drawn.steps.taps(of: step, elementBytes: drawn.elementBytes) {
        let (inner, row, column) = (tap / (kernel.rows * kernel.columns), tap / kernel.columns % kernel.rows, tap % kernel.columns)
        #expect(row == step.row && step.start + place == (column - step.column) * pixel + inner * drawn.elementBytes, "seed \(seed): \(step)")
        #expect(drawn.convolution.dilation.horizontal == 1 || column == step.column, "seed \(seed): \(step)")
      }
    }
  }

  @Test("steps are of 64 bytes, and as few as can be", arguments: UInt64(0)..<200)
  func sizes(seed: UInt64) {
    let drawn = Case(seed: seed)
    for step in drawn.steps.all {
      #expect(step.start >= 0 && !step.counted.isEmpty && (0...Int(SEG_MATRIX_BYTES)).contains(step.counted.upperBound), "seed \(seed): \(step)")
      #expect(step.counted.lowerBound >= 0, "seed \(seed): \(step)")
    }
    let runs = drawn.kernel.rows * (drawn.convolution.dilation.horizontal == 1 ? 1 : drawn.kernel.columns)
    #expect(drawn.steps.all.count == runs * drawn.run.dividedUp(by: Int(SEG_MATRIX_BYTES)), "seed \(seed)")
  }

  @Test("of 64 bytes or more that lie together nothing beyond is read", arguments: UInt64(0)..<200)
  func ends(seed: UInt64) {
    let drawn = Case(seed: seed)
    for step in drawn.steps.all {
      #expect(step.start + step.counted.upperBound <= drawn.run, "seed \(seed): \(step)")
      if drawn.run >= Int(SEG_MATRIX_BYTES) { #expect(step.start + Int(SEG_MATRIX_BYTES) <= drawn.run, "seed \(seed): \(step)") }
    }
  }

  @Test("columns of one kernel are together where nothing is between them")
  func together() {
    func columns(_ kernel: [Int], dilation: Int) -> [Int] {
      var convolution = Convolution(weight: Tensor(shape: [1, 8] + kernel, making: { _ in }))
      convolution.dilation = (1, dilation)
      return MatrixSteps(convolution, pixelBytes: 8).all.map(\.column)
    }
    #expect(columns([2, 3], dilation: 1) == [0, 0] && columns([2, 3], dilation: 2) == [0, 1, 2, 0, 1, 2] && columns([2, 1], dilation: 2) == [0, 0])
  }
}
