import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions by tiles against nine products a place.
@Suite struct WinogradConvolutionTests {
  /// A convolution with random weights, and maps for it.
  private struct Trial {
    var convolution: Convolution
    let input: FeatureShape
    let values, added: [Float]
    let graph: Graph

    init(
      _ input: FeatureShape, to channels: Int, padding: Padding = Padding(1), dilation: (vertical: Int, horizontal: Int) = (1, 1), hasBias: Bool = true,
      post: [PostOperation] = [], seed: UInt64
    ) throws {
      var random = RandomNumbers(seed: seed)
      let bound = (3 / Float(9 * input.channels)).squareRoot()
      let weights = random.floats(channels * input.channels * 9, in: -bound...bound)
      convolution = Convolution(weight: Tensor(shape: [channels, input.channels, 3, 3], floats: weights))
      if hasBias { convolution.bias = Tensor(shape: [channels], floats: random.floats(channels)) }
      (convolution.padding, convolution.dilation, convolution.postOperations) = (padding, dilation, post)
      self.input = input
      values = random.floats(input.count)
      var builder = GraphBuilder()
      var inputs = [builder.input(input)]
      let output = FeatureShape(
        height: input.height + padding.top + padding.bottom - 2 * dilation.vertical,
        width: input.width + padding.left + padding.right - 2 * dilation.horizontal, channels: channels)
      added = random.floats(output.count)
      if post.contains(where: { if case .add = $0 { true } else { false } }) { inputs.append(builder.input(output)) }
      let made = try builder.add(.convolution(convolution), name: "convolution", inputs: inputs)
      builder.output(made, name: "output")
      graph = builder.build()
    }

    private var output: FeatureShape { graph.shape(of: graph.outputs[0].value) }

    /// What nine products a place give.
    var expected: [Float] {
      get throws {
        let inputs = graph.inputs.count == 2 ? [values, added] : [values]
        return try #require(ReferenceInterpreter(graph: graph).run(inputs: inputs)["output"])
      }
    }

    /// What the tiles give on `threads` threads, with the added map elsewhere or in the output's place.
    func found(threads: Int = 1, isInPlace: Bool = false) throws -> [Float] {
      let store = ConstantStore()
      func map(_ shape: FeatureShape, _ values: [Float]) -> SegMap {
        SegMap(
          data: UnsafeMutablePointer(mutating: store.copy(values)), height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels),
          pixel_stride: Int32(shape.channels))
      }
      let (source, target) = (TypedShape(shape: input, format: .float32), TypedShape(shape: output, format: .float32))
      let winograd = try #require(WinogradConvolution(convolution, from: source, to: target))
      let other = winograd.added.map { _ in map(output, added) }
      let result = isInPlace ? try #require(other) : map(output, [Float](repeating: .nan, count: output.count))
      var arguments = winograd.arguments(map(input, values), to: result, adding: other, threads: threads, store)
      // Whatever was in the scratch before must not matter.
      let scratch = store.allocate(winograd.scratchByteCount(threads: threads) / 4, of: Float.self)
      scratch.update(repeating: .nan, count: winograd.scratchByteCount(threads: threads) / 4)
      arguments.scratch = scratch
      seg_run_rows(seg_winograd, &arguments, Int32(threads), Int32(threads))
      return Array(UnsafeBufferPointer(start: result.data, count: output.count))
    }

    /// The largest difference, relative to the largest value (at least 1).
    func difference(threads: Int = 1, isInPlace: Bool = false) throws -> Float {
      let (wanted, found) = (try expected, try found(threads: threads, isInPlace: isInPlace))
      let scale = max(1, wanted.map(abs).max() ?? 1)
      return zip(found, wanted).reduce(0) { max($0, $1.0.isNaN ? .infinity : abs($1.0 - $1.1) / scale) }
    }
  }

  private static let tolerance: Float = 2e-6

  @Test("maps of every size, also smaller than a tile", arguments: [1, 2, 3, 4, 5, 7, 8, 13], [1, 4, 6, 11, 30])
  func sizes(height: Int, width: Int) throws {
    let trial = try Trial(FeatureShape(height: height, width: width, channels: 5), to: 6, seed: UInt64(height * 100 + width))
    #expect(try trial.difference() < Self.tolerance)
  }

  @Test("every number of channels", arguments: [1, 2, 3, 15, 16, 17, 18, 31, 32, 33, 36, 47, 48, 49, 64, 70], [1, 2, 8, 16, 18, 32, 36, 48, 50, 64, 70])
  func channels(inputs: Int, outputs: Int) throws {
    let trial = try Trial(FeatureShape(height: 10, width: 23, channels: inputs), to: outputs, hasBias: inputs % 2 == 0, seed: UInt64(inputs * 100 + outputs))
    #expect(try trial.difference() < Self.tolerance)
  }

  @Test("zeros around the input, as many as there are on each side")
  func paddings() throws {
    let paddings = [Padding(0), Padding(2), Padding(5), Padding(top: 0, bottom: 1, left: 3, right: 0), Padding(top: 7, bottom: 0, left: 0, right: 2)]
    for (seed, padding) in paddings.enumerated() {
      let trial = try Trial(FeatureShape(height: 9, width: 14, channels: 7), to: 20, padding: padding, seed: UInt64(seed))
      #expect(try trial.difference() < Self.tolerance, "padding \(padding)")
    }
  }

  @Test("taps that lie apart, whatever the padding", arguments: [1, 2, 3, 16], [1, 2, 5])
  func dilations(vertical: Int, horizontal: Int) throws {
    for padding in [Padding(vertical: vertical, horizontal: horizontal), Padding(16), Padding(top: 16, bottom: 17, left: 3, right: 8)] {
      let shape = FeatureShape(height: 21, width: 18, channels: 4)
      let trial = try Trial(shape, to: 19, padding: padding, dilation: (vertical, horizontal), seed: UInt64(vertical * 10 + horizontal))
      #expect(try trial.difference() < Self.tolerance, "padding \(padding)")
    }
  }

  @Test("activations and a sum follow in every order", arguments: [5, 16, 18, 33])
  func postOperations(outputs: Int) throws {
    var random = RandomNumbers(seed: 8)
    let slopes = random.floats(outputs, in: 0...0.5)
    let first: [[PostOperation]] = [[], [.activation(.relu)], [.activation(.relu6)], [.activation(.prelu(slopes: slopes))]]
    let sum = PostOperation.add(inputIndex: 1)
    let rest: [[PostOperation]] = [[], [sum], [sum, .activation(.leakyRelu(slope: 0.25))], [sum, .activation(.prelu(slopes: slopes))]]
    for post in first.flatMap({ one in rest.map { one + $0 } }) {
      let trial = try Trial(FeatureShape(height: 7, width: 10, channels: 6), to: outputs, post: post, seed: 9)
      #expect(try trial.difference() < Self.tolerance, "\(post)")
      if post.contains(sum) { #expect(try trial.difference(isInPlace: true) < Self.tolerance, "in place: \(post)") }
    }
  }

  @Test("what the kernel cannot do is left alone")
  func others() throws {
    func isPossible(_ input: ElementFormat = .float32, _ output: ElementFormat = .float32, _ change: (inout Convolution) -> Void = { _ in }) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [8, 8, 3, 3], floats: [Float](repeating: 1, count: 576)))
      change(&convolution)
      let shape = FeatureShape(height: 8, width: 8, channels: 8)
      return WinogradConvolution(convolution, from: TypedShape(shape: shape, format: input), to: TypedShape(shape: shape, format: output)) != nil
    }
    #expect(isPossible())
    #expect(!isPossible(.bfloat16) && !isPossible(.float32, .bfloat16) && !isPossible(.signed8(scale: 1), .float32))
    #expect(!isPossible { $0.stride = (1, 2) })
    #expect(!isPossible { $0.weight = Tensor(shape: [8, 8, 3, 1], floats: [Float](repeating: 1, count: 192)) })
    #expect(
      !isPossible {
        $0.groups = 8
        $0.weight = Tensor(shape: [8, 1, 3, 3], floats: [Float](repeating: 1, count: 72))
      })
    #expect(!isPossible { $0.postOperations = [.activation(.sigmoid)] })
    #expect(!isPossible { $0.postOperations = [.activation(.relu), .activation(.relu6)] })
    #expect(!isPossible { $0.postOperations = [.add(inputIndex: 1), .add(inputIndex: 2)] })
  }

  @Test("any number of threads gives the same bits", arguments: [(9, 9, 3, 5), (40, 41, 18, 18), (33, 70, 64, 40)])
  func threads(height: Int, width: Int, inputs: Int, outputs: Int) throws {
    let trial = try Trial(
      FeatureShape(height: height, width: width, channels: inputs), to: outputs, post: [.add(inputIndex: 1), .activation(.relu)], seed: UInt64(width))
    let alone = try trial.found().map(\.bitPattern)
    for threads in [2, 3, 7] { #expect(try trial.found(threads: threads).map(\.bitPattern) == alone, "\(threads) threads") }
  }

  /// What the tiles write for a random convolution, where nothing else is written.
  private func bytes(seed: UInt64, gaps: Bool, isGuarded: Bool) throws -> [UInt8]? {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let (inputs, outputs) = (number(1...40), number(1...40))
    var convolution = Convolution(
      weight: Tensor(shape: [outputs, inputs, 3, 3], floats: random.floats(outputs * inputs * 9)),
      bias: Tensor(shape: [outputs], floats: random.floats(outputs)))
    convolution.padding = Padding(number(0...2))
    convolution.dilation = (number(1...2), number(1...2))
    convolution.postOperations = [.activation(.relu), .add(inputIndex: 1)]
    let shape = FeatureShape(height: number(5...14), width: number(5...20), channels: inputs)
    var trial = MapTrial(DrawnConvolution(convolution, over: shape, from: .float32, to: .float32, adding: .float32, &random))
    (trial.isGuarded, trial.isInPlace) = (isGuarded, number(0...1) == 0)
    if gaps { trial.gaps = (number(0...9), number(0...9), number(1...9)) }
    return try trial.bytesAdding { source, target, added, memory, constants in
      let made = try #require(WinogradConvolution(convolution, from: trial.drawn.input, to: trial.drawn.output))
      var arguments = made.arguments(source.floats, to: target.floats, adding: added?.floats, threads: 2, constants)
      let scratch = memory.copy([UInt8](repeating: 0xFF, count: made.scratchByteCount(threads: 2)))
      arguments.scratch = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self)
      seg_run_rows(seg_winograd, &arguments, 2, 2)
    }
  }

  @Test("pixels may lie further apart than their channels, and what is between is neither used nor written", arguments: UInt64(0)..<60)
  func gaps(seed: UInt64) throws {
    let dense = try #require(try bytes(seed: seed, gaps: false, isGuarded: false), "seed \(seed)")
    #expect(try bytes(seed: seed, gaps: true, isGuarded: false) == dense, "seed \(seed)")
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<100 { _ = try WinogradConvolutionTests().bytes(seed: seed, gaps: seed % 2 == 0, isGuarded: true) }
    }
  }

  @Test("sums of many channels are as exact as those of nine products", arguments: [64, 300])
  func exactness(channels: Int) throws {
    let trial = try Trial(FeatureShape(height: 12, width: 12, channels: channels), to: 16, seed: UInt64(channels))
    #expect(try trial.difference() < 3e-6)
  }
}
