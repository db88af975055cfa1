import SegBase
import SegGraph
import SegModels
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

private func picture(_ height: Int, _ width: Int, _ name: String = "picture") -> Tensor { GoldenRule.input(name, shape: [1, 3, height, width]) }

struct RawInferenceTests {
  private func video() throws -> RawInference {
    RawInference(try LoadedModel(try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge-video", "resnet50")))
  }

  @Test("a network that gives every pixel a class gives its logits as they are")
  func logitsAreRaw() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 7)
    let outputs = try RawInference(model).run(picture(40, 56))
    #expect(outputs.names == ["logits"])
    #expect(outputs["logits"]?.shape == [1, 7, 40, 56])
    let graph = try model.graph(for: PixelSize(width: 56, height: 40))
    let reference = try #require(ReferenceInterpreter(graph: graph).run(inputs: [channelsLast(picture(40, 56).floats(), channels: 3)])["logits"])
    let range = reference.reduce(0) { max($0, abs($1)) }
    let logits = try #require(outputs["logits"]).floats()
    #expect(zip(logits, channelsFirst(reference, channels: 7)).allSatisfy { abs($0 - $1) < 1e-4 * range })
  }

  @Test("anchors come level by level, scores as shares of one")
  func instancesAreFlattened() throws {
    let model = try LoadedModel(try NarrowYolact.checkpoint(.yolact, "yolact", "resnet50"))
    let outputs = try RawInference(model).run(picture(70, 100))
    let sides = [(9, 13), (5, 7), (3, 4), (2, 2), (1, 1)]
    let anchors = 3 * sides.reduce(0) { $0 + $1.0 * $1.1 }
    #expect(outputs.names == ["loc", "conf", "mask", "proto", "p3", "p4", "p5", "p6", "p7"])
    #expect(outputs["loc"]?.shape == [1, anchors, 4])
    #expect(outputs["conf"]?.shape == [1, anchors, 5])
    #expect(outputs["mask"]?.shape == [1, anchors, 4])
    #expect(outputs["proto"]?.shape == [1, 18, 26, 4])
    for (level, side) in sides.enumerated() { #expect(outputs["p\(3 + level)"]?.shape == [1, 32, side.0, side.1]) }
    let scores = try #require(outputs["conf"]).floats()
    for anchor in 0..<anchors { #expect(abs(scores[anchor * 5..<anchor * 5 + 5].reduce(0, +) - 1) < 1e-5) }
  }

  @Test("two frames give two sets of outputs, the first as if it were alone")
  func twoFrames() throws {
    let inference = try video()
    let alone = try inference.run(picture(64, 96))
    let both = try inference.run(picture(64, 96), next: picture(64, 96, "next"))
    #expect(both.names == alone.names.map { "key." + $0 } + alone.names.map { "nonkey." + $0 })
    for name in alone.names {
      #expect(both["key." + name]?.floats() == alone[name]?.floats())
      #expect(both["nonkey." + name]?.shape == alone[name]?.shape)
    }
  }

  @Test func whatDoesNotSuitIsAnError() throws {
    let image = RawInference(try LoadedModel(try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge", "resnet50")))
    let error = try #require(throws: InputError.self) { try image.run(picture(64, 64), next: picture(64, 64)) }
    #expect(error.problem == "YolactEdge yolact-edge has no pass for frames between keyframes")
    let inference = try video()
    #expect(throws: InputError.self) { try inference.run(picture(64, 64), next: picture(64, 96)) }
    for shape in [[3, 40, 64], [1, 1, 40, 64], [2, 3, 40, 64], [1, 3, 0, 64], [1, 3, 20000, 1]] {
      #expect(throws: InputError.self) { try inference.run(Tensor(shape: shape, elementType: .float32) { _ in }) }
    }
  }
}
