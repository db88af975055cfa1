import SegBase
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions that enlarge what they read against enlarging first.
@Suite struct EnlargedConvolutionTests {
  /// An enlarged map under a convolution with everything drawn from a seed, and the size of the map before. `isCopied`: results go through a convolution that
  /// copies them, so that they are bytes where convolutions are.
  private func network(seed: UInt64, isCopied: Bool = false) throws -> (graph: Graph, small: FeatureShape) {
    var graph = RandomGraph(seed: seed)
    var random = RandomNumbers(seed: seed &+ 1000)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let small = FeatureShape(height: number(1...13), width: number(1...17), channels: 160 + 8 * number(0...3))
    let kernel = [(3, 3), (3, 1), (1, 3), (2, 2), (5, 5)][number(0...4)]
    let dilation = number(1...3)
    let (height, width) = (small.height * number(2...3) + number(0...1), small.width * number(2...3) + number(0...1))
    let padding = Padding(top: number(0...2) + 4 * dilation, bottom: number(0...3), left: number(0...2) + 4 * dilation, right: number(0...3))
    let channels = [16, 32, 48, 64, 96][number(0...4)]
    let activations: [Activation?] = [nil, .relu, .relu6, .leakyRelu(slope: 0.2), graph.slopes(channels)]
    let source = try graph.activation(.relu6, graph.input(small.height, small.width, small.channels))
    let enlarged = try graph.operation(.resizeBilinear(height: height, width: width, alignCorners: seed % 2 == 0), source)
    var made = try graph.convolution(enlarged, to: channels, kernel: kernel, padding: padding, dilation: dilation, hasBias: number(0...1) == 0)
    if let activation = activations[number(0...4)] { made = try graph.activation(activation, made) }
    if isCopied { made = try graph.copied(made, channels: channels) }
    graph.builder.output(made, name: "x")
    return (graph.builder.build(), small)
  }

  private func enlargements(_ graph: Graph) -> Int {
    graph.nodes.count { if case .convolution(let convolution) = $0.operation { convolution.enlargement != nil } else { false } }
  }

  private func outputs(_ graph: Graph, _ input: [Float], _ plan: PrecisionPlan, threads: Int) throws -> [Float] {
    let executable = try Executable(graph: graph, threads: threads, precision: plan)
    executable.withInput(0) { _ = $0.update(fromContentsOf: input) }
    for _ in 0..<2 { executable.run() }
    return executable.withOutput("x") { values, _ in Array(values) }
  }

  @Test("results are those of enlarging first", arguments: UInt64(0)..<60)
  func agreesWithEnlarging(seed: UInt64) throws {
    let (graph, small) = try network(seed: seed)
    let optimized = graph.optimized()
    #expect(optimized.problems() == [])
    if enlargements(optimized) == 0 { return }
    var random = RandomNumbers(seed: seed)
    let input = random.floats(small.count, in: -1...6)
    let wanted = try #require(ReferenceInterpreter(graph: graph).run(inputs: [input])["x"])
    let scale = max(1, wanted.reduce(0) { max($0, abs($1)) })
    for threads in 1...2 {
      let found = try outputs(graph, input, .float32, threads: threads)
      #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 2e-5 * scale }, "seed \(seed), \(threads) threads")
    }
  }

  @Test("most of the drawn networks are ones that enlarge within")
  func isUsed() throws {
    let used = try (UInt64(0)..<60).count { enlargements(try network(seed: $0).graph.optimized()) == 1 }
    #expect(used > 40)
  }

  @Test("in every precision they are those of the reference with the same weights", arguments: [Precision.bfloat16, .int8], UInt64(0)..<20)
  func precisions(precision: Precision, seed: UInt64) throws {
    if precision == .bfloat16 && !Processor.current.hasBFloat16 { return }
    let (graph, small) = try network(seed: seed)
    var random = RandomNumbers(seed: seed)
    let input = random.floats(small.count, in: seed % 3 == 0 ? -6...6 : 0...6)
    let values = ReferenceInterpreter(graph: graph.optimized().exposingValues()).run(inputs: [input])
    let ranges = values.compactMapValues { ValueRange(lowest: min(0, $0.min() ?? 0), highest: max(0, $0.max() ?? 0)) }
    let plan = PrecisionPlan(precision, fallback: Processor.current.hasBFloat16 ? .bfloat16 : .float32, ranges: ranges)
    let formatted = graph.optimized().assigningFormats(Processor.current.adapted(plan))
    let wanted = try #require(ReferenceInterpreter(graph: formatted).run(inputs: [input])["x"])
    let found = try outputs(graph, input, plan, threads: 1 + Int(seed % 2))
    let scale = max(1, wanted.reduce(0) { max($0, abs($1)) })
    #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-4 * scale }, "seed \(seed)")
  }

  /// How many steps of a byte results are from the reference's, where they are bytes before they are copied to the output; and the convolution that makes them.
  private func steps(_ graph: Graph, _ input: [Float], threads: Int) throws -> (steps: [Float], maker: Convolution, from: ElementFormat, to: ElementFormat) {
    let optimized = graph.optimized()
    let values = ReferenceInterpreter(graph: optimized.exposingValues()).run(inputs: [input])
    let ranges = values.mapValues { ValueRange(lowest: min(0, $0.min() ?? 0), highest: max(0, $0.max() ?? 0)) }
    let plan = PrecisionPlan(.int8, fallback: .float32, ranges: ranges)
    let formatted = optimized.assigningFormats(plan)
    let wanted = try #require(ReferenceInterpreter(graph: formatted).run(inputs: [input])["x"])
    let found = try outputs(graph, input, plan, threads: threads)
    let copied = try #require(formatted.nodes.last { $0.name == "copy" }).inputs[0]
    let node = try #require(formatted.nodes.first { $0.outputs.contains(copied) })
    guard case .convolution(let maker) = node.operation else { throw InputError("a convolution makes what is copied") }
    let (source, target) = (formatted.values[node.inputs[0].index].format, formatted.values[copied.index].format)
    #expect(target.precision == .int8)
    return (zip(found, wanted).map { abs($0 - $1) / target.scale }, maker, source, target)
  }

  @Test("results that are bytes are those of the reference but for their rounding", arguments: UInt64(0)..<40)
  func bytes(seed: UInt64) throws {
    let (graph, small) = try network(seed: seed, isCopied: true)
    var random = RandomNumbers(seed: seed)
    let input = random.floats(small.count, in: seed % 3 == 0 ? -6...6 : 0...6)
    let steps = try steps(graph, input, threads: 1 + Int(seed % 2)).steps
    #expect(steps.allSatisfy { $0 < 1.01 } && steps.reduce(0, +) < 0.1 * Float(steps.count), "seed \(seed)")
  }

  @Test("so are results that are far below the largest sum there can be")
  func largeSums() throws {
    var graph = RandomGraph(seed: 5)
    let (channels, inputs) = (32, 320)
    let enlarged = try graph.operation(.resizeBilinear(height: 14, width: 18, alignCorners: false), graph.input(7, 9, inputs))
    // Neighbouring inputs are equal, and their weights nearly cancel out.
    let weights = (0..<channels * inputs * 9).map { (index: Int) -> Float in
      let (sign, rest) = (index / 9 % 2 == 0 ? 320 : -320, index * 37 % 64 - 32)
      return Float(sign + rest) / 320
    }
    var convolution = Convolution(
      weight: Tensor(shape: [channels, inputs, 3, 3], floats: weights), bias: Tensor(shape: [channels], floats: graph.random.floats(channels)))
    convolution.padding = Padding(1)
    let made = try graph.builder.add(.convolution(convolution), name: "large", inputs: [enlarged])
    graph.builder.output(try graph.copied(made, channels: channels), name: "x")
    let pixels = graph.random.floats(7 * 9 * inputs / 2, in: 0...1)
    let found = try steps(graph.builder.build(), (0..<2 * pixels.count).map { pixels[$0 / 2] }, threads: 1)
    #expect(found.maker.enlargement != nil)
    #expect(try #require(ProductNumbers.halfUnit(of: found.maker, from: found.from, to: found.to)) >= 2 * found.to.scale)
    #expect(found.steps.allSatisfy { $0 < 1.01 } && found.steps.reduce(0, +) < 0.1 * Float(found.steps.count))
  }

  @Test("outputs of every format are written, also where another convolution follows")
  func formats() throws {
    for precision in Precision.allCases where precision != .bfloat16 || Processor.current.hasBFloat16 {
      var graph = RandomGraph(seed: 7)
      let source = try graph.activation(.relu, try graph.convolution(graph.input(9, 11, 8), to: 160, kernel: (3, 3), padding: Padding(1)))
      let enlarged = try graph.operation(.resizeBilinear(height: 18, width: 22, alignCorners: false), source)
      let middle = try graph.activation(.relu, try graph.convolution(enlarged, to: 48, kernel: (3, 3), padding: Padding(1), hasBias: true))
      graph.builder.output(try graph.convolution(middle, to: 5), name: "x")
      let built = graph.builder.build()
      #expect(enlargements(built.optimized()) == 1)
      var random = RandomNumbers(seed: 3)
      let input = random.floats(9 * 11 * 8)
      let values = ReferenceInterpreter(graph: built.optimized().exposingValues()).run(inputs: [input])
      let ranges = values.compactMapValues { ValueRange(lowest: min(0, $0.min() ?? 0), highest: max(0, $0.max() ?? 0)) }
      let found = try outputs(built, input, PrecisionPlan(precision, ranges: ranges), threads: 1)
      let wanted = try #require(ReferenceInterpreter(graph: built).run(inputs: [input])["x"])
      let scale = max(1, wanted.reduce(0) { max($0, abs($1)) })
      let tolerance: Float = precision == .float32 ? 2e-5 : 0.04
      #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < tolerance * scale }, "\(precision)")
    }
  }

  @Test("a kernel that reaches far beyond the map gives the bias there")
  func padding() throws {
    var graph = RandomGraph(seed: 2)
    let enlarged = try graph.operation(.resizeBilinear(height: 12, width: 12, alignCorners: true), graph.input(4, 4, 256))
    graph.builder.output(try graph.convolution(enlarged, to: 16, kernel: (3, 3), padding: Padding(9), dilation: 4, hasBias: true), name: "x")
    let built = graph.builder.build()
    #expect(enlargements(built.optimized()) == 1)
    #expect(try greatestDifference(built, seed: 1) < 1e-5)
  }
}

extension RandomGraph {
  /// A convolution whose results are its inputs.
  fileprivate mutating func copied(_ map: ValueID, channels: Int) throws -> ValueID {
    let weights = (0..<channels * channels).map { $0 % (channels + 1) == 0 ? Float(1) : 0 }
    let convolution = Convolution(weight: Tensor(shape: [channels, channels, 1, 1], floats: weights))
    return try builder.add(.convolution(convolution), name: "copy", inputs: [map])
  }
}
