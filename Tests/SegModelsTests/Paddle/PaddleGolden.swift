import Foundation
import SegBase
import SegCheckpoint
import SegGraph
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// A network of PaddleSeg 2.9 whose outputs for `GoldenRule`'s weights and input are known.
struct PaddleGolden: CustomTestStringConvertible {
  let architecture: Architecture
  let variant: String
  /// The key list, "keys_paddle_unet_19".
  let keys: String
  /// The output's file name, which is the input's name too, without the size.
  let name: String
  let size: PixelSize
  let samples: [Float]
  /// Whether the convolution of that name has a bias in the original.
  let hasBias: @Sendable (String) -> Bool

  var testDescription: String { name }
  var inputName: String { "\(name)_\(size.height)x\(size.width)" }

  static let fastSCNN = PaddleGolden(
    architecture: .fastSCNN, variant: "", keys: "keys_paddle_fastscnn_19", name: "paddle_fastscnn_19", size: PixelSize(width: 256, height: 128),
    samples: PaddleGoldenSamples.fastSCNN, hasBias: { !$0.contains(".bottleneck") && !$0.hasPrefix("feature_fusion.dwconv") })
  static let hrnet = PaddleGolden(
    architecture: .hrnet, variant: "w18", keys: "keys_paddle_hrnet_w18_19", name: "paddle_hrnet_w18_19", size: PixelSize(width: 192, height: 128),
    samples: PaddleGoldenSamples.hrnet, hasBias: { $0.hasPrefix("head.") })
  static let ocrnet = PaddleGolden(
    architecture: .hrnet, variant: "w18-ocr", keys: "keys_paddle_ocrnet_w18_19", name: "paddle_ocrnet_w18_19", size: PixelSize(width: 192, height: 128),
    samples: PaddleGoldenSamples.ocrnet, hasBias: { $0.hasPrefix("head.") })
  static let unet = PaddleGolden(
    architecture: .unet, variant: "", keys: "keys_paddle_unet_19", name: "paddle_unet_19", size: PixelSize(width: 160, height: 96),
    samples: PaddleGoldenSamples.unet, hasBias: { _ in true })
  static let deepLab = PaddleGolden(
    architecture: .deeplabv3plus, variant: "resnet50", keys: "keys_paddle_deeplabv3p_r50_os8_19", name: "paddle_deeplabv3p_r50_os8_19",
    size: PixelSize(width: 160, height: 96), samples: PaddleGoldenSamples.deepLab,
    hasBias: { $0.hasPrefix("head.") && !$0.hasPrefix("head.aspp.global_avg_pool") })
  static let pspNet = PaddleGolden(
    architecture: .pspnet, variant: "resnet50", keys: "keys_paddle_pspnet_r50_os8_19", name: "paddle_pspnet_r50_os8_19",
    size: PixelSize(width: 160, height: 96), samples: PaddleGoldenSamples.pspNet, hasBias: { $0.hasPrefix("head.") })
  static let all = [fastSCNN, hrnet, ocrnet, unet, deepLab, pspNet]

  /// Random weights.
  func random(variant other: String? = nil, classCount: Int = 19) throws -> LoadedModel {
    try LoadedModel.random(architecture: architecture, dialect: "paddleseg", variant: other ?? variant, classCount: classCount)
  }

  /// The builder's names and the shapes of what the original's file has for a model of random weights, which has no biases beside normalisation.
  func keys(of random: LoadedModel) -> [(name: String, shape: [Int])] {
    var keys: [(name: String, shape: [Int])] = []
    for name in random.tensors.names {
      let shape = random.tensors[name]?.shape ?? []
      keys.append((name, shape))
      if name.hasSuffix("._conv.weight"), hasBias(name) { keys.append((name.dropLast("weight".count) + "bias", [shape[0]])) }
    }
    return keys
  }

  /// The tensors as the original's file has them, but for auxiliary heads.
  func checkpoint(variant other: String? = nil) throws -> Checkpoint {
    var keys = keys(of: try random(variant: other))
    if architecture == .unet { keys += keys.filter { $0.name.hasPrefix("cls.") }.map { ("conv" + $0.name.dropFirst(3), $0.shape) } }
    return paddleCheckpoint(keys)
  }

  /// The checkpoint of the whole key list.
  func fullCheckpoint() throws -> Checkpoint { Checkpoint(container: .paddle, tensors: try KeyList.checkpoint(keys).tensors) }

  /// Logits (class, row, column) of the golden input by the engine that plays videos.
  func logits(_ model: LoadedModel) throws -> [Float] { try engineLogits(model, input: inputName, size: size) }
}

/// A file with Paddle's names of the tensors, filled by the golden rule.
func paddleCheckpoint(_ keys: [(name: String, shape: [Int])]) -> Checkpoint {
  Checkpoint(container: .paddle, tensors: GoldenRule.checkpoint(keys.map { (paddleName($0.name), $0.shape) }))
}

/// Paddle's name for a tensor.
func paddleName(_ name: String) -> String {
  for (torch, paddle) in [(".running_mean", "._mean"), (".running_var", "._variance")] where name.hasSuffix(torch) {
    return name.dropLast(torch.count) + paddle
  }
  return name
}

/// Logits (class, row, column) of the golden input of that name by the engine.
func engineLogits(_ model: LoadedModel, input: String, size: PixelSize, threads: Int = 1) throws -> [Float] {
  try #require(RawInference(model, threads: threads).run(GoldenRule.input(input, shape: [1, 3, size.height, size.width]))["logits"]).floats()
}

/// Logits (class, row, column) of the golden input of that name by the reference interpreter, from the graph as it is built.
func referenceLogits(_ model: LoadedModel, input: String, size: PixelSize) throws -> [Float] {
  let values = channelsLast(GoldenRule.input(input, shape: [3, size.height, size.width]).floats(), channels: 3)
  let outputs = ReferenceInterpreter(graph: try model.graph(for: size)).run(inputs: [values])
  return channelsFirst(try #require(outputs["logits"]), channels: model.classes.count)
}

/// The largest difference as a share of the expected values' range.
func shareOfRange(_ values: [Float], _ expected: [Float]) -> Float {
  guard values.count == expected.count, let low = expected.min(), let high = expected.max() else { return .infinity }
  return zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / (high - low)
}
