import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes by tiles against nine products a place.
@Suite(.enabled(if: ByteConvolution.isAvailable, "the processor has no wide products of bytes")) struct WordWinogradConvolutionTests {
  /// A convolution with what it reads.
  private struct Trial {
    var convolution: Convolution
    let input, output: TypedShape
    let added: ElementFormat?
    let inputBytes, addedBytes: [UInt8]

    init(
      _ convolution: Convolution, _ shape: FeatureShape, _ format: ElementFormat, to outputFormat: ElementFormat, adding added: ElementFormat? = nil,
      bytes: [UInt8]? = nil, seed: UInt64
    ) {
      var random = RandomNumbers(seed: seed)
      self.convolution = convolution
      let (padding, dilation) = (convolution.padding, convolution.dilation)
      input = TypedShape(shape: shape, format: format)
      output = TypedShape(
        shape: FeatureShape(
          height: shape.height + padding.top + padding.bottom - 2 * dilation.vertical,
          width: shape.width + padding.left + padding.right - 2 * dilation.horizontal, channels: convolution.weight.shape[0]), format: outputFormat)
      self.added = added
      inputBytes = bytes ?? (0..<shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
      addedBytes = (0..<output.shape.count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// One of random shape, formats and post-operations.
    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      let inputs = [number(1...45), 32, 64, number(61...70)][number(0...3)]
      let outputs = [16 * number(1...5), number(60...80), number(1...40), number(1...40)][number(0...3)]
      let bound = 2 / Float(9 * inputs).squareRoot()
      var made = Convolution(
        weight: Tensor(shape: [outputs, inputs, 3, 3], floats: random.floats(outputs * inputs * 9, in: -bound...bound)),
        bias: number(0...3) == 0 ? nil : Tensor(shape: [outputs], floats: random.floats(outputs)))
      if number(0...3) == 0 { made.dilation = (number(1...3), number(1...3)) }
      made.padding = Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
      let added = number(0...1) == 0 ? random.byteFormat() : nil
      made.postOperations = [
        random.straightActivation(channels: outputs), added == nil ? nil : .add(inputIndex: 1), random.straightActivation(channels: outputs),
      ].compactMap { $0 }
      let (height, width) = (number(1...14) + 2 * made.dilation.vertical, number(1...40) + 2 * made.dilation.horizontal)
      self.init(
        made, FeatureShape(height: height, width: width, channels: inputs), random.byteFormat(),
        to: added == nil && number(0...2) == 0 ? .float32 : random.byteFormat(),
        adding: added, seed: seed)
    }

    /// What the kernel writes, and behind it sixteen bytes that it must leave alone.
    func bytes(threads: Int = 1, isInPlace: Bool = false) throws -> [UInt8] {
      let constants = ConstantStore()
      let count = output.shape.count * output.format.byteCount
      let written = constants.allocate(count + 16, of: UInt8.self)
      for index in 0..<count + 16 { written[index] = 0xA5 }
      if isInPlace { for (index, byte) in addedBytes.enumerated() { written[index] = byte } }
      let beside = isInPlace ? written : UnsafeMutablePointer(mutating: constants.copy(addedBytes))
      let made = try #require(WordWinogradConvolution(convolution, from: input, to: output, adding: added))
      var arguments = made.arguments(
        from: SegTypedMap(UnsafeMutablePointer(mutating: constants.copy(inputBytes)), input), to: SegTypedMap(written, output),
        adding: added.map { SegTypedMap(beside, TypedShape(shape: output.shape, format: $0)) }, threads: threads, constants)
      let scratch = threads * arguments.share_bytes
      arguments.scratch = constants.allocate(scratch, of: UInt8.self)
      // Whatever was in the scratch before must not matter.
      for index in 0..<scratch { arguments.scratch[index] = UInt8(truncatingIfNeeded: index &* 37) }
      seg_run_rows(seg_word_winograd, &arguments, Int32(threads), Int32(threads))
      return Array(UnsafeBufferPointer(start: written, count: count + 16))
    }

    /// What the bytes stand for, in units of the output's scale.
    func results(_ bytes: [UInt8]) -> [Double] {
      switch output.format {
      case .float32:
        bytes.withUnsafeBytes { bytes in
          (0..<output.shape.count).map { Double(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
        }
      default: (0..<output.shape.count).map { Double(output.format.number(bytes[$0])) }
      }
    }

    /// What nine products a place of the weights as they are give, in units of the output's scale and within its limits; not rounded. And the largest sum.
    func expected() -> (results: [Double], largest: Double) {
      let unit = Double(output.format.scale)
      let weights = convolution.weight.floats().map { Double($0) }
      let bias = convolution.bias?.floats() ?? [Float](repeating: 0, count: output.shape.channels)
      let (height, width, inputs) = (input.shape.height, input.shape.width, input.shape.channels)
      let values = inputBytes.map { Double(input.format.number($0)) }
      var (results, largest): ([Double], Double) = ([], 0)
      for row in 0..<output.shape.height {
        for column in 0..<output.shape.width {
          for channel in 0..<output.shape.channels {
            var sum = 0.0
            for tap in 0..<9 {
              let y = row - convolution.padding.top + tap / 3 * convolution.dilation.vertical
              let x = column - convolution.padding.left + tap % 3 * convolution.dilation.horizontal
              guard y >= 0, y < height, x >= 0, x < width else { continue }
              for inner in 0..<inputs { sum += values[(y * width + x) * inputs + inner] * weights[(channel * inputs + inner) * 9 + tap] }
            }
            var value = sum * Double(input.format.scale) / unit
            largest = max(largest, abs(value))
            value += Double(bias[channel]) / unit
            for operation in convolution.postOperations {
              switch operation {
              case .add:
                let format = added ?? .float32
                value += Double(format.number(addedBytes[results.count])) * Double(format.scale) / unit
              case .activation(let activation): value = activation.applied(to: value, channel: channel, unit: unit)
              }
            }
            switch output.format {
            case .signed8: results.append(min(max(value, -128), 127))
            case .unsigned8: results.append(min(max(value, 0), 255))
            case .float32, .bfloat16: results.append(value)
            }
          }
        }
      }
      return (results, largest)
    }
  }

  /// What weights of fewer bits change a result by at most, as a share of the largest sum.
  private static let tolerance = 0.004

  @Test("results are those of nine products, whatever the shape, the formats and what follows", arguments: UInt64(0)..<300)
  func near(seed: UInt64) throws {
    let trial = Trial(seed: seed)
    let found = try trial.bytes()
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 }, "seed \(seed): the kernel wrote beyond the output")
    let (expected, largest) = trial.expected()
    let rounding = trial.output.format == .float32 ? 0 : 0.5
    let worst = zip(trial.results(found), expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= rounding + Self.tolerance * largest, "seed \(seed): off by \(worst) of \(largest), \(trial.input) to \(trial.output)")
    if trial.added != nil, trial.output.format.byteCount == 1 { #expect(try trial.bytes(isInPlace: true) == found, "seed \(seed): in place") }
  }

  @Test("any number of threads gives the same bytes", arguments: [2, 3, 7])
  func threads(count: Int) throws {
    for seed in UInt64(0)..<40 { #expect(try Trial(seed: seed).bytes(threads: count) == Trial(seed: seed).bytes(), "seed \(seed)") }
  }

  @Test("weights that are spread as training spreads them are more exact than as bytes, up to the most channels", arguments: [16, 128, 512])
  func exactness(channels: Int) throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    // Many are small: sums of four.
    let weights = (0..<16 * channels * 9).map { _ in random.floats(4).reduce(0, +) }
    var convolution = Convolution(weight: Tensor(shape: [16, channels, 3, 3], floats: weights))
    convolution.padding = Padding(1)
    let trial = Trial(
      convolution, FeatureShape(height: 12, width: 12, channels: channels), .signed8(scale: 1), to: .float32, seed: random.next())
    func error(_ results: [Double]) -> Double { zip(results, trial.expected().results).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }
    var rounded = trial
    let sums = ConvolutionSums(convolution, from: trial.input.format, in: 1)
    rounded.convolution.weight = sums.roundedWeight([16, channels, 3, 3], inputScale: 1)
    #expect(error(trial.results(try trial.bytes())) < error(rounded.expected().results), "seed \(seed)")
  }

  @Test("no input makes a sum overflow", arguments: [false, true])
  func extremes(isSigned: Bool) throws {
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
        let trial = Trial(
          convolution, FeatureShape(height: 6, width: 6, channels: inputs), isSigned ? .signed8(scale: 1) : .unsigned8(scale: 1), to: .float32,
          bytes: bytes, seed: 1)
        let (expected, largest) = trial.expected()
        let worst = zip(trial.results(try trial.bytes()), expected).map { abs($0 - $1) }.max() ?? 0
        // Weights that are all alike are rounded alike; a sum that overflows is off by far more than the largest.
        #expect(worst <= 0.02 * largest, "place \(place): off by \(worst) of \(largest)")
      }
    }
  }

  @Test("weights that are all zero, or no numbers to work with, end nothing")
  func zeros() throws {
    for weight in [Float(0), .infinity, .nan, 1e-40] {
      let convolution = Convolution(weight: Tensor(shape: [3, 2, 3, 3], floats: [Float](repeating: weight, count: 54)))
      let trial = Trial(convolution, FeatureShape(height: 5, width: 6, channels: 2), .unsigned8(scale: 1), to: .unsigned8(scale: 1), seed: 1)
      let found = try trial.bytes()
      if weight == 0 { #expect(found.dropLast(16).allSatisfy { $0 == 0 }) }
    }
  }

  @Test("results far beyond bytes, and beyond whole numbers of four bytes, are the greatest or the least byte", arguments: [Float(1), 1e-6, 1e-9])
  func largeResults(scale: Float) throws {
    // Sixteen channels above zero, sixteen below.
    let weights = (0..<32 * 18).map { $0 < 16 * 18 ? Float(1) : -1 }
    for format in [ElementFormat.unsigned8(scale: scale), .signed8(scale: scale)] {
      let trial = Trial(
        Convolution(weight: Tensor(shape: [32, 2, 3, 3], floats: weights)), FeatureShape(height: 10, width: 10, channels: 2), .unsigned8(scale: 1), to: format,
        bytes: [UInt8](repeating: 200, count: 200), seed: 1)
      let (least, most): (UInt8, UInt8) = if case .signed8 = format { (0x80, 0x7F) } else { (0, 0xFF) }
      let found = try trial.bytes().dropLast(16)
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
