import SegBase
import SegCheckpoint
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

struct NetworkPaddleTests {
  @Test("a few of the original's logits come out", arguments: PaddleGolden.all)
  func samplesAgree(golden: PaddleGolden) throws {
    let logits = try golden.logits(try LoadedModel(try golden.checkpoint()))
    let taken = stride(from: 0, to: logits.count, by: PaddleGoldenSamples.step).map { logits[$0] }
    #expect(shareOfRange(taken, golden.samples) < 1e-4)
  }

  @Test("every one of the original's logits comes out", .enabled(if: SharedData.exists("golden"), "needs ../shared/golden"), arguments: PaddleGolden.all)
  func allLogitsAgree(golden: PaddleGolden) throws {
    let expected = try NumpyFile.read(path: SharedData.path("golden/\(golden.inputName).npy"))
    #expect(expected.shape == [19, golden.size.height, golden.size.width])
    let model = try LoadedModel(try golden.fullCheckpoint(), ModelRequest(architecture: golden.architecture.rawValue))
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(shareOfRange(try golden.logits(model), expected.floats()) < 1e-4)
  }

  @Test(
    "files whose filters were pruned at random load, and the engine agrees with plain loops at odd sizes", arguments: PaddleGolden.all,
    [PixelSize(width: 131, height: 97), PixelSize(width: 49, height: 65)])
  func prunedFilesRun(golden: PaddleGolden, size: PixelSize) throws {
    let full = try golden.random()
    let model = try LoadedModel(paddleCheckpoint(try PrunedShapes.prune(golden.keys(of: full), of: full, seed: UInt64(size.width))))
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(Double(model.parameterCount) < 0.3 * Double(full.parameterCount))
    let expected = try referenceLogits(model, input: "odd", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "odd", size: size, threads: 2), expected) < 1e-4)
  }

  @Test("logits are of the input's size, interpolated last, and every stage has a part", arguments: PaddleGolden.all)
  func graphsAreStaged(golden: PaddleGolden) throws {
    let model = try golden.random(classCount: 5)
    let graph = try model.graph(for: PixelSize(width: 131, height: 97))
    let output = try #require(graph.outputs.first)
    #expect(output.name == "logits" && graph.outputs.count == 1)
    #expect(graph.shape(of: output.value) == FeatureShape(height: 97, width: 131, channels: 5))
    if golden.architecture != .unet, case .resizeBilinear(_, _, let alignCorners)? = graph.nodes.last?.operation {
      #expect(!alignCorners)
    } else {
      #expect(golden.architecture == .unet)
    }
    #expect(stagesInOrder(graph) == [.shallow, .deep, .head])
  }

  @Test(
    "the command line's variants have random weights",
    arguments: [
      (Architecture.hrnet, ["w18", "w48", "w18-ocr", "w48-ocr"]), (.deeplabv3plus, ["resnet50", "resnet101"]),
      (.pspnet, ["resnet50", "resnet101"]), (.unet, [""]), (.fastSCNN, [""]),
    ])
  func variantsAreNamed(architecture: Architecture, names: [String]) throws {
    let network = try #require(Network.named(architecture, dialect: "paddleseg"))
    #expect(network.variants.map(\.name) == names)
    #expect(network.preprocessing == .symmetric && network.sizeDivisor == 1)
  }

  @Test("the native size is half of Cityscapes'")
  func nativeSize() throws {
    let model = try LoadedModel.random(architecture: .fastSCNN, dialect: "paddleseg")
    #expect(model.sizeRule.native == PixelSize(width: 1024, height: 512))
  }
}

/// The stages of a graph's nodes in order, each run of one stage once.
func stagesInOrder(_ graph: Graph) -> [Stage] {
  graph.nodes.reduce(into: []) { if $0.last != $1.stage { $0.append($1.stage) } }
}
