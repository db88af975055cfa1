import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes and bfloat16 in tile registers.
@Suite(.enabled(if: MatrixConvolution.isAvailable, "the processor has no tile registers, or the system lets nobody use them")) struct MatrixConvolutionTests {
  /// A convolution, and how it is run.
  private struct Trial {
    let drawn: DrawnConvolution
    /// Elements between the pixels of each map.
    var gaps = (input: 0, added: 0, output: 0)
    var isInPlace = false
    var threads = 1
    /// Whether reading more than 64 bytes behind a map, or anything behind the scratch, ends the process.
    var isGuarded = false

    init(_ drawn: DrawnConvolution) { self.drawn = drawn }

    init(_ precision: Precision, seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      drawn = DrawnConvolution(precision, &random)
    }

    /// One that may be read where the input lies: a kernel of 1x1 without padding, and enough channels.
    init(pointsOf precision: Precision, seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      let (inputs, outputs) = (precision == .int8 ? number(64...140) : number(32...140), number(1...70))
      var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 1, 1], floats: random.floats(outputs * inputs, in: -0.2...0.2)))
      if number(0...1) == 0 { convolution.stride = (number(1...3), number(1...3)) }
      let format = precision == .int8 ? random.byteFormat() : .bfloat16
      let shape = FeatureShape(height: number(1...9), width: number(1...50), channels: inputs)
      drawn = DrawnConvolution(convolution, over: shape, from: format, to: format, adding: nil, &random)
      gaps.input = number(0...1) * number(1...20)
    }

    var canBeInPlace: Bool { drawn.added?.byteCount == drawn.output.format.byteCount }

    /// What the kernel writes, without gaps; nil where it wrote anything else but its scratch.
    func bytes(_ check: (SegMatrixConvolution) -> Void = { _ in }) throws -> [UInt8]? {
      let (memory, constants) = (GuardedMemory(isGuarded: isGuarded), ConstantStore())
      let (input, output) = (SpacedMap(typed: drawn.input, gap: gaps.input), SpacedMap(typed: drawn.output, gap: gaps.output))
      // What is no part of the input is no number, and must not matter.
      let source = memory.copy(input.spread(drawn.inputBytes, around: 0xFF))
      let before = isInPlace ? drawn.addedBytes : [UInt8](repeating: 0xA5, count: drawn.output.shape.count * drawn.output.format.byteCount)
      let target = memory.copy(output.spread(before, around: 0xA5))
      let added = drawn.added.map { format in
        let map = SpacedMap(typed: TypedShape(shape: drawn.output.shape, format: format), gap: isInPlace ? gaps.output : gaps.added)
        return map.map(isInPlace ? target : memory.copy(map.spread(drawn.addedBytes, around: 0xFF)))
      }
      let made = try #require(MatrixConvolution(drawn.convolution, from: drawn.input, to: drawn.output, adding: drawn.added))
      var arguments = made.arguments(from: input.map(source), to: output.map(target), adding: added, threads: threads, constants)
      check(arguments)
      // Neither must what was in the scratch before.
      arguments.scratch = memory.copy([UInt8](repeating: 0xFF, count: Int(arguments.shares) * arguments.share_bytes))
      seg_run_rows(seg_matrix_convolution, &arguments, arguments.shares, Int32(threads))
      return withExtendedLifetime((memory, constants)) { output.gathered(target, around: 0xA5) }
    }

    /// How many results are wrong.
    func wrongCount(_ check: (SegMatrixConvolution) -> Void = { _ in }) throws -> Int {
      drawn.wrongCount(try #require(try bytes(check), "something else was written"))
    }
  }

  /// Checks a trial's results, and that they are the same in the place of what is added.
  private func expectRight(_ trial: Trial, _ name: String) throws {
    let wrong = try trial.wrongCount()
    #expect(wrong == 0, "\(name): \(wrong) of \(trial.drawn.output.shape.count) wrong, \(trial.drawn.input) to \(trial.drawn.output)")
    guard trial.canBeInPlace else { return }
    var inPlace = trial
    inPlace.isInPlace = true
    #expect(try inPlace.bytes() == trial.bytes(), "\(name): in place")
  }

  @Test("results of bytes are the exact ones, rounded, whatever the shape, the formats and what follows", arguments: UInt64(0)..<500)
  func bytes(seed: UInt64) throws { try expectRight(Trial(.int8, seed: seed), "seed \(seed)") }

  @Test("results of bfloat16 are those of single precision, whatever the shape, the formats and what follows", arguments: UInt64(0)..<300)
  func halves(seed: UInt64) throws { try expectRight(Trial(.bfloat16, seed: seed), "seed \(seed)") }

  @Test("single pixels are read where they lie, and nothing around them matters", arguments: [Precision.int8, .bfloat16], UInt64(0)..<60)
  func points(precision: Precision, seed: UInt64) throws {
    let wrong = try Trial(pointsOf: precision, seed: seed).wrongCount {
      // Or copied without the pixels in between, where they would fill tiles badly.
      #expect($0.is_direct == 1 || $0.row_step * $0.column_step > 1 || precision == .bfloat16, "seed \(seed)")
    }
    #expect(wrong == 0, "seed \(seed)")
  }

  @Test("pixels of every map may lie further apart than their channels", arguments: [Precision.int8, .bfloat16], UInt64(0)..<80)
  func gaps(precision: Precision, seed: UInt64) throws {
    var trial = Trial(precision, seed: seed &+ 2000)
    let dense = try trial.bytes()
    var random = RandomNumbers(seed: seed)
    func gap() -> Int { Int.random(in: 0...40, using: &random) }
    trial.gaps = (gap(), gap(), gap())
    #expect(try trial.bytes() == dense, "seed \(seed): gaps \(trial.gaps)")
    trial.isInPlace = trial.canBeInPlace
    #expect(try trial.bytes() == dense, "seed \(seed): gaps \(trial.gaps), in place")
  }

  @Test("every output channel has a place of its own, in pairs of registers and beside them", arguments: [1, 16, 18, 31, 32, 33, 64, 80, 270])
  func places(outputs: Int32) {
    for isPaired in Int32(0)...1 {
      let places = (0..<outputs).map { seg_matrix_place($0, outputs, isPaired) }
      #expect(places.sorted() == Array(0..<outputs) && (isPaired == 1 && outputs >= 32) == (places != Array(0..<outputs)))
    }
  }

  @Test("any number of threads gives the same bytes", arguments: [Precision.int8, .bfloat16], [2, 3, 7])
  func threads(precision: Precision, count: Int) throws {
    for seed in UInt64(0)..<40 {
      var trial = Trial(precision, seed: seed &+ 3000)
      let alone = try trial.bytes()
      trial.threads = count
      trial.isInPlace = trial.canBeInPlace && seed % 2 == 0
      #expect(try trial.bytes() == alone, "seed \(seed)")
    }
  }

  @Test(
    "maps of several bands of rows have the same results as any others", arguments: [Precision.int8, .bfloat16],
    [
      // Many places of few bytes, and many bytes a place.
      BandCase(200, 170, from: 2, to: 20, kernel: (3, 3)), BandCase(290, 160, from: 3, to: 7, kernel: (5, 4), stride: (1, 2)),
      BandCase(490, 270, from: 3, to: 40, kernel: (3, 3), stride: (2, 3)), BandCase(160, 190, from: 4, to: 18, kernel: (3, 2), dilation: (5, 3)),
      BandCase(120, 90, from: 70, to: 20, kernel: (3, 3)), BandCase(90, 110, from: 64, to: 17, kernel: (3, 3), stride: (2, 1), dilation: (3, 2)),
      BandCase(120, 100, from: 72, to: 24, kernel: (1, 1), padding: 0), BandCase(131, 121, from: 80, to: 33, kernel: (1, 1), stride: (2, 2), padding: 0),
      BandCase(41, 60, from: 256, to: 16, kernel: (3, 3), stride: (3, 2)), BandCase(12, 9000, from: 1, to: 5, kernel: (2, 3)),
    ])
  func bands(precision: Precision, chosen: BandCase) throws {
    var trial = Trial(chosen.drawn(precision))
    func isDivided(_ made: SegMatrixConvolution) { #expect(made.band_rows * made.shares < made.output.height, "\(chosen): a single band") }
    let wrong = try trial.wrongCount(isDivided)
    #expect(wrong == 0, "\(chosen): \(wrong) of \(trial.drawn.output.shape.count) wrong")
    let alone = try trial.bytes()
    trial.threads = 2
    #expect(try trial.bytes(isDivided) == alone, "\(chosen): two threads")
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for precision in [Precision.int8, .bfloat16] {
        for seed in UInt64(0)..<100 {
          var random = RandomNumbers(seed: seed)
          var trials = [Trial(precision, seed: seed &+ 4000), Trial(pointsOf: precision, seed: seed)]
          for index in trials.indices {
            trials[index].isGuarded = true
            trials[index].threads = Int.random(in: 1...3, using: &random)
            trials[index].gaps.input = Int.random(in: 0...9, using: &random)
            _ = try trials[index].bytes()
          }
        }
      }
    }
  }

  @Test("what the kernel cannot do is left alone")
  func others() {
    let (bytes, signed, relu) = (ElementFormat.unsigned8(scale: 0.1), ElementFormat.signed8(scale: 0.2), PostOperation.activation(.relu))
    func isPossible(
      _ input: ElementFormat, _ output: ElementFormat, adding added: ElementFormat? = nil, _ change: (inout Convolution) -> Void = { _ in }
    ) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [8, 8, 3, 3], floats: [Float](repeating: 1, count: 576)))
      if added != nil { convolution.postOperations = [.add(inputIndex: 1)] }
      change(&convolution)
      let shape = FeatureShape(height: 8, width: 8, channels: 8)
      return MatrixConvolution(convolution, from: TypedShape(shape: shape, format: input), to: TypedShape(shape: shape, format: output), adding: added) != nil
    }
    #expect(isPossible(bytes, signed) && isPossible(signed, .float32) && isPossible(bytes, bytes, adding: signed))
    #expect(isPossible(.bfloat16, .bfloat16) && isPossible(.bfloat16, .float32, adding: .bfloat16))
    #expect(isPossible(bytes, bytes) { ($0.stride, $0.dilation, $0.postOperations) = ((4, 2), (3, 7), [relu, .activation(.leakyRelu(slope: 0.1))]) })
    #expect(!isPossible(.float32, .float32) && !isPossible(.float32, bytes) && !isPossible(bytes, .bfloat16) && !isPossible(.bfloat16, bytes))
    #expect(!isPossible(bytes, .float32, adding: bytes) && !isPossible(bytes, bytes, adding: .bfloat16) && !isPossible(.bfloat16, .bfloat16, adding: .float32))
    #expect(!isPossible(bytes, bytes) { $0.postOperations = [.add(inputIndex: 1)] })
    #expect(!isPossible(bytes, bytes) { $0.postOperations = [relu, relu, relu] } && !isPossible(bytes, bytes) { $0.postOperations = [.activation(.tanh)] })
    #expect(!isPossible(bytes, bytes) { ($0.groups, $0.weight) = (8, Tensor(shape: [8, 1, 3, 3], floats: [Float](repeating: 1, count: 72))) })
    #expect(!isPossible(bytes, bytes) { $0.enlargement = Enlargement(height: 8, width: 8, alignCorners: false) })
  }
}

extension MatrixConvolutionTests {
  /// The shape of a convolution over a large map.
  struct BandCase: Sendable, CustomTestStringConvertible {
    let height, width, inputs, outputs, padding: Int
    let kernel, stride, dilation: (Int, Int)

    init(
      _ height: Int, _ width: Int, from inputs: Int, to outputs: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
      padding: Int = 1
    ) {
      (self.height, self.width, self.inputs, self.outputs, self.padding) = (height, width, inputs, outputs, padding)
      (self.kernel, self.stride, self.dilation) = (kernel, stride, dilation)
    }

    var testDescription: String { "\(height)x\(width)x\(inputs) to \(outputs), kernel \(kernel), stride \(stride), dilation \(dilation)" }

    /// With random numbers.
    func drawn(_ precision: Precision) -> DrawnConvolution {
      var random = RandomNumbers(seed: UInt64(height * width))
      let weights = random.floats(outputs * inputs * kernel.0 * kernel.1, in: -0.2...0.2)
      var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, kernel.0, kernel.1], floats: weights))
      (convolution.stride, convolution.dilation, convolution.padding) = (stride, dilation, Padding(padding))
      let format = precision == .int8 ? random.byteFormat() : .bfloat16
      let shape = FeatureShape(height: height, width: width, channels: inputs)
      return DrawnConvolution(convolution, over: shape, from: format, to: .float32, adding: nil, &random)
    }
  }
}
