import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Scores for each place of a block, and labels without them, in registers of 32 bytes.
@Suite(.enabled(if: FloatConvolution.isAvailable, "the processor has no AVX2")) struct PlaceConvolutionTests {
  private static let kinds: [Precision] = NarrowRegisters.isAvailable ? [.float32, .int8] : [.float32]

  private func drawn(_ seed: UInt64, _ kind: Precision) -> DrawnScores {
    DrawnScores(seed: seed, isOfFloats: kind == .float32, channelStep: kind == .int8 ? 4 : 1)
  }

  @Test("scores are those of plain loops, whatever the shape", arguments: kinds, UInt64(0)..<150)
  func scores(kind: Precision, seed: UInt64) throws {
    let drawn = drawn(seed, kind)
    let (found, wanted) = (try drawn.scores(), drawn.plainScores())
    let scale = max(1, wanted.map(abs).max() ?? 1)
    let difference = zip(found, wanted).reduce(0) { max($0, $1.0.isNaN ? .infinity : abs($1.0 - $1.1) / scale) }
    #expect(found.count == wanted.count && difference < 5e-6, "seed \(seed): off by \(difference), \(drawn.input) to \(drawn.output), block \(drawn.block)")
  }

  @Test("labels are those of the scores, whatever the shape, the classes and the number of shares", arguments: kinds, UInt64(0)..<150)
  func labels(kind: Precision, seed: UInt64) throws {
    let drawn = drawn(seed &+ 300, kind)
    let expected = drawn.labels(of: try drawn.scores())
    for shares in [1, 3] { #expect(try drawn.labels(shares: shares) == expected, "seed \(seed), \(shares) shares, \(drawn.output), block \(drawn.block)") }
  }

  @Test("some rows are those of the whole", arguments: kinds, UInt64(0)..<60)
  func rows(kind: Precision, seed: UInt64) throws {
    let drawn = drawn(seed &+ 600, kind)
    let whole = try drawn.scores()
    let count = drawn.output.width * drawn.output.channels
    for first in stride(from: 0, to: drawn.output.height, by: 2) {
      let rows = first..<min(first + 2, drawn.output.height)
      #expect(try drawn.scores(rows, shares: rows.count) == Array(whole[rows.lowerBound * count..<rows.upperBound * count]), "seed \(seed), rows \(rows)")
    }
  }

  @Test("scores that are no numbers or infinite give the labels of the plain rule", arguments: UInt64(0)..<60)
  func odd(seed: UInt64) throws {
    var drawn = drawn(seed &+ 900, .float32)
    var (random, bias) = (RandomNumbers(seed: seed), drawn.convolution.bias?.floats() ?? [])
    for index in bias.indices {
      if Int.random(in: 0...3, using: &random) == 0 { bias[index] = [.nan, .infinity, -.infinity][Int.random(in: 0...2, using: &random)] }
    }
    drawn.convolution.bias = Tensor(shape: [bias.count], floats: bias)
    #expect(try drawn.labels(shares: 1) == drawn.labels(of: try drawn.scores()), "seed \(seed)")
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<60 {
        for kind in PlaceConvolutionTests.kinds {
          let drawn = PlaceConvolutionTests().drawn(seed &+ 1200, kind)
          _ = try drawn.scores(shares: 2, isGuarded: true)
          _ = try drawn.labels(shares: 2, isGuarded: true)
        }
      }
    }
  }

  @Test("of each place's window the rectangle of weights that are not zero is read")
  func taps() throws {
    var graph = RandomGraph(seed: 4)
    let input = graph.input(7, 9, 16)
    graph.builder.output(try graph.transposed(input, to: 5, kernel: 3, padding: 1, extra: (1, 1), hasBias: true), name: "x")
    let blocks = try #require(graph.builder.build().withoutFinalInterleave(of: "x")).graph
    let last = try #require(blocks.withoutFinalConvolution(of: "x")).last
    guard case .convolution(let convolution) = last.node.operation else { return }
    let typed = TypedShape(shape: FeatureShape(height: 7, width: 9, channels: 16), format: .float32)
    let made = try #require(PlaceConvolution(convolution, from: typed, to: last.made, classes: 5))
    #expect(made.taps.map { $0.rows.count * $0.columns.count }.sorted() == [1, 2, 2, 4])
    // A place without any weights.
    let nothing = Convolution(weight: Tensor(shape: [5, 16, 2, 2], floats: [Float](repeating: 0, count: 320)))
    #expect(try #require(PlaceConvolution(nothing, from: typed, to: last.made, classes: 5)).taps == [PlaceConvolution.Taps(rows: 0..<1, columns: 0..<1)])
  }

  @Test("what there is no code for is left to others")
  func others() {
    func isMade(_ format: ElementFormat, channels: Int = 16, _ change: (inout Convolution) -> Void = { _ in }) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [8, channels, 2, 2], floats: [Float](repeating: 1, count: 32 * channels)))
      change(&convolution)
      let input = FeatureShape(height: 9, width: 9, channels: channels)
      return PlaceConvolution(convolution, from: TypedShape(shape: input, format: format), to: convolution.resultShape(over: input), classes: 2) != nil
    }
    let bytes = ElementFormat.unsigned8(scale: 0.1)
    #expect(isMade(.float32) && isMade(bytes) && isMade(.float32, channels: 7) && !isMade(bytes, channels: 7) && !isMade(.bfloat16))
    for change: (inout Convolution) -> Void in [{ $0.stride = (2, 2) }, { $0.dilation = (2, 1) }] { #expect(!isMade(.float32, change)) }
  }
}

extension DrawnScores {
  /// Runs the kernel for `rows` in so many shares, into scores or into labels, and gives what was written; fails where anything else was written.
  private func run(_ rows: Range<Int>, _ shares: Int, byteCount: Int, labels: Bool, isGuarded: Bool) throws -> [UInt8] {
    let (constants, memory) = (ConstantStore(), GuardedMemory(isGuarded: isGuarded))
    let kernel = try #require(PlaceConvolution(convolution, from: input, to: output, classes: classes))
    var arguments = kernel.arguments(threads: shares, constants)
    // What is no part of the input must not matter, nor what was in the scratch before.
    arguments.input.data = UnsafeMutableRawPointer(memory.copy(bytes + [UInt8](repeating: 0xFF, count: 64)))
    arguments.scratch = memory.aligned([UInt8](repeating: 0xFF, count: shares * arguments.share_bytes))
    (arguments.first_row, arguments.row_count) = (Int32(rows.lowerBound), Int32(rows.count))
    let written = memory.copy([UInt8](repeating: 0xA5, count: byteCount + (isGuarded ? 0 : 64)))
    if labels {
      arguments.labels = try #require(labelMaker.placeLabels(ignoring: ignored, into: UnsafeMutableBufferPointer(start: written, count: byteCount)))
    } else {
      arguments.scores = UnsafeMutableRawPointer(written).assumingMemoryBound(to: Float.self)
    }
    seg_place_convolution(&arguments, 0, Int32(shares))
    if !isGuarded { #expect((byteCount..<byteCount + 64).allSatisfy { written[$0] == 0xA5 }) }
    return withExtendedLifetime((memory, constants)) { Array(UnsafeBufferPointer(start: written, count: byteCount)) }
  }

  fileprivate func scores(_ rows: Range<Int>? = nil, shares: Int = 1, isGuarded: Bool = false) throws -> [Float] {
    let rows = rows ?? 0..<output.height
    let found = try run(rows, shares, byteCount: rows.count * output.width * output.channels * 4, labels: false, isGuarded: isGuarded)
    return found.withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
  }

  fileprivate func labels(shares: Int, isGuarded: Bool = false) throws -> [UInt8] {
    try run(0..<output.height, shares, byteCount: interleave.height * interleave.width, labels: true, isGuarded: isGuarded)
  }
}
