import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of floats by products of windows' words.
@Suite(.enabled(if: FloatConvolution.isAvailable, "the processor has no AVX2")) struct FloatConvolutionTests {
  /// Any convolution, with gaps and the sum in the output's place now and then.
  private func trial(seed: UInt64) -> MapTrial {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let kernel = number(0...2) == 0 ? (1, 1) : (number(1...5), number(1...5))
    // Windows of one piece and of many, also of parts of a tap; outputs of one vector and of more than a slice.
    let inputs = [number(1...20), number(1...90), 64 * number(1...4), number(250...600)][number(0...3)]
    let outputs = [number(1...8), number(9...40), number(9...40), 8 * number(1...20), number(250...280)][number(0...4)]
    let isPlain = kernel == (1, 1) && number(0...2) > 0
    let hasSum = number(0...1) == 0
    var made = Convolution(
      weight: Tensor(
        shape: [outputs, inputs, kernel.0, kernel.1], floats: random.floats(outputs * inputs * kernel.0 * kernel.1, in: -0.2...0.2)))
    if number(0...2) > 0 { made.bias = Tensor(shape: [outputs], floats: random.floats(outputs)) }
    if !isPlain {
      (made.stride, made.dilation) = ((number(1...3), number(1...3)), number(0...2) == 0 ? (number(1...3), number(1...3)) : (1, 1))
      made.padding = Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
    }
    made.postOperations = [
      random.straightActivation(channels: outputs), hasSum ? .add(inputIndex: 1) : nil, hasSum ? random.straightActivation(channels: outputs) : nil,
    ].compactMap { $0 }
    let isLarge = inputs * kernel.0 * kernel.1 * outputs > 40_000
    let (rows, columns) = ((kernel.0 - 1) * made.dilation.vertical + 1, (kernel.1 - 1) * made.dilation.horizontal + 1)
    let shape = FeatureShape(
      height: max(number(1...(isLarge ? 5 : 20)), rows - made.padding.top - made.padding.bottom, 1),
      width: max(number(1...(isLarge ? 7 : 60)), columns - made.padding.left - made.padding.right, 1), channels: inputs)
    var trial = MapTrial(DrawnConvolution(made, over: shape, from: .float32, to: .float32, adding: hasSum ? .float32 : nil, &random))
    trial.isInPlace = hasSum && number(0...1) == 0
    if number(0...1) == 0 { trial.gaps = (number(0...20), number(0...9), number(0...20)) }
    return trial
  }

  private func bytes(_ trial: MapTrial, threads: Int = 1) throws -> [UInt8]? {
    try trial.bytesAdding { source, target, added, memory, constants in
      let made = try #require(FloatConvolution(trial.drawn.convolution, from: trial.drawn.input, to: trial.drawn.output))
      #expect((made.added != nil) == (added != nil))
      var arguments = made.arguments(source.floats, to: target.floats, adding: added?.floats, threads: threads, constants)
      // Whatever was in the scratch before must not matter.
      let scratch = memory.copy([UInt8](repeating: 0xFF, count: made.scratchByteCount(arguments)))
      arguments.scratch = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self)
      seg_run_rows(seg_float_convolution, &arguments, arguments.shares, Int32(threads))
    }
  }

  private func expected(_ drawn: DrawnConvolution) throws -> [Float] {
    var builder = GraphBuilder()
    var inputs = [builder.input(drawn.input.shape)]
    if drawn.added != nil { inputs.append(builder.input(drawn.output.shape)) }
    builder.output(try builder.add(.convolution(drawn.convolution), name: "convolution", inputs: inputs), name: "output")
    let values = [drawn.inputBytes] + (drawn.added == nil ? [] : [drawn.addedBytes])
    let numbers = values.map { bytes in ElementFormat.float32.numbers(bytes).map { Float($0) } }
    return try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: numbers)["output"])
  }

  @Test("results are those of plain loops, whatever the shape, and nothing else is written", arguments: UInt64(0)..<300)
  func results(seed: UInt64) throws {
    let trial = trial(seed: seed)
    let found = ElementFormat.float32.numbers(try #require(try bytes(trial), "seed \(seed): something else was written"))
    let wanted = try expected(trial.drawn)
    let scale = max(1, wanted.map(abs).max() ?? 1)
    let difference = zip(found, wanted).reduce(0) { max($0, $1.0.isNaN ? .infinity : abs(Float($1.0) - $1.1) / scale) }
    #expect(found.count == wanted.count && difference < 5e-6, "seed \(seed): off by \(difference), \(trial.drawn.input) to \(trial.drawn.output)")
  }

  @Test("any number of threads gives the same bits", arguments: UInt64(0)..<60)
  func threads(seed: UInt64) throws {
    let trial = trial(seed: seed &+ 1000)
    let alone = try bytes(trial)
    for threads in [2, 3, 7] { #expect(try bytes(trial, threads: threads) == alone, "seed \(seed): \(threads) threads") }
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<150 {
        var trial = FloatConvolutionTests().trial(seed: seed &+ 2000)
        trial.isGuarded = true
        _ = try FloatConvolutionTests().bytes(trial, threads: 1 + Int(seed) % 3)
      }
    }
  }

  @Test("what the kernel cannot do is left alone")
  func others() {
    func isPossible(_ input: ElementFormat = .float32, _ output: ElementFormat = .float32, _ change: (inout Convolution) -> Void = { _ in }) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [8, 8, 3, 3], floats: [Float](repeating: 1, count: 576)))
      change(&convolution)
      let shape = FeatureShape(height: 8, width: 8, channels: 8)
      return FloatConvolution(convolution, from: TypedShape(shape: shape, format: input), to: TypedShape(shape: shape, format: output)) != nil
    }
    #expect(isPossible() && isPossible { $0.stride = (1, 2) })
    #expect(!isPossible(.bfloat16) && !isPossible(.float32, .bfloat16) && !isPossible(.signed8(scale: 1), .float32))
    #expect(
      !isPossible {
        $0.groups = 8
        $0.weight = Tensor(shape: [8, 1, 3, 3], floats: [Float](repeating: 1, count: 72))
      })
    #expect(!isPossible { $0.postOperations = [.activation(.sigmoid)] })
    #expect(!isPossible { $0.postOperations = [.activation(.relu), .activation(.relu6)] })
    #expect(!isPossible { $0.postOperations = [.add(inputIndex: 1), .add(inputIndex: 2)] })
  }

  @Test("an executable uses it where it is faster, also before a curved activation, with the same bits on one and two threads")
  func executable() throws {
    var graph = RandomGraph(seed: 3)
    let input = graph.input(37, 51, 64)
    let first = try graph.activation(.relu, try graph.convolution(input, to: 64, kernel: (3, 3), stride: 2, padding: Padding(1), hasBias: true))
    let second = try graph.activation(.tanh, try graph.convolution(first, to: 40, kernel: (3, 3), stride: 2, padding: Padding(1)))
    graph.builder.output(second, name: "output")
    let built = graph.builder.build()
    for threads in [1, 2] { #expect(try greatestDifference(built, seed: 4, threads: threads) < 1e-5) }
    let kinds = try Executable(graph: built).profile().map(\.kind)
    #expect(kinds.count { $0 == "float windows" } == (seg_float_convolution_is_fast() != 0 ? 2 : 0), "\(kinds)")
    var random = RandomNumbers(seed: 5)
    let values = random.floats(built.shape(of: built.inputs[0]).count)
    let results = try [1, 2].map { threads in
      let executable = try Executable(graph: built, threads: threads)
      executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
      executable.run()
      return executable.withOutput("output") { found, _ in found.map(\.bitPattern) }
    }
    #expect(results[0] == results[1])
  }

  @Test("a sum between two activations, which the library leaves to a step behind, goes with it")
  func sums() throws {
    var graph = RandomGraph(seed: 8)
    let input = graph.input(21, 30, 24)
    let features = try graph.activation(graph.slopes(40), try graph.convolution(input, to: 40, kernel: (3, 3), padding: Padding(1), hasBias: true))
    let branch = try graph.activation(graph.slopes(16), try graph.convolution(features, to: 16, hasBias: true))
    let expanded = try graph.activation(graph.slopes(40), try graph.convolution(branch, to: 40, hasBias: true))
    graph.builder.output(try graph.activation(graph.slopes(40), try graph.add(expanded, features)), name: "output")
    let built = graph.builder.build()
    for threads in [1, 2] { #expect(try greatestDifference(built, seed: 9, threads: threads) < 1e-5) }
    let kinds = try Executable(graph: built).profile().map(\.kind)
    if seg_float_convolution_is_fast() != 0 { #expect(kinds.last == "float windows" && !kinds.contains("sum"), "\(kinds)") }
  }
}
