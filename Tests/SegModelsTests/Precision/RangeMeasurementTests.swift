import SegBase
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// Ranges of maps.
@Suite struct RangeMeasurementTests {
  @Test("ranges that are measured part by part are those of the whole network") func parts() throws {
    let size = PixelSize(width: 138, height: 138)
    let model = try LoadedModel.random(architecture: .yolactEdge, variant: "mobilenetv2", inputSize: size)
    let graph = try RunGraph(model, size: size).graph
    #expect(graph.parameterCount > 4 << 20, "more than one part")
    let image = blobPicture(size, seed: 1)
    let found = try RangeMeasurement.extremes(of: image, in: model, threads: 1, precision: .float32)
    let whole = try RangeMeasurement(model, size: size, threads: 1)
    image.withBytes { whole.add($0) }
    let expected = whole.ranges(.extremes)
    #expect(Set(found.keys) == Set(expected.keys) && found.count > 60)
    for (key, range) in expected {
      let tolerance = 1e-3 * max(range.highest, -range.lowest)
      let other = try #require(found[key])
      #expect(abs(range.lowest - other.lowest) <= tolerance && abs(range.highest - other.highest) <= tolerance, "\(key)")
    }
  }
}
