import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

struct MaskScoringNetworkTests {
  @Test("a mask of a 550x550 picture gets a score for each class but the background")
  func shapes() throws {
    let model = try LoadedModel.random(architecture: .yolact, dialect: "yolact-plus")
    let graph = try #require(try model.maskScoringGraph(height: 138, width: 138))
    #expect(graph.inputs.map(graph.shape) == [FeatureShape(height: 138, width: 138, channels: 1)])
    #expect(graph.outputs.map(\.name) == ["iou"])
    #expect(graph.outputs.map { graph.shape(of: $0.value) } == [FeatureShape(height: 1, width: 1, channels: 80)])
    #expect(abs(Double(graph.multiplyAccumulates) / 1e6 - 4.4) < 0.05)
  }

  @Test("the engine gives what plain loops give", arguments: [(138, 138), (67, 95)])
  func theEngineAgreesWithTheReference(height: Int, width: Int) throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolact, "yolact-plus", "resnet50"))
    #expect(try engineError(try #require(try model.maskScoringGraph(height: height, width: width))) < 1e-4)
  }

  @Test("the score is the largest over all places, and not below zero")
  func theLargestCounts() throws {
    var checkpoint = try NarrowYolact.checkpoint(.yolact, "yolact-plus", "resnet50")
    // All layers but the last pass the middle of the mask's windows on; the last gives it as it is, negated, and two constants.
    for index in stride(from: 0, through: 10, by: 2) {
      let name = "maskiou_net.maskiou_net.\(index)"
      let shape = try #require(checkpoint.tensors[name + ".weight"]?.shape)
      let taps = shape[2] * shape[3]
      var weight = [Float](repeating: 0, count: shape.reduce(1, *))
      weight[taps / 2] = 1
      if index == 10 { weight[shape[1] * taps] = -1 }
      checkpoint.tensors[name + ".weight"] = Tensor(shape: shape, floats: weight)
      checkpoint.tensors[name + ".bias"] = Tensor(shape: [shape[0]], floats: index == 10 ? [0, 0, 0.25, -0.25] : [Float](repeating: 0, count: shape[0]))
    }
    let graph = try #require(try LoadedModel(checkpoint).maskScoringGraph(height: 138, width: 138))
    // Five windows of three with stride 2 are around every 32nd place from 31 on.
    var mask = [Float](repeating: 0, count: 138 * 138)
    mask[(31 + 32) * 138 + 31 + 64] = 0.75
    mask[31 * 138 + 31] = 0.5
    mask[0] = 1
    let scores = try #require(ReferenceInterpreter(graph: graph).run(inputs: [mask])["iou"])
    #expect(scores == [0.75, 0, 0.25, 0])
  }

  @Test("a mask that six convolutions leave nothing of is an error, and networks without scores have none")
  func whatCannotBeScored() throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolact, "yolact-plus", "resnet50"))
    #expect(throws: InputError.self) { try model.maskScoringGraph(height: 138, width: 31) }
    #expect(try LoadedModel.random(architecture: .enet).maskScoringGraph(height: 138, width: 138) == nil)
  }
}

extension MaskScoringNetworkTests {
  @Test("a network that scores other classes than the heads is refused")
  func classesMustAgree() throws {
    var checkpoint = try NarrowYolact.checkpoint(.yolact, "yolact-plus", "resnet50")
    checkpoint.tensors["maskiou_net.maskiou_net.10.weight"] = Tensor(shape: [7, 16, 1, 1], elementType: .float32) { _ in }
    checkpoint.tensors["maskiou_net.maskiou_net.10.bias"] = Tensor(shape: [7], elementType: .float32) { _ in }
    let error = try #require(throws: InputError.self) { try LoadedModel(checkpoint) }
    #expect(error.problem == "its layers do not fit together: maskiou_net.maskiou_net.10: tells 7 classes apart, not 4")
  }
}
