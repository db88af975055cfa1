import SegBase
import SegModels
import SegTensor
import SegTestSupport
import Testing

struct YolactCostTests {
  /// Multiply-adds in billions of each pass, as measured on the original programs at that size.
  static let published: [(Architecture, String, String, Int, [Double])] = [
    (.yolact, "yolact", "resnet101", 550, [82.34]), (.yolact, "yolact", "resnet50", 550, [59.14]), (.yolact, "yolact", "darknet53", 550, [77.35]),
    (.yolact, "yolact", "resnet101", 700, [131.46]), (.yolactEdge, "yolact-edge", "resnet101", 550, [82.34]),
    (.yolactEdge, "yolact-edge", "resnet50", 550, [59.14]), (.yolactEdge, "yolact-edge", "mobilenetv2", 550, [34.52]),
    (.yolact, "yolact-plus", "resnet101", 550, [93.67]), (.yolact, "yolact-plus", "resnet50", 550, [70.69]),
    (.yolactEdge, "yolact-edge-video", "resnet101", 550, [80.57, 48.35]), (.yolactEdge, "yolact-edge-video", "resnet50", 550, [57.37, 48.35]),
  ]

  @Test(arguments: published)
  func theWorkIsThatOfTheOriginal(architecture: Architecture, dialect: String, variant: String, side: Int, billions: [Double]) throws {
    let model = try LoadedModel.random(architecture: architecture, dialect: dialect, variant: variant)
    let costs = try model.passCosts(for: PixelSize(width: side, height: side))
    #expect(costs.map(\.name) == (billions.count == 1 ? [""] : ["keyframe", "between keyframes"]))
    for (cost, billion) in zip(costs, billions) { #expect(abs(Double(cost.multiplyAccumulates) / 1e9 / billion - 1) < 0.0005, "\(cost)") }
  }

  /// Parameters of the files, and those of them that only training reads.
  static let counts: [(Architecture, String, String, Int, Int)] = [
    (.yolact, "yolact", "resnet101", 50_157_071, 20_560), (.yolact, "yolact", "resnet50", 31_164_943, 20_560),
    (.yolact, "yolact", "darknet53", 47_783_087, 20_560), (.yolactEdge, "yolact-edge", "mobilenetv2", 9_028_815, 20_560),
    (.yolact, "yolact-plus", "resnet101", 52_571_142, 20_560), (.yolact, "yolact-plus", "resnet50", 33_766_460, 20_560),
    (.yolactEdge, "yolact-edge-video", "resnet101", 54_381_375, 10_280), (.yolactEdge, "yolact-edge-video", "resnet50", 35_389_247, 10_280),
    (.yolactEdge, "yolact-edge-video", "resnet101-minimal", 52_021_567, 10_280),
  ]

  @Test("random weights have the tensors of a file but the auxiliary layer's", arguments: counts)
  func parametersAreThoseOfTheFiles(architecture: Architecture, dialect: String, variant: String, count: Int, auxiliary: Int) throws {
    let model = try LoadedModel.random(architecture: architecture, dialect: dialect, variant: variant)
    #expect(model.parameterCount == count - auxiliary)
  }
}
