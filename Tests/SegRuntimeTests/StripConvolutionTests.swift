import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Outputs that are made a few rows at a time against the same outputs made at once.
@Suite struct StripConvolutionTests {
  /// The size of an output whose rows are long enough for several strips.
  private static let width = 700
  /// Kernels that are chosen among: all, those that processors without tile registers have, and no more than the library for the strips.
  private static let kernels: [ShortKernels] = [.all, [.narrow, .tiles, .places], [.tiles]]
  /// What a kernel of two needs to keep the size.
  private static let below = Padding(top: 0, bottom: 1, left: 0, right: 1)

  /// A network that ends with a convolution, and its input.
  private func network(
    _ height: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, padding: Padding, classes: Int, width: Int = Self.width, seed: UInt64
  ) throws -> (graph: Graph, input: [Float]) {
    var graph = RandomGraph(seed: seed)
    let features = try graph.activation(.relu, try graph.convolution(graph.input(height, width, 4), to: 16, kernel: (3, 3), padding: Padding(1)))
    graph.builder.output(
      try graph.convolution(features, to: classes, kernel: (kernel, kernel), stride: stride, padding: padding, dilation: dilation, hasBias: true), name: "x")
    return (graph.builder.build(), graph.random.floats(height * width * 4))
  }

  private func plan(_ graph: Graph, _ input: [Float], _ precision: Precision) -> PrecisionPlan {
    if precision != .int8 { return PrecisionPlan(precision, fallback: precision) }
    let values = ReferenceInterpreter(graph: graph.optimized().exposingValues()).run(inputs: [input])
    return PrecisionPlan(.int8, ranges: values.compactMapValues { ValueRange(lowest: min(0, $0.min() ?? 0), highest: max(0, $0.max() ?? 0)) })
  }

  /// The output as it is made at once, and as its rows come, which are checked.
  private func outputs(_ graph: Graph, _ input: [Float], _ plan: PrecisionPlan, threads: Int, among kernels: ShortKernels = .all) throws -> (
    whole: [Float], strips: [Float], count: Int
  ) {
    let (whole, cut) = (
      try Executable(graph: graph, threads: threads, precision: plan, kernels: kernels),
      try Executable(graph: graph, threads: threads, precision: plan, inStrips: "x", kernels: kernels)
    )
    #expect(cut.isInStrips("x") && !whole.isInStrips("x") && cut.outputShapes == whole.outputShapes)
    var (strips, count, next): ([Float], Int, Int) = ([], 0, 0)
    for executable in [whole, cut] {
      executable.withInput(0) { _ = $0.update(fromContentsOf: input) }
      executable.run()
    }
    for _ in 0..<2 {
      (strips, count, next) = ([], 0, 0)
      cut.withRows(of: "x") { rows, values in
        #expect(rows.lowerBound == next && !rows.isEmpty)
        (next, count) = (rows.upperBound, count + 1)
        strips += values
      }
    }
    return (whole.withOutput("x") { values, _ in Array(values) }, strips, count)
  }

  /// Whether numbers are equal, or nearly so where they may be rounded elsewhere: the library chooses the order of sums of floats by size and threads, the whole of an
  /// output may be made by the kernel for bytes, and its strips by the one for places.
  private func agree(
    _ one: some Collection<Float>, _ other: some Collection<Float>, _ precision: Precision, _ threads: Int, among kernels: ShortKernels
  ) -> Bool {
    let hasPlaces = kernels.contains(.places) && PlaceConvolution.isAvailable(.float32)
    let tolerance: Float = precision == .int8 || threads > 1 || (precision == .float32 && hasPlaces) ? 1e-5 : 0
    return one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test("strips are the rows of the whole, on one thread in floats bit by bit", arguments: Precision.allCases, [1, 2])
  func strips(precision: Precision, threads: Int) throws {
    if precision == .bfloat16 && !Processor.current.hasBFloat16 { return }
    for (seed, (kernel, stride, dilation, padding)) in [
      (2, 1, 1, Padding(top: 0, bottom: 1, left: 0, right: 1)), (5, 1, 1, Padding(2)), (1, 1, 1, Padding(0)), (3, 2, 1, Padding(1)), (2, 1, 4, Padding(2)),
    ].enumerated() {
      let (graph, input) = try network(
        61 + seed, kernel: kernel, stride: stride, dilation: dilation, padding: padding, classes: [48, 19, 80][seed % 3], seed: UInt64(seed))
      let plan = plan(graph, input, precision)
      for kernels in Self.kernels {
        let found = try outputs(graph, input, plan, threads: threads, among: kernels)
        #expect(found.count > 1 && agree(found.strips, found.whole, precision, threads, among: kernels), "seed \(seed)")
      }
    }
  }

  @Test("an output smaller than a strip is one", arguments: [1, 2, 7])
  func oneStrip(height: Int) throws {
    let (graph, input) = try network(height, kernel: 2, padding: Self.below, classes: 12, width: 9, seed: 3)
    for kernels in Self.kernels {
      let found = try outputs(graph, input, PrecisionPlan(.float32), threads: 1, among: kernels)
      #expect(found.count == 1 && agree(found.strips, found.whole, .float32, 1, among: kernels))
    }
  }

  @Test("labels and scores of the strips of a transposed convolution are those of the whole", arguments: Precision.allCases, [1, 2])
  func blocks(precision: Precision, threads: Int) throws {
    if precision == .bfloat16 && !Processor.current.hasBFloat16 { return }
    for (seed, height) in [1, 13, 34].enumerated() {
      var builder = RandomGraph(seed: UInt64(seed))
      let features = try builder.activation(.relu, try builder.convolution(builder.input(height, 330, 4), to: 16, kernel: (3, 3), padding: Padding(1)))
      builder.builder.output(try builder.transposed(features, to: 11 + seed, kernel: 3, padding: 1, extra: (1, 1), hasBias: true), name: "x")
      let graph = builder.builder.build()
      let input = builder.random.floats(height * 330 * 4)
      let (plan, shape) = (plan(graph, input, precision), graph.shape(of: graph.outputs[0].value))
      let (blocks, interleave) = try #require(graph.withoutFinalInterleave(of: "x"))
      for kernels in Self.kernels {
        let (whole, cut) = (
          try Executable(graph: graph, threads: threads, precision: plan, kernels: kernels),
          try Executable(graph: blocks, threads: threads, precision: plan, inStrips: "x", kernels: kernels)
        )
        #expect(cut.isInStrips("x"))
        for executable in [whole, cut] {
          executable.withInput(0) { _ = $0.update(fromContentsOf: input) }
          executable.run()
        }
        let blockShape = try #require(cut.outputShapes["x"])
        let (maker, spreader) = (LabelMaker(blocks: blockShape, interleave: interleave), BlockSpreader(blocks: blockShape, interleave: interleave))
        var (wanted, found) = ([UInt8](repeating: 254, count: shape.height * shape.width), [UInt8](repeating: 255, count: shape.height * shape.width))
        cut.withRows(of: "x") { rows, scores in
          found.withUnsafeMutableBufferPointer { maker.makeLabels(from: scores, rows: rows, ignoring: seed, into: $0, threads: threads) }
          spreader.spread(scores, rows: rows, threads: threads)
        }
        wanted.withUnsafeMutableBufferPointer { LabelMaker(scores: shape).makeLabels(from: spreader.spread, ignoring: seed, into: $0) }
        whole.withOutput("x") { scores, _ in #expect(agree(spreader.spread, scores, precision, threads, among: kernels), "\(height) rows") }
        #expect(found == wanted, "\(height) rows")
        for index in found.indices { found[index] = 255 }
        found.withUnsafeMutableBufferPointer { cut.makeLabels(of: "x", by: maker, ignoring: seed, into: $0) }
        #expect(found == wanted, "\(height) rows, without scores")
        let kind = cut.profile().last?.kind
        if precision == .int8 && ByteConvolution.isAvailable && kernels.contains(.narrow) { #expect(kind == "narrow int8") }
        let format = precision == .int8 ? ElementFormat.unsigned8(scale: 1) : precision == .bfloat16 ? .bfloat16 : .float32
        if kernels.contains(.places) && PlaceConvolution.isAvailable(format) { #expect(kind == "places \(precision == .int8 ? "int8" : "f32")") }
      }
    }
  }

  @Test("an output that no convolution ends with comes at once")
  func otherOutputs() throws {
    var graph = RandomGraph(seed: 2)
    graph.builder.output(try graph.activation(.relu, try graph.convolution(graph.input(9, 7, 3), to: 5)), name: "x")
    let executable = try Executable(graph: graph.builder.build(), inStrips: "x")
    var seen: [Range<Int>] = []
    executable.run()
    executable.withRows(of: "x") { rows, values in
      seen.append(rows)
      #expect(values.count == 9 * 7 * 5)
    }
    #expect(seen == [0..<9] && !executable.isInStrips("x"))
  }

  @Test("an output that Winograd's tiles make faster comes at once")
  func tiles() throws {
    let (graph, _) = try network(61, kernel: 3, padding: Padding(1), classes: 19, seed: 1)
    guard case .convolution(let convolution)? = graph.nodes.last?.operation, let node = graph.nodes.last else { return }
    let isFaster = WinogradConvolution.isFaster(convolution, from: graph.shape(of: node.inputs[0]), to: graph.shape(of: node.outputs[0]))
    #expect(try Executable(graph: graph, inStrips: "x").isInStrips("x") == !isFaster)
  }

  @Test("the whole is never in memory, and its convolution is in the profile")
  func memory() throws {
    let (graph, _) = try network(256, kernel: 2, padding: Self.below, classes: 80, seed: 4)
    let (whole, cut) = (try Executable(graph: graph), try Executable(graph: graph, inStrips: "x"))
    #expect(cut.arenaByteCount + cut.weightByteCount < whole.arenaByteCount - 256 * Self.width * 80 * 3)
    #expect(cut.profile().count == whole.profile().count)
    #expect(abs(cut.profile().reduce(0) { $0 + $1.gigaOperations } - whole.profile().reduce(0) { $0 + $1.gigaOperations }) < 1e-6)
  }

  @Test("strips leave no memory behind")
  func keepsNothing() async {
    await #expect(processExitsWith: .success) {
      let (graph, _) = try StripConvolutionTests().network(64, kernel: 2, padding: Self.below, classes: 48, seed: 4)
      let executable = try Executable(graph: graph, inStrips: "x")
      for _ in 0..<3 { executable.withRows(of: "x") { _, _ in } }
      let before = Heap.bytesInUse
      for _ in 0..<20 { executable.withRows(of: "x") { _, _ in } }
      #expect(Heap.bytesInUse - before == 0)
    }
  }
}
