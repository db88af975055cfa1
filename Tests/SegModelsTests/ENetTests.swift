import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

/// Reorders a map from channel, row, column to row, column, channel.
func channelsLast(_ values: [Float], channels: Int) -> [Float] {
  let pixels = values.count / channels
  return (0..<values.count).map { values[$0 % channels * pixels + $0 / channels] }
}

/// Reorders a map from row, column, channel to channel, row, column.
func channelsFirst(_ values: [Float], channels: Int) -> [Float] {
  let pixels = values.count / channels
  return (0..<values.count).map { values[$0 % pixels * channels + $0 / pixels] }
}

/// The weights of a dialect by the golden rule.
private func goldenModel(_ dialect: String, classCount: Int) throws -> LoadedModel {
  let random = try LoadedModel.random(architecture: .enet, dialect: dialect, classCount: classCount)
  let keys = random.tensors.names.map { (name: $0, shape: random.tensors[$0]?.shape ?? []) }
  return try LoadedModel(Checkpoint(container: .safetensors, tensors: GoldenRule.checkpoint(keys)))
}

/// Logits (class, row, column) of the golden input of that name by the reference interpreter.
private func reference(_ graph: Graph, input name: String, height: Int, width: Int, classCount: Int) throws -> [Float] {
  let input = channelsLast(GoldenRule.input(name, shape: [3, height, width]).floats(), channels: 3)
  let outputs = ReferenceInterpreter(graph: graph).run(inputs: [input])
  return channelsFirst(try #require(outputs["logits"]), channels: classCount)
}

/// Logits (class, row, column) of the golden input of that name by the engine that plays videos.
private func compiled(_ model: LoadedModel, input name: String, height: Int, width: Int, threads: Int = 1) throws -> [Float] {
  try #require(RawInference(model, threads: threads).run(GoldenRule.input(name, shape: [1, 3, height, width]))["logits"]).floats()
}

/// The largest difference as a share of the expected values' range.
private func error(_ values: [Float], _ expected: [Float]) -> Float {
  guard values.count == expected.count, let low = expected.min(), let high = expected.max() else { return .infinity }
  return zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / (high - low)
}

struct ENetTests {
  static let sizes = [(96, 128, ENetGoldenSamples.size96x128), (91, 133, ENetGoldenSamples.size91x133)]

  @Test(arguments: sizes, [false, true])
  func theOriginalsLogitsComeOut(size: (height: Int, width: Int, samples: [Float]), isOptimized: Bool) throws {
    let graph = try goldenModel("davidtvs", classCount: 12).graph(for: PixelSize(width: size.width, height: size.height))
    let name = "enet_davidtvs_12_\(size.height)x\(size.width)"
    let logits = try reference(isOptimized ? graph.optimized() : graph, input: name, height: size.height, width: size.width, classCount: 12)
    #expect(error(samples(logits), size.samples) < 1e-4)
  }

  @Test(arguments: sizes)
  func theEngineGivesTheSame(size: (height: Int, width: Int, samples: [Float])) throws {
    let name = "enet_davidtvs_12_\(size.height)x\(size.width)"
    let logits = try compiled(try goldenModel("davidtvs", classCount: 12), input: name, height: size.height, width: size.width)
    #expect(error(samples(logits), size.samples) < 1e-4)
  }

  @Test(arguments: ["davidtvs-2018", "zh320"], [1, 2])
  func theEngineAgreesWithTheReference(dialect: String, threads: Int) throws {
    let model = try goldenModel(dialect, classCount: 19)
    for (height, width) in [(64, 64), (88, 136)] {
      let expected = try reference(model.graph(for: PixelSize(width: width, height: height)), input: dialect, height: height, width: width, classCount: 19)
      #expect(error(try compiled(model, input: dialect, height: height, width: width, threads: threads), expected) < 1e-4, "\(height)x\(width)")
    }
  }

  private func samples(_ logits: [Float]) -> [Float] { stride(from: 0, to: logits.count, by: ENetGoldenSamples.step).map { logits[$0] } }

  @Test(
    .enabled(if: SharedData.exists("golden"), "needs ../shared/golden"),
    arguments: [
      ("keys_enet_camvid12", "enet_davidtvs_12_96x128", 96, 128), ("keys_enet_camvid12", "enet_davidtvs_12_91x133", 91, 133),
      ("keys_paddle_enet_19", "paddle_enet_19_128x192", 128, 192),
    ])
  func everyGoldenLogitComesOut(keys: String, name: String, height: Int, width: Int) throws {
    let model = try LoadedModel(try KeyList.checkpoint(keys))
    let expected = try NumpyFile.read(path: SharedData.path("golden/\(name).npy"))
    let graph = try model.graph(for: PixelSize(width: width, height: height))
    let logits = try reference(graph, input: name, height: height, width: width, classCount: model.classes.count)
    #expect(expected.shape == [model.classes.count, height, width])
    #expect(error(logits, expected.floats()) < 1e-4)
    #expect(error(try compiled(model, input: name, height: height, width: width), expected.floats()) < 1e-4)
  }
}
