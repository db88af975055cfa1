import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct MatrixBandsTests {
  /// A convolution of random shape, and how it is divided.
  private struct Case {
    let convolution: Convolution
    let input, output: TypedShape
    let gap, shares: Int
    let steps: MatrixSteps
    private let constants = ConstantStore()
    let made: SegMatrixConvolution

    init(_ convolution: Convolution, over shape: FeatureShape, _ format: ElementFormat, gap: Int, shares: Int) {
      (self.convolution, self.gap) = (convolution, gap)
      (input, output) = (TypedShape(shape: shape, format: format), TypedShape(shape: convolution.resultShape(over: shape), format: format))
      self.shares = min(shares, output.shape.height)
      steps = MatrixSteps(convolution, pixelBytes: shape.channels * format.byteCount)
      var made = SegMatrixConvolution()
      MatrixBands(convolution, steps, from: input, to: output, addsMap: false, gap: shape.channels + gap, shares: self.shares).store(in: &made, constants)
      self.made = made
    }

    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      let isPoint = number(0...2) == 0
      let kernel = isPoint ? [1, 1] : [number(1...7), number(1...7)]
      // Some maps make several bands.
      let (inputs, isLarge) = ([number(1...20), number(32...70), 128][number(0...2)], number(0...3) == 0)
      var made = Convolution(weight: Tensor(shape: [1, inputs] + kernel, making: { _ in }))
      if number(0...1) == 0 { made.stride = (number(1...3), number(1...3)) }
      if number(0...2) == 0 { made.dilation = (number(1...3), number(1...3)) }
      if !isPoint || number(0...3) == 0 { made.padding = Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3)) }
      let (rows, columns) = ((kernel[0] - 1) * made.dilation.vertical, (kernel[1] - 1) * made.dilation.horizontal)
      let shape = FeatureShape(height: rows + number(1...(isLarge ? 70 : 12)), width: columns + number(1...(isLarge ? 300 : 60)), channels: inputs)
      self.init(made, over: shape, number(0...1) == 0 ? .bfloat16 : .unsigned8(scale: 1), gap: number(0...1) * number(1...9), shares: number(1...4))
    }

    var rows: Int { Int(made.band_rows) }
    func tiles(rows: Int) -> Int { Int(made.tile_counts[rows - 1]) }
    /// Bytes of a pixel of what is read, and of one in the input.
    var pixelBytes: Int { made.is_direct == 1 ? (input.shape.channels + gap) * input.format.byteCount : steps.columnBytes }

    /// For each place of a band of so many rows that is a pixel: which pixel it is, and where its inputs begin.
    func places(rows: Int) -> [(pixel: Int, start: Int)] {
      (0..<tiles(rows: rows) * 16).compactMap { place in
        let pixel = Int(made.targets[place])
        guard (0..<rows * output.shape.width).contains(pixel) else { return nil }
        return (pixel, Int(made.tile_offsets[place / 16]) + place % 16 * Int(made.place_step))
      }
    }

    /// The greatest offset of a step.
    var reach: Int { steps.all.indices.map { Int(made.offsets[$0]) }.max() ?? 0 }
  }

  @Test("tiles of a band of any number of rows cover every pixel exactly once", arguments: UInt64(0)..<200)
  func everyPixelOnce(seed: UInt64) {
    let drawn = Case(seed: seed)
    for rows in 1...drawn.rows {
      #expect(drawn.places(rows: rows).map(\.pixel).sorted() == Array(0..<rows * drawn.output.shape.width), "seed \(seed): \(rows) of \(drawn.rows) rows")
    }
  }

  @Test("there are never more tiles than where each row has its own", arguments: UInt64(0)..<200)
  func fewTiles(seed: UInt64) {
    let drawn = Case(seed: seed)
    for rows in 1...drawn.rows { #expect(drawn.tiles(rows: rows) <= rows * drawn.output.shape.width.dividedUp(by: 16), "seed \(seed)") }
  }

  @Test("a place's inputs are those of its pixel", arguments: UInt64(0)..<200)
  func places(seed: UInt64) {
    let drawn = Case(seed: seed)
    let (width, stride) = (drawn.output.shape.width, drawn.convolution.stride)
    // In a copy the rows that one row of the output steps over lie elsewhere.
    let rowBytes = drawn.made.is_direct == 1 ? stride.vertical * drawn.input.shape.width * drawn.pixelBytes : drawn.made.row_bytes
    let wrong = drawn.places(rows: drawn.rows).count { pixel, start in
      start != pixel / width * rowBytes + pixel % width * Int(drawn.made.place_step)
    }
    #expect(wrong == 0, "seed \(seed): \(wrong) pixels")
    // Columns that nobody reads are stepped over where they lie, or not copied.
    #expect(Int(drawn.made.place_step * drawn.made.column_step) == stride.horizontal * drawn.pixelBytes, "seed \(seed)")
  }

  @Test("steps are where their rows and columns of the window are", arguments: UInt64(0)..<200)
  func steps(seed: UInt64) {
    let drawn = Case(seed: seed)
    let (phases, dilation) = (Int(drawn.made.phases), drawn.convolution.dilation)
    #expect(phases * Int(drawn.made.row_step) == (drawn.steps.areRowsTogether ? 1 : drawn.convolution.stride.vertical), "seed \(seed)")
    #expect(Int(drawn.made.rows_together) == (drawn.steps.areRowsTogether ? drawn.convolution.weight.shape[2] : 0), "seed \(seed)")
    for (index, step) in drawn.steps.all.enumerated() {
      let row = step.row * dilation.vertical
      let start = row % phases * drawn.made.phase_bytes + row / phases * drawn.made.row_bytes
      #expect(Int(drawn.made.offsets[index]) == start + step.column * dilation.horizontal * drawn.pixelBytes + step.start, "seed \(seed): \(step)")
    }
  }

  @Test("what a pixel reads of a copy is in rows that were copied, or in the zeros behind them", arguments: UInt64(0)..<200)
  func copiedRows(seed: UInt64) {
    let drawn = Case(seed: seed)
    guard drawn.made.is_direct == 0 else { return }
    let phases = Int(drawn.made.phases)
    for rows in [1, drawn.rows] {
      let copied = Int(drawn.made.input_rows) - (drawn.rows - rows) * phases
      let wrong = drawn.places(rows: rows).count { _, start in
        !drawn.steps.all.indices.allSatisfy { index in
          let (phase, place) = (start + Int(drawn.made.offsets[index])).quotientAndRemainder(dividingBy: drawn.made.phase_bytes)
          let end = (copied - phase).dividedUp(by: phases) * drawn.made.row_bytes + Int(SEG_MATRIX_BYTES)
          return phase < phases && place + Int(SEG_MATRIX_BYTES) <= end && end <= drawn.made.phase_bytes
        }
      }
      #expect(wrong == 0, "seed \(seed): \(wrong) pixels of \(rows) of \(drawn.rows) rows")
    }
  }

  @Test("copies are large enough for the last read of every tile, and end with a line of the cache", arguments: UInt64(0)..<200)
  func copySizes(seed: UInt64) {
    let drawn = Case(seed: seed)
    #expect(drawn.made.copy_bytes % 64 == 0 && (drawn.made.copy_bytes == 0) == (drawn.made.is_direct == 1), "seed \(seed)")
    guard drawn.made.is_direct == 0 else { return }
    for tile in 0..<drawn.tiles(rows: drawn.rows) {
      let end = Int(drawn.made.tile_offsets[tile]) + 15 * Int(drawn.made.place_step) + drawn.reach + Int(SEG_MATRIX_BYTES)
      #expect(end <= drawn.made.copy_bytes, "seed \(seed): tile \(tile)")
    }
    #expect(drawn.made.phase_bytes * Int(drawn.made.phases) <= drawn.made.copy_bytes, "seed \(seed)")
  }

  @Test("bands fit a core's own cache where a row does, and are of a share's rows", arguments: UInt64(0)..<200)
  func bandSizes(seed: UInt64) {
    let drawn = Case(seed: seed)
    let share = drawn.output.shape.height.dividedUp(by: drawn.shares)
    #expect(1...share ~= drawn.rows, "seed \(seed)")
    let reach = drawn.steps.areRowsTogether ? 0 : (drawn.convolution.weight.shape[2] - 1) * drawn.convolution.dilation.vertical
    let read = (drawn.rows * (drawn.made.is_direct == 1 ? drawn.convolution.stride.vertical : Int(drawn.made.phases)) + reach) * drawn.made.row_bytes
    #expect(drawn.rows == 1 || read <= 256 << 10 && drawn.rows * drawn.output.shape.width <= 8192, "seed \(seed): \(drawn.rows) rows, \(read) bytes")
    // Bands are as even as can be: with a row less there would be one more.
    #expect(drawn.rows == 1 || share.dividedUp(by: drawn.rows) < share.dividedUp(by: drawn.rows - 1), "seed \(seed): \(drawn.rows) of \(share) rows")
  }

  @Test("the random convolutions have several bands and one, are read directly and copied, and have tiles over the ends of rows and within them")
  func variety() {
    let all = (UInt64(0)..<200).map { Case(seed: $0) }
    func isOver(_ drawn: Case) -> Bool { drawn.tiles(rows: drawn.rows) < drawn.rows * drawn.output.shape.width.dividedUp(by: 16) }
    for isDirect in [Int32(0), 1] {
      let chosen = all.filter { $0.made.is_direct == isDirect }
      #expect(chosen.contains { $0.rows * $0.shares < $0.output.shape.height } && chosen.contains { $0.rows * $0.shares >= $0.output.shape.height })
      #expect(chosen.contains(where: isOver) && chosen.contains { !isOver($0) })
    }
    #expect(all.contains { $0.steps.areRowsTogether } && all.contains { !$0.steps.areRowsTogether && $0.made.is_direct == 0 })
  }

  @Test("what lies in the input as the products need it is read there")
  func direct() {
    func isDirect(_ channels: Int, kernel: Int = 1, width: Int = 11, _ change: (inout Convolution) -> Void = { _ in }) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [1, channels, kernel, kernel], making: { _ in }))
      change(&convolution)
      return Case(convolution, over: FeatureShape(height: 9, width: width, channels: channels), .bfloat16, gap: 0, shares: 1).made.is_direct == 1
    }
    #expect(isDirect(32) && isDirect(100) && isDirect(3) && isDirect(32, width: 48) { $0.stride = (2, 3) } && isDirect(32) { $0.dilation = (2, 2) })
    // Four places of sixteen: they are copied, so that tiles go on over the ends of rows.
    #expect(!isDirect(32) { $0.stride = (2, 3) } && !isDirect(32, kernel: 3) && !isDirect(32) { $0.padding = Padding(1) })
    for (bottom, right) in [(1, 0), (0, 1)] {
      #expect(!isDirect(32) { $0.padding = Padding(top: 0, bottom: bottom, left: 0, right: right) }, "\(bottom), \(right)")
    }
  }
}
