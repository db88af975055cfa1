import SegGraph
import SegTensor
import Testing

@Suite struct ConvolveBeforeResizeTests {
  private var builder = GraphBuilder()

  private mutating func input(_ height: Int, _ width: Int, _ channels: Int) -> ValueID {
    builder.input(FeatureShape(height: height, width: width, channels: channels))
  }

  private mutating func enlarged(_ value: ValueID, alignCorners: Bool = false) throws -> ValueID {
    try builder.add(.resizeBilinear(height: 16, width: 16, alignCorners: alignCorners), name: "up", inputs: [value])
  }

  private mutating func join(_ values: ValueID...) throws -> ValueID { try builder.add(.concatenate, name: "join", inputs: values) }

  /// A 1x1 convolution whose weight for output o and input i is 1000 * o + i.
  private mutating func convolve(_ value: ValueID, to outputs: Int, then post: [PostOperation] = []) throws -> ValueID {
    let inputs = builder.shape(of: value).channels
    let weight = Tensor(shape: [outputs, inputs, 1, 1], floats: (0..<outputs * inputs).map { Float(1000 * ($0 / inputs) + $0 % inputs) })
    var convolution = Convolution(weight: weight, bias: Tensor(shape: [outputs], floats: (0..<outputs).map(Float.init)))
    convolution.postOperations = post
    return try builder.add(.convolution(convolution), name: "conv", inputs: [value])
  }

  private func convolution(_ node: Node) throws -> Convolution {
    guard case .convolution(let convolution) = node.operation else { throw NotAConvolution() }
    return convolution
  }

  private struct NotAConvolution: Error {}

  @Test("each size gets a convolution with its channels' weights, maps of one size stay joined, the first has the bias")
  mutating func joinOfSizes() throws {
    let (a, b, c, d) = (input(16, 16, 2), input(8, 8, 60), input(4, 4, 70), input(16, 16, 3))
    let made = try convolve(try join(a, try enlarged(b), try enlarged(c), d), to: 40, then: [.activation(.relu)])
    builder.output(made, name: "x")
    let graph = builder.build()
    let split = graph.convolvingBeforeResizes().removingDeadNodes()
    #expect(split.kinds == ["concatenate", "convolution", "convolution", "convolution", "resizedSum"] && split.problems() == [])
    #expect(split.nodes.map(\.name) == ["conv/0/0", "conv/0", "conv/1", "conv/2", "conv"])
    let parts = try split.nodes[1...3].map(convolution)
    #expect(parts.map(\.weight.shape) == [[40, 5, 1, 1], [40, 60, 1, 1], [40, 70, 1, 1]] && parts.map { $0.bias != nil } == [true, false, false])
    #expect(Array(parts[0].weight.floats()[5..<10]) == [1000, 1001, 1132, 1133, 1134])
    #expect(Array(parts[1].weight.floats()[60..<62]) == [1002, 1003] && Array(parts[2].weight.floats()[70..<72]) == [1062, 1063])
    #expect(split.multiplyAccumulates == 40 * (5 * 256 + 60 * 64 + 70 * 16))
    guard case .resizedSum(ResizedSum(height: 16, width: 16, alignCorners: false, activation: .relu)) = split.nodes[4].operation else {
      Issue.record("not the sum of the parts")
      return
    }
    #expect(split.valueKeys[split.outputs[0].value.index] == graph.valueKeys[made.index])
    #expect(split.convolvingBeforeResizes().kinds == split.kinds)
  }

  @Test("a convolution to fewer channels is done before a map is enlarged")
  mutating func aloneEnlarged() throws {
    let a = input(8, 5, 64)
    builder.output(try convolve(try enlarged(a, alignCorners: true), to: 19), name: "x")
    let split = builder.build().optimized()
    #expect(split.kinds == ["convolution", "resizedSum"] && split.problems() == [] && split.multiplyAccumulates == 8 * 5 * 64 * 19)
    #expect(try convolution(split.nodes[0]).bias?.floats().last == 18)
  }

  @Test("little is saved where few channels are enlarged, or by little")
  mutating func notWorthIt() throws {
    let (a, b, c) = (input(16, 16, 64), input(8, 8, 16), input(15, 16, 64))
    builder.output(try convolve(try join(a, try enlarged(b)), to: 64), name: "few")
    builder.output(try convolve(try enlarged(c), to: 64), name: "little")
    #expect(builder.build().convolvingBeforeResizes().kinds == ["resizeBilinear", "concatenate", "convolution", "resizeBilinear", "convolution"])
  }

  @Test("what something else reads, convolutions of other kinds and other stages are left alone")
  mutating func leftAlone() throws {
    let b = input(8, 8, 64)
    let shared = try enlarged(b)
    builder.output(try convolve(shared, to: 4), name: "shared")
    builder.output(shared, name: "map")
    let joined = try join(try enlarged(b), try enlarged(b))
    builder.output(try convolve(joined, to: 4), name: "joined")
    builder.output(joined, name: "join")
    let added = try convolve(input(16, 16, 3), to: 4)
    var sum = SampleLayers.convolution(64, 4)
    sum.postOperations = [.add(inputIndex: 1)]
    builder.output(try builder.add(.convolution(sum), name: "sum", inputs: [try enlarged(b), added]), name: "added")
    builder.output(try builder.add(.convolution(SampleLayers.convolution(64, 4, kernel: 3)), name: "wide", inputs: [try enlarged(b)]), name: "wide")
    var strided = SampleLayers.convolution(64, 4)
    strided.stride = (2, 2)
    builder.output(try builder.add(.convolution(strided), name: "strided", inputs: [try enlarged(b)]), name: "strided")
    var grouped = SampleLayers.convolution(32, 4)
    grouped.groups = 2
    builder.output(try builder.add(.convolution(grouped), name: "grouped", inputs: [try enlarged(b)]), name: "grouped")
    let early = try enlarged(b)
    builder.stage = .deep
    builder.output(try convolve(early, to: 4), name: "stages")
    let graph = builder.build()
    #expect(graph.convolvingBeforeResizes().kinds == graph.kinds)
  }

  @Test("what is not changed keeps its key, whatever its neighbours of the same name become")
  mutating func keysStay() throws {
    let (a, b) = (input(8, 8, 64), input(16, 16, 3))
    let first = try convolve(try enlarged(a), to: 4)
    let second = try convolve(b, to: 4)
    let sum = try builder.add(.add(activation: nil), name: "sum", inputs: [second, try enlarged(try convolve(a, to: 4))])
    let last = try convolve(try builder.add(.add(activation: nil), name: "sum", inputs: [sum, first]), to: 64)
    builder.output(last, name: "x")
    let graph = builder.build()
    let changed = graph.convolvingBeforeResizes().fusingResizedSums()
    #expect(changed.nodes.map(\.name) == ["conv/0", "conv", "conv#2", "conv#3", "sum#2", "conv#4"] && changed.problems() == [])
    let (old, new) = (graph.valueKeys, changed.valueKeys)
    for value in changed.nodes.flatMap(\.outputs) where value.index < old.count { #expect(old[value.index] == new[value.index]) }
    #expect(Set(new.filter { !$0.isEmpty }).count == new.count { !$0.isEmpty })
  }

  @Test("what is kept of a convolution is kept of its parts")
  mutating func keptParts() throws {
    #expect(ValueKeys.whole(of: "a.0/12") == "a.0" && ValueKeys.whole(of: "a/b") == nil && ValueKeys.whole(of: "a#2/1") == "a#2")
    let b = input(8, 8, 64)
    let first = try convolve(b, to: 64)
    builder.output(try convolve(try enlarged(first), to: 4), name: "x")
    let graph = builder.build().optimized()
    #expect(graph.nodes.map(\.name) == ["conv", "conv#2/0", "conv#2"])
    let ranges = Dictionary(uniqueKeysWithValues: graph.valueKeys.map { ($0, ValueRange(lowest: -1, highest: 1)) })
    func arithmetic(of node: String, _ plan: PrecisionPlan) -> Precision? {
      let formatted = graph.assigningFormats(plan)
      return formatted.nodes.first { $0.name == node }.map { formatted.values[$0.inputs[0].index].format.precision }
    }
    #expect(arithmetic(of: "conv#2/0", PrecisionPlan(.int8, ranges: ranges)) == .int8)
    #expect(arithmetic(of: "conv#2/0", PrecisionPlan(.int8, ranges: ranges, kept: ["conv#2": .float32])) == .float32)
  }

  @Test("parts of a sum that is an output keep all their digits")
  mutating func outputsAreFine() throws {
    let b = input(8, 8, 64)
    builder.output(try convolve(try enlarged(try convolve(b, to: 64)), to: 4), name: "x")
    let graph = builder.build().optimized()
    let ranges = Dictionary(uniqueKeysWithValues: graph.valueKeys.map { ($0, ValueRange(lowest: -1, highest: 1)) })
    let formatted = graph.assigningFormats(PrecisionPlan(.int8, ranges: ranges))
    #expect(formatted.nodes.first { $0.name == "conv#2/0" }.map { formatted.values[$0.outputs[0].index].format } == .float32)
  }
}
