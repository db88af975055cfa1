import SegBase
import SegCheckpoint
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// The variable of PaddleSeg 0.4 for a tensor of the builder's.
private func variable(_ name: String) -> String {
  let endings = [
    (".BatchNorm.weight", "/BatchNorm/gamma"), (".BatchNorm.bias", "/BatchNorm/beta"), (".BatchNorm.running_mean", "/BatchNorm/moving_mean"),
    (".BatchNorm.running_var", "/BatchNorm/moving_variance"), ("_bn.weight", "_bn_scale"), ("_bn.bias", "_bn_offset"), ("_bn.running_mean", "_bn_mean"),
    ("_bn.running_var", "_bn_variance"), (".weight", name.hasPrefix("inverted_block") ? "_weights" : "/weights"), (".bias", "/biases"),
  ]
  for (ending, replacement) in endings where name.hasSuffix(ending) {
    return name.dropLast(ending.count).split(separator: ".").joined(separator: "/") + replacement
  }
  return name
}

/// A checkpoint with the variables' names; `keys` have the builder's.
private func checkpoint(_ keys: [(name: String, shape: [Int])]) -> Checkpoint {
  Checkpoint(container: .paddle, tensors: GoldenRule.checkpoint(keys).renamed(variable))
}

private func random() throws -> LoadedModel { try LoadedModel.random(architecture: .fastSCNN, dialect: "paddleseg-static", classCount: 19) }

private func keys(of model: LoadedModel) -> [(name: String, shape: [Int])] {
  var keys: [(name: String, shape: [Int])] = []
  for name in model.tensors.names {
    let shape = model.tensors[name]?.shape ?? []
    keys.append((name, shape))
    if name.hasSuffix("er_res.weight") { keys.append((name.dropLast("weight".count) + "bias", [shape[0]])) }
  }
  return keys
}

struct PaddleStaticFastSCNNTests {
  @Test("a folder's variables are recognised and all used")
  func variablesAreRecognised() throws {
    var file = checkpoint(keys(of: try random()))
    #expect(file.tensors["learning_to_downsample/dsconv1/depthwise/weights"]?.shape == [32, 1, 3, 3])
    #expect(file.tensors["inverted_block_1_1_expand_bn_offset"]?.shape == [384])
    #expect(file.tensors["feature_fusion/conv_lower_res/biases"]?.shape == [128])
    for name in ["aux_layer_higher/weights", "aux_layer_lower/logit/biases", "classifier/weights_velocity_0", "learning_rate_0", "@LR_DECAY_COUNTER@"] {
      file.tensors[name] = Tensor(shape: [1], floats: [1])
    }
    let recognition = try #require(Recognition(file.tensors))
    #expect(recognition.architecture == .fastSCNN && recognition.network?.dialect == "paddleseg-static" && recognition.classCount == 19)
    let model = try LoadedModel(file)
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(model.preprocessing == .symmetric)
  }

  @Test("a missing variable is refused")
  func missingVariablesAreRefused() throws {
    var file = checkpoint(keys(of: try random()))
    file.tensors["feature_fusion/dwconv/BatchNorm/moving_mean"] = nil
    let error = try #require(throws: InputError.self) { try LoadedModel(file) }
    #expect(error.problem.contains("1 missing: feature_fusion.dwconv.BatchNorm.running_mean"))
  }

  @Test("the work is the published 7.21 G")
  func theWorkIsThePublished() throws {
    let graph = try random().graph(for: PixelSize(width: 2048, height: 1024))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 - 7.207) < 0.001)
  }

  @Test("the engine agrees with plain loops at odd sizes", arguments: [PixelSize(width: 131, height: 97), PixelSize(width: 64, height: 128)])
  func oddSizesRun(size: PixelSize) throws {
    let model = try LoadedModel(checkpoint(keys(of: try random())))
    let expected = try referenceLogits(model, input: "static", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "static", size: size), expected) < 1e-4)
  }

  @Test("pruned variables load and run", arguments: [1, 2, 3])
  func prunedVariablesRun(seed: UInt64) throws {
    let full = try random()
    let model = try LoadedModel(checkpoint(try PrunedShapes.prune(keys(of: full), of: full, seed: seed)))
    #expect(model.report.isTrustworthy, "\(model.report)")
    let size = PixelSize(width: 96, height: 64)
    let expected = try referenceLogits(model, input: "pruned", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "pruned", size: size), expected) < 1e-4)
  }

  @Test("corners are aligned in every interpolation, the last node among them, and every stage has a part")
  func cornersAreAligned() throws {
    let graph = try random().graph(for: PixelSize(width: 131, height: 97))
    let corners = graph.nodes.compactMap { node -> Bool? in if case .resizeBilinear(_, _, let alignCorners) = node.operation { alignCorners } else { nil } }
    #expect(corners.count == 6 && corners.allSatisfy { $0 })
    guard case .resizeBilinear? = graph.nodes.last?.operation else { return #expect(Bool(false), "the last node interpolates") }
    #expect(stagesInOrder(graph) == [.shallow, .deep, .head])
  }
}
