import SegBase
import SegGraph
import SegRuntime
import SegTestSupport
import Testing

@testable import SegModels

@Suite struct CalibratorTests {
  private static let size = PixelSize(width: 64, height: 48)

  private func calibrate(_ model: LoadedModel, limit: Double?, size: PixelSize = size) throws -> (CalibrationTable, CalibrationReport) {
    let calibrator = try Calibrator(model, size: size, frames: 5, limit: limit, threads: 2)
    for seed in 0..<4 { calibrator.add(blobPicture(size, seed: UInt64(seed))) }
    return try calibrator.finish()
  }

  @Test("every map of the network that runs has a range that covers what the reference computes") func ranges() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 5)
    let image = blobPicture(Self.size, seed: 3)
    let found = try Calibrator.plain(model, picture: image, threads: 1)
    #expect(found.kept.isEmpty)
    let graph = try RunGraph(model, size: Self.size).graph.optimized()
    let maps = Set(zip(graph.values, graph.valueKeys).filter { !$0.0.isIndices }.map(\.1))
    #expect(Set(found.ranges.keys) == maps && maps.count > 80)
    #expect(found.ranges["input"]?.lowest == 0 && (found.ranges["input"]?.highest ?? 0) <= 1)

    // The scores are the last map: what runs in single precision stays within their range and reaches it.
    let network = try CompiledNetwork(model, size: Self.size, threads: 1, precision: .float32)
    let last = try #require(graph.outputs.first.map { graph.valueKeys[$0.value.index] }.flatMap { found.ranges[$0] })
    let (least, most) = image.withBytes { pixels in
      network.run(fill: { model.preprocessing.apply(to: pixels, into: $0) }) { scores in (scores.min() ?? 0, scores.max() ?? 0) }
    }
    #expect(abs(last.lowest - min(0, least)) <= 1e-4 * abs(least) + 1e-6 && abs(last.highest - max(0, most)) <= 1e-4 * abs(most) + 1e-6)
  }

  @Test("with a generous limit everything runs in int8") func generous() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 5)
    let (table, report) = try calibrate(model, limit: 1)
    #expect(table.kept.isEmpty && report.kept.isEmpty && report.isWithinLimit)
    #expect(report.nodes.count > 60 && report.nodes.allSatisfy { $0.precision == "int8" && $0.loss == nil })
    #expect(report.frames == 4 && report.lossFrames == 4 && report.input == "48x64")
    #expect(report.loss > 0 && report.loss == report.ruleLosses.values.min() && report.ruleLosses.count == 3)
    try table.check(model, path: "t")
  }

  @Test("a limit below what int8 loses keeps the worst nodes, and the network loses less") func strict() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 5)
    let free = try calibrate(model, limit: 1).1
    let (table, report) = try calibrate(model, limit: free.loss * 0.7)
    #expect(!report.kept.isEmpty && report.loss < report.lossAtFirst && report.lossAtFirst == free.loss)
    #expect(report.kept.allSatisfy { $0.reason == "loss" && $0.loss != nil })
    #expect(table.kept.map(\.key) == report.kept.map(\.name))
    let most = report.nodes.compactMap(\.loss).max()
    #expect(report.kept.first?.loss == most)
    if report.isWithinLimit { #expect(report.kept.count < report.nodes.count) }
  }

  @Test("pyramid and heads of YOLACT's family are kept by the recipe") func recipe() throws {
    let model = try LoadedModel.random(architecture: .yolactEdge, variant: "mobilenetv2", inputSize: PixelSize(width: 138, height: 138))
    let (table, report) = try calibrate(model, limit: 1, size: PixelSize(width: 138, height: 138))
    #expect(report.measure == "relative error of the outputs")
    #expect(report.kept.allSatisfy { $0.reason == "recipe" && ($0.name.hasPrefix("fpn") || $0.name.hasPrefix("prediction_layers.")) })
    #expect(report.kept.count > 20 && report.nodes.contains { $0.name.hasPrefix("proto_net") && $0.precision == "int8" })
    #expect(table.kept.allSatisfy { $0.loss == nil })
  }

  @Test("an error of the progress ends the work") func cancelled() throws {
    let calibrator = try Calibrator(try LoadedModel.random(architecture: .enet, classCount: 3), size: Self.size, frames: 1, limit: 0, threads: 2)
    calibrator.add(blobPicture(Self.size, seed: 1))
    var calls = 0
    #expect(throws: InputError("enough")) {
      try calibrator.finish { _, total throws(InputError) in
        calls += total > 0 ? 1 : 0
        if calls == 3 { throw InputError("enough") }
      }
    }
    #expect(calls == 3)
  }
}

@Suite struct OutputLossTests {
  private static let size = PixelSize(width: 64, height: 48)

  private static func pictures(_ size: PixelSize) -> [[UInt8]] { (0..<2).map { seed in blobPicture(size, seed: UInt64(seed)).withBytes { Array($0) } } }

  @Test("single precision loses nothing, and plans side by side lose what they do alone") func labels() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 5)
    let ranges = try Calibrator.plain(model, picture: blobPicture(Self.size, seed: 0), threads: 1).ranges
    let losses = try OutputLoss(model, size: Self.size, pictures: Self.pictures(Self.size), threads: 1)
    #expect(try losses.loss(of: .float32, threads: 1) == 0)
    let plans = [PrecisionPlan(.int8, ranges: ranges), .float32, PrecisionPlan(.bfloat16, fallback: .bfloat16)]
    var steps: [Int] = []
    let together = try losses.losses(of: plans, threads: 2, limit: 2) { steps.append($0) }
    #expect(try together == plans.map { plan throws(InputError) in try losses.loss(of: plan, threads: 1) })
    #expect(together[0] > 0 && together[1] == 0 && steps == [1, 2, 3])
  }

  @Test("the loss of a network that finds instances is the greatest of its outputs' errors") func instances() throws {
    let size = PixelSize(width: 138, height: 138)
    let model = try LoadedModel.random(architecture: .yolactEdge, variant: "mobilenetv2", inputSize: size)
    let losses = try OutputLoss(model, size: size, pictures: Self.pictures(size), threads: 1)
    #expect(try losses.errors(of: .float32, threads: 1).values.allSatisfy { $0 == 0 })
    let plan = PrecisionPlan(.bfloat16, fallback: .bfloat16)
    let errors = try losses.errors(of: plan, threads: 1)
    #expect(Set(errors.keys) == Set(OutputLoss.kinds))
    #expect(try losses.loss(of: plan, threads: 1) == errors.values.max())
    // Without bfloat16 the processor runs it in single precision.
    #expect(errors.values.allSatisfy { ($0 > 0) == Processor.current.hasBFloat16 && $0 < 0.1 })
  }
}
