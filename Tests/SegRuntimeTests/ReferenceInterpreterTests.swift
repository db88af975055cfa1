import SegGraph
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

/// Small cases worked out by hand, and PyTorch's rules.
@Suite struct ReferenceInterpreterTests {
  private func run(_ operation: Operation, _ shape: FeatureShape, _ values: [Float]) throws -> [Float] {
    var builder = GraphBuilder()
    builder.output(try builder.add(operation, name: "node", inputs: [builder.input(shape)]), name: "x")
    return try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: [values])["x"])
  }

  @Test func convolutionSlidesTheKernelWithoutFlippingIt() throws {
    var convolution = Convolution(weight: Tensor(shape: [1, 1, 2, 2], floats: [1, 2, 3, 4]), bias: Tensor(shape: [1], floats: [10]))
    convolution.padding = Padding(top: 1, bottom: 0, left: 0, right: 0)
    let found = try run(.convolution(convolution), FeatureShape(height: 2, width: 3, channels: 1), [1, 2, 3, 4, 5, 6])
    let wanted: [Float] = [21, 28, 47, 57]
    #expect(found == wanted)
  }

  @Test func groupsSeeOnlyTheirChannels() throws {
    var convolution = Convolution(weight: Tensor(shape: [2, 1, 1, 1], floats: [2, 3]))
    convolution.groups = 2
    #expect(try run(.convolution(convolution), FeatureShape(height: 1, width: 2, channels: 2), [1, 10, 2, 20]) == [2, 30, 4, 60])
  }

  @Test func dilationAndStrideSkipPlaces() throws {
    var convolution = Convolution(weight: Tensor(shape: [1, 1, 1, 2], floats: [1, 100]))
    (convolution.dilation, convolution.stride) = ((1, 2), (1, 2))
    #expect(try run(.convolution(convolution), FeatureShape(height: 1, width: 5, channels: 1), [1, 2, 3, 4, 5]) == [301, 503])
  }

  @Test func transposedConvolutionAddsKernels() throws {
    var convolution = TransposedConvolution(weight: Tensor(shape: [1, 1, 1, 3], floats: [1, 10, 100]))
    convolution.stride = (2, 2)
    #expect(try run(.transposedConvolution(convolution), FeatureShape(height: 1, width: 2, channels: 1), [1, 2]) == [1, 10, 102, 20, 200])
    convolution.padding = Padding(vertical: 0, horizontal: 1)
    convolution.outputPadding = (0, 1)
    #expect(try run(.transposedConvolution(convolution), FeatureShape(height: 1, width: 2, channels: 1), [1, 2]) == [10, 102, 20, 200])
  }

  @Test func maxPoolIgnoresPlacesOutside() throws {
    let found = try run(
      .maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), FeatureShape(height: 3, width: 3, channels: 1), (1...9).map { -Float($0) }
    )
    #expect(found == [-1, -2, -4, -5])
  }

  @Test func firstOfEqualMaximaKeepsItsPlace() throws {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 3, width: 3, channels: 1))
    let (values, indices) = try builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: input)
    builder.output(try builder.add(.maxUnpool(height: 3, width: 3), name: "unpool", inputs: [values, indices]), name: "x")
    let graph = builder.build()
    #expect(ReferenceInterpreter(graph: graph).run(inputs: [[1, 5, 9, 5, 5, 9, 9, 9, 9]])["x"] == [0, 5, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func bilinearPlacesFollowPyTorch() throws {
    let shape = FeatureShape(height: 1, width: 2, channels: 1)
    #expect(try run(.resizeBilinear(height: 1, width: 4, alignCorners: false), shape, [0, 4]) == [0, 1, 3, 4])
    #expect(try run(.resizeBilinear(height: 1, width: 5, alignCorners: true), shape, [0, 4]) == [0, 1, 2, 3, 4])
  }

  @Test func everyPassKeepsWhatTheGraphComputes() throws {
    let passes: [(String, (Graph) -> Graph)] = [
      ("fold", { $0.foldingBatchNormalization() }), ("lower", { $0.loweringBatchNormalization() }), ("distribute", { $0.distributingOverConcatenation() }),
      ("activations", { $0.fusingActivations() }), ("residuals", { $0.fusingResiduals() }), ("transposed", { $0.loweringTransposedConvolutions() }),
      ("sink", { $0.sinkingInterleaves() }), ("unpools", { $0.fusingUnpools() }), ("dead", { $0.removingDeadNodes() }), ("all", { $0.optimized() }),
    ]
    for (height, width) in [(24, 32), (25, 39)] {
      let graph = try ENetGraph.make(height: height, width: width, classes: 5)
      var random = RandomNumbers(seed: 9)
      let input = random.floats(height * width * 3)
      let wanted = try #require(ReferenceInterpreter(graph: graph).run(inputs: [input])["logits"])
      var chained = graph
      for (name, pass) in passes {
        chained = pass(chained)
        #expect(chained.problems() == [], "\(name)")
        let found = try #require(ReferenceInterpreter(graph: chained).run(inputs: [input])["logits"])
        let scale = wanted.map(abs).max() ?? 1
        #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= 1e-4 * scale }, "\(name)")
      }
    }
  }
}
