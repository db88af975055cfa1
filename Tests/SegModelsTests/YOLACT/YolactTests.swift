import Foundation
import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegTensor
import SegTestSupport
import Testing

/// The largest difference of every `step`-th value of an output from what is expected, as a share of `range`.
private func error(_ output: Tensor?, _ expected: [Float], step: Int, range: Float) -> Float {
  guard let values = output?.floats(), (values.count + step - 1) / step == expected.count else { return .infinity }
  let worst = expected.indices.reduce(0) { max($0, abs(values[$1 * step] - expected[$1])) } / range
  return worst.isNaN ? .infinity : worst
}

struct YolactTests {
  @Test("MobileNetV2's boxes, scores, coefficients, prototypes and pyramid are the original's")
  func theOriginalsOutputsComeOut() throws {
    let outputs = try YolactGolden.outputs(of: try YolactGolden.model("yolact-edge", "mobilenetv2", classCount: 81), "yolact_edge_mobilenetv2")
    #expect(outputs.names == YolactGoldenSamples.mobileNet.map(\.name))
    for sample in YolactGoldenSamples.mobileNet {
      #expect(error(outputs[sample.name], sample.values, step: sample.step, range: sample.range) < 1e-4, "\(sample.name)")
    }
  }

  @Test("a keyframe of the video network and the frame after it are the original's")
  func theOriginalsVideoOutputsComeOut() throws {
    let outputs = try YolactGolden.videoOutputs(of: try YolactGolden.model("yolact-edge-video", "resnet50", classCount: 41), "yolact_edge_vid_resnet50")
    #expect(Set(outputs.names) == Set(YolactGoldenSamples.video.map(\.name)))
    for sample in YolactGoldenSamples.video {
      #expect(error(outputs[sample.name], sample.values, step: sample.step, range: sample.range) < 1e-4, "\(sample.name)")
    }
  }

  @Test(
    .enabled(if: SharedData.exists("golden"), "needs ../shared/golden"),
    arguments: ["yolact_edge_mobilenetv2", "yolact_edge_resnet50", "yolact_edge_vid_resnet50"])
  func everyGoldenSampleComesOut(name: String) throws {
    let model = try LoadedModel(try KeyList.checkpoint("keys_\(name)_config"))
    let expected = try Checkpoint.open(path: SharedData.path("golden/\(name).safetensors")).tensors
    let outputs = try name.contains("vid") ? YolactGolden.videoOutputs(of: model, name) : YolactGolden.outputs(of: model, name)
    for sampled in expected.names {
      let parts = sampled.components(separatedBy: "_every")
      let step = try #require(Int(parts[1]))
      let values = try #require(expected[sampled]).floats()
      let output = outputs[parts[0]] ?? outputs[String(parts[0].dropFirst("key.".count))]
      #expect(error(output, values, step: step, range: values.map(abs).max() ?? 0) < 1e-4, "\(sampled)")
    }
  }

  static let families: [(Architecture, String, String)] = [
    (.yolact, "yolact", "resnet50"), (.yolact, "yolact", "darknet53"), (.yolact, "yolact-plus", "resnet50"), (.yolactEdge, "yolact-edge", "mobilenetv2"),
    (.yolactEdge, "yolact-edge-video", "resnet50"),
  ]

  @Test("the engine gives what plain loops give at sizes that nothing divides", arguments: families, [(97, 131), (70, 45)])
  func theEngineAgreesWithTheReference(family: (Architecture, String, String), size: (height: Int, width: Int)) throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(family.0, family.1, family.2))
    let size = PixelSize(width: size.width, height: size.height)
    #expect(try engineError(model.graph(for: size)) < 1e-4)
    if let partial = try model.partialGraph(for: size) { #expect(try engineError(partial, threads: 2) < 1e-4) }
  }

  @Test("levels halve, rounded up, and the prototypes are twice as large as the finest one")
  func sizesOfTheOutputs() throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolact, "yolact", "resnet50"))
    for (side, sides) in [(550, [69, 35, 18, 9, 5]), (700, [88, 44, 22, 11, 6]), (400, [50, 25, 13, 7, 4]), (33, [5, 3, 2, 1, 1])] {
      let graph = try model.graph(for: PixelSize(width: side, height: side))
      let shapes = Dictionary(uniqueKeysWithValues: graph.outputs.map { ($0.name, graph.shape(of: $0.value)) })
      for (level, side) in sides.enumerated() {
        #expect(shapes["p\(3 + level)"]?.height == side && shapes["p\(3 + level)"]?.width == side)
        #expect(shapes["loc\(level)"] == FeatureShape(height: side, width: side, channels: 12))
        #expect(shapes["conf\(level)"] == FeatureShape(height: side, width: side, channels: 15))
        #expect(shapes["mask\(level)"] == FeatureShape(height: side, width: side, channels: 12))
      }
      #expect(shapes["proto"] == FeatureShape(height: 2 * sides[0], width: 2 * sides[0], channels: 4))
      #expect(shapes.count == 21)
    }
  }

  @Test("every part of the network is in its stage")
  func stages() throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge", "resnet50"))
    let graph = try model.graph(for: PixelSize(width: 64, height: 64))
    let stage = { (prefix: String) in Set(graph.nodes.filter { $0.name.hasPrefix(prefix) }.map(\.stage)) }
    for prefix in ["backbone.conv1", "backbone.layers.0.", "backbone.layers.1.", "fpn_phase_1.lat_layers.2"] { #expect(stage(prefix) == [.shallow]) }
    for prefix in ["backbone.layers.2.", "backbone.layers.3.", "fpn_phase_1.lat_layers.0", "fpn_phase_1.sum.4"] { #expect(stage(prefix) == [.deep]) }
    for prefix in ["fpn_phase_1.sum.3", "fpn_phase_2.", "proto_net.", "prediction_layers."] { #expect(stage(prefix) == [.head]) }
  }

  @Test("the pass between keyframes takes the picture and what the keyframe's pass kept")
  func cachesFitTheNextPass() throws {
    for variant in ["resnet50", "resnet101-minimal"] {
      let model = try LoadedModel(try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge-video", variant))
      for size in [PixelSize(width: 131, height: 97), PixelSize(width: 64, height: 96)] {
        let (full, partial) = (try model.graph(for: size), try #require(try model.partialGraph(for: size)))
        let kept = full.outputs.filter { $0.name.hasPrefix("cache") }
        #expect(kept.map(\.name) == ["cache0", "cache1", "cache2"])
        #expect(partial.inputs.dropFirst().map(partial.shape) == kept.map { full.shape(of: $0.value) })
        #expect(partial.outputs.map(\.name) == full.outputs.map(\.name).filter { !$0.hasPrefix("cache") })
        #expect(partial.nodes.contains { $0.name.hasPrefix("spa.") } == (variant == "resnet50"))
      }
    }
  }
}
