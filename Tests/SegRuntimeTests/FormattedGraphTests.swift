import SegGraph
import SegRuntime
import SegTestSupport
import Testing

/// Whole graphs in bytes and in bfloat16 against the reference, which rounds where a format does.
@Suite struct FormattedGraphTests {
  /// The ranges that the values of an optimised graph take for some inputs.
  private func ranges(_ graph: Graph, _ inputs: [[Float]]) -> [String: ValueRange] {
    ReferenceInterpreter(graph: graph.optimized().exposingValues()).run(inputs: inputs).compactMapValues { values in
      guard let lowest = values.min(), let highest = values.max() else { return nil }
      return ValueRange(lowest: lowest, highest: highest)
    }
  }

  /// The mean and the greatest difference from the reference, relative to the largest value of each output.
  private func differences(_ graph: Graph, _ inputs: [[Float]], _ plan: PrecisionPlan, threads: Int) throws -> (mean: Float, greatest: Float) {
    let formatted = graph.optimized().assigningFormats(plan)
    #expect(formatted.problems() == [])
    let expected = ReferenceInterpreter(graph: formatted).run(inputs: inputs)
    let executable = try Executable(graph: graph, threads: threads, precision: plan)
    for (index, values) in inputs.enumerated() { executable.withInput(index) { _ = $0.update(fromContentsOf: values) } }
    for _ in 0..<2 { executable.run() }
    var (sum, count, greatest) = (Float(0), 0, Float(0))
    for (name, wanted) in expected {
      executable.withOutput(name) { found, _ in
        let scale = max(1, wanted.map(abs).max() ?? 1)
        for (one, other) in zip(found, wanted) {
          let difference = abs(one - other) / scale
          (sum, count, greatest) = (sum + difference, count + 1, difference.isNaN ? .infinity : max(greatest, difference))
        }
      }
    }
    return (sum / Float(max(count, 1)), greatest)
  }

  private func grown(_ seed: UInt64) throws -> (graph: Graph, inputs: [[Float]]) {
    let whole = try RandomGraph.grown(seed: seed, count: 12 + Int(seed) % 20)
    // Outputs are floats; with few of them most values may be something else.
    let names = Set(whole.outputs.map(\.name).suffix(seed % 3 == 0 ? 100 : 2))
    let graph = whole.keepingOutputs { names.contains($0) }
    var random = RandomNumbers(seed: seed &+ 99)
    return (graph, graph.inputs.map { random.floats(graph.shape(of: $0).count) })
  }

  @Test(
    "in bfloat16, whatever operations follow and share", .enabled(if: Processor.current.hasBFloat16, "the processor has no bfloat16"),
    arguments: UInt64(0)..<40)
  func bfloat16(seed: UInt64) throws {
    let (graph, inputs) = try grown(seed)
    let found = try differences(graph, inputs, PrecisionPlan(.bfloat16, fallback: .bfloat16), threads: 1 + Int(seed) % 2)
    // Sums in another order are rounded to the other side now and then, which is one part in 256 of a number, and grows with what follows.
    #expect(found.mean < 2e-3 && found.greatest < 6e-2, "seed \(seed): \(found)")
  }

  @Test("in bytes, with some nodes kept in floats, whatever operations follow and share", arguments: UInt64(0)..<60)
  func int8(seed: UInt64) throws {
    let (graph, inputs) = try grown(seed)
    var random = RandomNumbers(seed: seed &+ 7)
    let keys = graph.optimized().valueKeys.filter { _ in random.next() % 4 == 0 }
    let kept = Dictionary(uniqueKeysWithValues: keys.map { ($0, random.next() % 2 == 0 ? Processor.current.fastestFloat : .float32) })
    let plan = PrecisionPlan(
      .int8, fallback: seed % 2 == 0 ? .float32 : Processor.current.fastestFloat, ranges: ranges(graph, inputs), kept: seed % 3 == 0 ? [:] : kept)
    let found = try differences(graph, inputs, plan, threads: 1 + Int(seed) % 2)
    // One byte to the other side is one part in 127 or 255, and grows with what follows.
    #expect(found.mean < 4e-3 && found.greatest < 8e-2, "seed \(seed): \(found)")
  }

  @Test("sums of several maps are not cut off before the last is added")
  func sumsOfSeveralMaps() throws {
    for count in [3, 8] {
      var graph = RandomGraph(seed: 12)
      let input = graph.input(6, 7, 16)
      var maps: [ValueID] = []
      for _ in 0..<count { maps.append(try graph.convolution(input, to: 19)) }
      let sum = try graph.builder.add(.add(activation: .relu), name: "sum", inputs: maps)
      graph.builder.output(try graph.convolution(sum, to: 16), name: "x")
      let (built, values) = (graph.builder.build(), [graph.random.floats(6 * 7 * 16)])
      let found = try differences(built, values, PrecisionPlan(.int8, ranges: ranges(built, values)), threads: 1)
      #expect(found.mean < 1e-3, "\(count) maps: \(found)")
    }
  }

  @Test("convolutions of bfloat16 with an odd number of input channels read floats where they are not said to be possible")
  func oddChannels() throws {
    var graph = RandomGraph(seed: 1)
    let first = try graph.convolution(graph.input(9, 11, 3), to: 7, kernel: (3, 3), hasBias: true)
    graph.builder.output(try graph.convolution(try graph.convolution(first, to: 8), to: 4), name: "x")
    let built = graph.builder.build().optimized()
    func read(_ isPossible: @escaping (Int) -> Bool) -> [ElementFormat] {
      let made = built.assigningFormats(PrecisionPlan(.bfloat16)) { isPossible($1.shape(of: $0.inputs[0]).channels) }
      return made.nodes.compactMap { if case .convolution = $0.operation { made.values[$0.inputs[0].index].format } else { nil } }
    }
    #expect(read { _ in false } == [.float32, .float32, .bfloat16] && read { $0 == 3 } == [.bfloat16, .float32, .bfloat16])
    #expect(read { _ in true } == [.bfloat16, .bfloat16, .bfloat16])
  }

  @Test("without ranges nothing runs in bytes")
  func unknownRanges() throws {
    let (graph, inputs) = try grown(3)
    #expect(try differences(graph, inputs, PrecisionPlan(.int8), threads: 1).greatest < 1e-3)
    #expect(graph.optimized().assigningFormats(PrecisionPlan(.int8)).values.allSatisfy { $0.format == .float32 })
  }
}
