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

    /// Bytes of a column, and those that lie together for a place.
    var column: Int { inputs * elementBytes * (steps.areRowsTogether ? kernel.rows : 1) }
    var run: Int { column * (convolution.dilation.horizontal == 1 ? kernel.columns : 1) }

    /// Steps where rows of the kernel, of which there are so many, have columns of so many bytes.
    func count(rows: Int, column: Int) -> Int {
      let areTogether = convolution.dilation.horizontal == 1
      return rows * (areTogether ? 1 : kernel.columns) * (column * (areTogether ? kernel.columns : 1)).dividedUp(by: Int(SEG_MATRIX_BYTES))
    }
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
        let within = (drawn.steps.areRowsTogether ? row * pixel : 0) + inner * drawn.elementBytes
        #expect(step.start + place == (column - step.column) * drawn.column + within, "seed \(seed): \(step)")
        #expect(step.row == (drawn.steps.areRowsTogether ? 0 : row), "seed \(seed): \(step)")
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
    let (rows, pixel) = (drawn.kernel.rows, drawn.inputs * drawn.elementBytes)
    let (apart, together) = (drawn.count(rows: rows, column: pixel), drawn.count(rows: 1, column: rows * pixel))
    #expect(drawn.steps.all.count == (rows * pixel <= Int(SEG_MATRIX_BYTES) ? min(apart, together) : apart), "seed \(seed)")
    #expect(drawn.steps.columnBytes == drawn.column, "seed \(seed)")
  }

  @Test("the rows of a kernel are together where that makes fewer steps, and a column fits into one")
  func rowsTogether() {
    func areTogether(_ inputs: Int, kernel: [Int], elementBytes: Int = 1) -> Bool {
      MatrixSteps(Convolution(weight: Tensor(shape: [1, inputs] + kernel, making: { _ in })), pixelBytes: inputs * elementBytes).areRowsTogether
    }
    #expect(areTogether(3, kernel: [3, 3]) && areTogether(3, kernel: [7, 7]) && areTogether(13, kernel: [3, 3]))
    #expect(areTogether(3, kernel: [3, 3], elementBytes: 2))
    #expect(!areTogether(18, kernel: [3, 3]) && !areTogether(3, kernel: [1, 3]) && !areTogether(32, kernel: [3, 3]) && !areTogether(16, kernel: [5, 1]))
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
      var convolution = Convolution(weight: Tensor(shape: [1, 33] + kernel, making: { _ in }))
      convolution.dilation = (1, dilation)
      return MatrixSteps(convolution, pixelBytes: 33).all.map(\.column)
    }
    #expect(columns([2, 3], dilation: 1) == [0, 0, 0, 0] && columns([2, 3], dilation: 2) == [0, 1, 2, 0, 1, 2] && columns([2, 1], dilation: 2) == [0, 0])
  }
}
