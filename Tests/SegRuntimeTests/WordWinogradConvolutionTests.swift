import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes by tiles against nine products a place.
@Suite struct WordWinogradConvolutionTests {
  /// The registers that this processor has: those of 64 bytes, and those of 32, which they have as well.
  private static let registers: [Bool] = (ByteConvolution.isAvailable ? [false] : []) + (seg_has_narrow_products() != 0 ? [true] : [])

  /// What the kernel writes.
  private func bytes(_ trial: WinogradTrial, isNarrow: Bool, threads: Int = 1, isInPlace: Bool = false) throws -> [UInt8] {
    let constants = ConstantStore()
    let (output, addedBytes) = (trial.output, trial.addedBytes)
    let count = output.shape.count * output.format.byteCount
    let written = constants.allocate(count + 16, of: UInt8.self)
    for index in 0..<count + 16 { written[index] = 0xA5 }
    if isInPlace { for (index, byte) in addedBytes.enumerated() { written[index] = byte } }
    let beside = isInPlace ? written : UnsafeMutablePointer(mutating: constants.copy(addedBytes))
    let made = try #require(WordWinogradConvolution(trial.convolution, from: trial.input, to: output, adding: trial.added, isNarrow: isNarrow))
    var arguments = made.arguments(
      from: SegTypedMap(UnsafeMutablePointer(mutating: constants.copy(trial.inputBytes)), trial.input), to: SegTypedMap(written, output),
      adding: trial.added.map { SegTypedMap(beside, TypedShape(shape: output.shape, format: $0)) }, threads: threads, constants)
    let scratch = threads * arguments.share_bytes
    arguments.scratch = constants.allocate(scratch, of: UInt8.self)
    // Whatever was in the scratch before must not matter.
    for index in 0..<scratch { arguments.scratch[index] = UInt8(truncatingIfNeeded: index &* 37) }
    seg_run_rows(seg_word_winograd, &arguments, Int32(threads), Int32(threads))
    return Array(UnsafeBufferPointer(start: written, count: count + 16))
  }

  /// What weights of fewer bits change a result by at most, as a share of the largest sum.
  private static let tolerance = 0.004

  @Test("results are those of nine products, whatever the shape, the formats and what follows", arguments: registers, UInt64(0)..<300)
  func near(isNarrow: Bool, seed: UInt64) throws {
    let trial = WinogradTrial(seed: seed)
    let found = try bytes(trial, isNarrow: isNarrow)
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 }, "seed \(seed): the kernel wrote beyond the output")
    let (expected, largest) = trial.expected()
    let rounding = trial.output.format == .float32 ? 0 : 0.5
    let worst = zip(trial.results(found), expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= rounding + Self.tolerance * largest, "seed \(seed): off by \(worst) of \(largest), \(trial.input) to \(trial.output)")
    if trial.added != nil, trial.output.format.byteCount == 1 {
      #expect(try bytes(trial, isNarrow: isNarrow, isInPlace: true) == found, "seed \(seed): in place")
    }
  }

  @Test("any number of threads gives the same bytes", arguments: registers, [2, 3, 7])
  func threads(isNarrow: Bool, count: Int) throws {
    for seed in UInt64(0)..<40 {
      let trial = WinogradTrial(seed: seed)
      #expect(try bytes(trial, isNarrow: isNarrow, threads: count) == bytes(trial, isNarrow: isNarrow), "seed \(seed)")
    }
  }

  @Test("weights that are spread as training spreads them are more exact than as bytes, up to the most channels", arguments: registers, [16, 128, 512])
  func exactness(isNarrow: Bool, channels: Int) throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    // Many are small: sums of four.
    let weights = (0..<16 * channels * 9).map { _ in random.floats(4).reduce(0, +) }
    var convolution = Convolution(weight: Tensor(shape: [16, channels, 3, 3], floats: weights))
    convolution.padding = Padding(1)
    let trial = WinogradTrial(
      convolution, FeatureShape(height: 12, width: 12, channels: channels), .signed8(scale: 1), to: .float32, seed: random.next())
    func error(_ results: [Double]) -> Double { zip(results, trial.expected().results).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }
    var rounded = trial
    let sums = ConvolutionSums(convolution, from: trial.input.format, in: 1)
    rounded.convolution.weight = sums.roundedWeight([16, channels, 3, 3], inputScale: 1)
    #expect(error(trial.results(try bytes(trial, isNarrow: isNarrow))) < error(rounded.expected().results), "seed \(seed)")
  }

  @Test("no input makes a sum overflow", arguments: registers, [false, true])
  func extremes(isNarrow: Bool, isSigned: Bool) throws {
    // What forward_line multiplies a line with, and what weights in a line are multiplied with, as signs.
    let words: [[Double]] = [
      [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
    ]
    let taps: [[Float]] = [[1, 0, 0], [-1, -1, -1], [-1, 1, -1], [1, 1, 1], [1, -1, 1], [0, 0, 1]]
    let inputs = 96
    // Output channel p has the weights that make place p of its transformed weights largest.
    var weights: [Float] = []
    for place in 0..<36 {
      let window: [Float] = (0..<9).map { taps[place / 6][$0 / 3] * taps[place % 6][$0 % 3] }
      for _ in 0..<inputs { weights += window }
    }
    let convolution = Convolution(weight: Tensor(shape: [36, inputs, 3, 3], floats: weights))
    for place in 0..<36 {
      for sign in [1.0, -1] {
        let (above, below): (UInt8, UInt8) = isSigned ? (0x7F, 0x80) : (255, 0)
        var bytes: [UInt8] = []
        for pixel in 0..<36 {
          let isAbove = sign * words[place / 6][pixel / 6] * words[place % 6][pixel % 6] > 0
          bytes += [UInt8](repeating: isAbove ? above : below, count: inputs)
        }
        let trial = WinogradTrial(
          convolution, FeatureShape(height: 6, width: 6, channels: inputs), isSigned ? .signed8(scale: 1) : .unsigned8(scale: 1), to: .float32,
          bytes: bytes, seed: 1)
        let (expected, largest) = trial.expected()
        let worst = zip(trial.results(try self.bytes(trial, isNarrow: isNarrow)), expected).map { abs($0 - $1) }.max() ?? 0
        // Weights that are all alike are rounded alike; a sum that overflows is off by far more than the largest.
        #expect(worst <= 0.02 * largest, "place \(place): off by \(worst) of \(largest)")
      }
    }
  }

  @Test("weights that are all zero, or no numbers to work with, end nothing", arguments: registers)
  func zeros(isNarrow: Bool) throws {
    for weight in [Float(0), .infinity, .nan, 1e-40] {
      let convolution = Convolution(weight: Tensor(shape: [3, 2, 3, 3], floats: [Float](repeating: weight, count: 54)))
      let trial = WinogradTrial(convolution, FeatureShape(height: 5, width: 6, channels: 2), .unsigned8(scale: 1), to: .unsigned8(scale: 1), seed: 1)
      let found = try bytes(trial, isNarrow: isNarrow)
      if weight == 0 { #expect(found.dropLast(16).allSatisfy { $0 == 0 }) }
    }
  }

  @Test("results far beyond bytes, and beyond whole numbers of four bytes, are the greatest or the least byte", arguments: registers, [Float(1), 1e-6, 1e-9])
  func largeResults(isNarrow: Bool, scale: Float) throws {
    // Sixteen channels above zero, sixteen below.
    let weights = (0..<32 * 18).map { $0 < 16 * 18 ? Float(1) : -1 }
    for format in [ElementFormat.unsigned8(scale: scale), .signed8(scale: scale)] {
      let trial = WinogradTrial(
        Convolution(weight: Tensor(shape: [32, 2, 3, 3], floats: weights)), FeatureShape(height: 10, width: 10, channels: 2), .unsigned8(scale: 1), to: format,
        bytes: [UInt8](repeating: 200, count: 200), seed: 1)
      let (least, most): (UInt8, UInt8) = if case .signed8 = format { (0x80, 0x7F) } else { (0, 0xFF) }
      let found = try bytes(trial, isNarrow: isNarrow).dropLast(16)
      #expect(found.count == 64 * 32 && found.enumerated().allSatisfy { $1 == ($0 % 32 < 16 ? most : least) }, "\(format)")
    }
  }

  @Test("what the kernel cannot do is left alone")
  func others() throws {
    let bytes = ElementFormat.unsigned8(scale: 0.1)
    func isPossible(
      _ input: ElementFormat, _ output: ElementFormat, channels: Int = 8, _ change: (inout Convolution) -> Void = { _ in }
    ) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [8, channels, 3, 3], floats: [Float](repeating: 1, count: 72 * channels)))
      change(&convolution)
      let shape = FeatureShape(height: 8, width: 8, channels: channels)
      return WordWinogradConvolution(
        convolution, from: TypedShape(shape: shape, format: input), to: TypedShape(shape: shape, format: output), adding: nil) != nil
    }
    #expect(isPossible(bytes, bytes) && isPossible(bytes, .float32) && isPossible(bytes, bytes, channels: 512))
    #expect(!isPossible(.float32, bytes) && !isPossible(bytes, .bfloat16) && !isPossible(bytes, bytes, channels: 513))
    #expect(!isPossible(bytes, bytes) { $0.stride = (1, 2) })
    #expect(!isPossible(bytes, bytes) { $0.weight = Tensor(shape: [8, 8, 3, 1], floats: [Float](repeating: 1, count: 192)) })
    #expect(
      !isPossible(bytes, bytes) {
        $0.groups = 8
        $0.weight = Tensor(shape: [8, 1, 3, 3], floats: [Float](repeating: 1, count: 72))
      })
    #expect(!isPossible(bytes, bytes) { $0.postOperations = [.activation(.sigmoid)] })
    #expect(!isPossible(bytes, bytes) { $0.postOperations = [.add(inputIndex: 1)] })
  }
}
