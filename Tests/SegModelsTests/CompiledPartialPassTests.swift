import SegBase
import SegGraph
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

struct CompiledPartialPassTests {
  private let size = PixelSize(width: 131, height: 97)

  private func copy(_ features: CarriedFeatures, _ output: UnsafeMutableBufferPointer<Float>) { _ = output.update(fromContentsOf: features.values) }

  @Test("a video network's pass between keyframes gives what it gives on raw tensors, for every frame after the key")
  func videoNetwork() throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge-video", "resnet50"))
    let frames = ["key", "second", "third"].map { GoldenRule.input($0, shape: [1, 3, size.height, size.width]) }
    let graphs = try #require(try PassGraphs(model, size: size))
    #expect(graphs.motion == .learned && graphs.carried == ["cache0", "cache1", "cache2"])
    let key = try Executable(graph: graphs.full, threads: 1)
    let pass = try CompiledPartialPass(model, graphs, key: key, threads: 1)
    #expect(!pass.hasKey)
    RawInference.fill(key, frames[0])
    key.run()
    pass.didRunKey()
    for next in frames.dropFirst() {
      let values = next.floats()
      let pixels = size.pixelCount
      pass.run(
        fill: { target in
          for pixel in 0..<pixels { for channel in 0..<3 { target[pixel * 3 + channel] = values[channel * pixels + pixel] } }
        }, carry: { _, _ in Issue.record("the network moves its features itself") })
      let found = RawInference.outputs(of: pass.executable, model.instanceLayout)
      let expected = try RawInference(model).run(frames[0], next: next, statistics: .checkpoint)
      for name in ["loc", "conf", "mask", "proto"] {
        let (one, other) = (try #require(found[name]).floats(), try #require(expected["nonkey." + name]).floats())
        let range = other.reduce(1e-6) { max($0, abs($1)) }
        #expect(one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) <= 1e-5 * range }, "\(name)")
      }
    }
  }

  @Test("carried features are asked for on every frame, each map under its own number")
  func asksForFeatures() throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge", "mobilenetv2"))
    let graphs = try #require(try PassGraphs(model, size: size))
    let key = try Executable(graph: graphs.full, threads: 1)
    let pass = try CompiledPartialPass(model, graphs, key: key, threads: 1)
    key.run()
    pass.didRunKey()
    for _ in 0..<2 {
      var asked: [Int] = []
      pass.run(fill: { $0.update(repeating: 0) }) { features, output in
        asked.append(features.index)
        #expect(features.values.count == features.shape.count && output.count == features.shape.count)
        copy(features, output)
      }
      #expect(asked == Array(0..<graphs.carried.count) && !asked.isEmpty)
    }
  }
}
