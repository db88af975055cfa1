import SegGraph
import SegTensor
import Testing

@Suite struct EnlargeWithinConvolutionsTests {
  private var builder = GraphBuilder()

  private mutating func enlarged(_ value: ValueID, to side: Int = 32) throws -> ValueID {
    try builder.add(.resizeBilinear(height: side, width: side, alignCorners: true), name: "up", inputs: [value])
  }

  private func convolution(from inputs: Int, to outputs: Int, kernel: Int = 3) -> Convolution {
    var convolution = Convolution(
      weight: Tensor(shape: [outputs, inputs, kernel, kernel], floats: [Float](repeating: 1, count: outputs * inputs * kernel * kernel)))
    convolution.padding = Padding(kernel / 2)
    return convolution
  }

  private mutating func input(_ side: Int, _ channels: Int) -> ValueID { builder.input(FeatureShape(height: side, width: side, channels: channels)) }

  private mutating func convolve(_ value: ValueID, _ convolution: Convolution) throws -> ValueID {
    try builder.add(.convolution(convolution), name: "conv", inputs: [value])
  }

  private func found(_ graph: Graph) -> [Enlargement] {
    graph.nodes.compactMap { if case .convolution(let convolution) = $0.operation { convolution.enlargement } else { nil } }
  }

  @Test("a convolution of an enlarged map reads the map, goes by its name, and needs as many fewer multiply-adds")
  mutating func enlargesWithin() throws {
    let small = input(16, 128)
    let made = try convolve(try enlarged(small), convolution(from: 128, to: 32))
    builder.output(made, name: "x")
    let graph = builder.build()
    let passed = graph.enlargingWithinConvolutions()
    #expect(found(passed) == [Enlargement(height: 32, width: 32, alignCorners: true)])
    #expect(passed.nodes.count == 1 && passed.nodes[0].inputs == [small] && passed.problems() == [])
    #expect(passed.valueKeys[made.index] == graph.valueKeys[made.index])
    #expect(passed.multiplyAccumulates * 4 == graph.multiplyAccumulates)
    #expect(found(passed.enlargingWithinConvolutions()).count == 1)
  }

  @Test("not where somebody else reads the enlarged map")
  mutating func otherReaders() throws {
    let large = try enlarged(input(16, 128))
    builder.output(try convolve(large, convolution(from: 128, to: 32)), name: "x")
    builder.output(large, name: "large")
    #expect(found(builder.build().enlargingWithinConvolutions()).isEmpty)
  }

  @Test("not where little is saved: few channels, or a map of nearly that size")
  mutating func littleToSave() throws {
    builder.output(try convolve(try enlarged(input(16, 16)), convolution(from: 16, to: 32)), name: "few")
    builder.output(try convolve(try enlarged(input(30, 128)), convolution(from: 128, to: 32)), name: "near")
    #expect(found(builder.build().enlargingWithinConvolutions()).isEmpty)
  }

  @Test("not for steps, groups, channels that fill no vector, curved activations and sums")
  mutating func otherConvolutions() throws {
    var (stepping, grouped, curved, added) = (
      convolution(from: 128, to: 32), convolution(from: 64, to: 32), convolution(from: 128, to: 32), convolution(from: 128, to: 32)
    )
    (stepping.stride, grouped.groups, curved.postOperations, added.postOperations) = (
      (2, 2), 2, [.activation(.sigmoid)], [.add(inputIndex: 1)]
    )
    for (index, convolution) in [stepping, grouped, curved, convolution(from: 128, to: 40)].enumerated() {
      builder.output(try convolve(try enlarged(input(16, 128)), convolution), name: "x\(index)")
    }
    let sum = try builder.add(.convolution(added), name: "sum", inputs: [try enlarged(input(16, 128)), input(32, 32)])
    builder.output(sum, name: "sum")
    #expect(found(builder.build().enlargingWithinConvolutions()).isEmpty)
  }
}
