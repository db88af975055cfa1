import SegBase
import SegModels
import SegTestSupport
import Testing

struct SegmentationModelPartialTests {
  private func picture(_ size: PixelSize, seed: UInt64) -> PixelImage {
    var image = PixelImage(size: size, format: .rgb24)
    var random = RandomNumbers(seed: seed)
    image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) } }
    return image
  }

  private func copy(_ features: CarriedFeatures, _ output: UnsafeMutableBufferPointer<Float>) { _ = output.update(fromContentsOf: features.values) }

  @Test(
    "on a still picture a partial pass gives the scores of the full one",
    arguments: [
      (Architecture.enet, "davidtvs", PixelSize(width: 136, height: 88)), (.enet, "davidtvs-2018", PixelSize(width: 104, height: 72)),
      (.enet, "zh320", PixelSize(width: 136, height: 88)), (.fastSCNN, "tramac", PixelSize(width: 160, height: 128)),
      (.icnet, "liminn", PixelSize(width: 160, height: 128)),
    ])
  func stillPictures(architecture: Architecture, dialect: String, size: PixelSize) throws {
    var loaded = try LoadedModel.random(architecture: architecture, dialect: dialect, classCount: 6)
    loaded.precision = .float32
    let model = SegmentationModel(loaded, threads: 1, keepsFeatures: true)
    let image = picture(size, seed: 1)
    let whole = try model.withScores(of: image) { Array($0) }
    let part = try model.withPartialScores(of: image, carrying: copy) { Array($0) }
    let range = whole.reduce(1e-6) { max($0, abs($1)) }
    #expect(whole.count == part.count && zip(whole, part).allSatisfy { abs($0 - $1) <= 1e-5 * range })
    // Another picture with the same deep features differs from both.
    let next = picture(size, seed: 2)
    let moved = try model.withPartialScores(of: next, carrying: copy) { Array($0) }
    let all = try model.withScores(of: next) { Array($0) }
    #expect(moved != part && moved != all)
  }

  @Test("keeping features changes nothing about the full pass but rounding, as its last convolution may be made as a whole")
  func fullPassIsTheSame() throws {
    let loaded = try LoadedModel.random(architecture: .enet, classCount: 6)
    let image = picture(PixelSize(width: 136, height: 88), seed: 3)
    let plain = try SegmentationModel(loaded, threads: 1).withScores(of: image) { Array($0) }
    let keeping = try SegmentationModel(loaded, threads: 1, keepsFeatures: true).withScores(of: image) { Array($0) }
    let range = plain.reduce(1e-6) { max($0, abs($1)) }
    #expect(plain.count == keeping.count)
    #expect(zip(plain, keeping).allSatisfy { abs($0 - $1) <= 1e-5 * range })
  }

  @Test("on a still picture a partial pass finds the instances of the full one, with the same numbers, at a size that nothing divides")
  func stillInstances() throws {
    let size = PixelSize(width: 131, height: 97)
    let loaded = try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2", classCount: 3, inputSize: size)
    let model = SegmentationModel(loaded, threads: 1, keepsFeatures: true)
    let image = picture(size, seed: 4)
    var map = PixelImage(size: size, format: .gray8)
    var (whole, part): ([DetectedInstance], [DetectedInstance]) = ([], [])
    try model.segment(image, into: &map, instances: &whole, shown: PixelSize(width: 50, height: 40))
    let first = map.withBytes { Array($0) }
    try model.segmentPartially(image, carrying: copy, into: &map, instances: &part, shown: PixelSize(width: 50, height: 40))
    let second = map.withBytes { Array($0) }
    #expect(!whole.isEmpty && whole.count == part.count)
    #expect(Set(whole.compactMap(\.track)) == Set(part.compactMap(\.track)))
    #expect(zip(first, second).count { $0 != $1 } < 20)
  }

  @Test("without a full pass before, or where there is no such pass, it is an error")
  func errors() throws {
    let size = PixelSize(width: 64, height: 48)
    let image = picture(size, seed: 5)
    let loaded = try LoadedModel.random(architecture: .enet, classCount: 3)
    let model = SegmentationModel(loaded, threads: 1, keepsFeatures: true)
    #expect(throws: InputError.self) { try model.withPartialScores(of: image, carrying: copy) { $0.count } }
    let plain = SegmentationModel(loaded, threads: 1)
    _ = try plain.withScores(of: image) { $0.count }
    #expect(throws: InputError.self) { try plain.withPartialScores(of: image, carrying: copy) { $0.count } }
    var map = PixelImage(size: size, format: .gray8)
    var instances: [DetectedInstance] = []
    #expect(throws: InputError.self) { try model.segmentPartially(image, carrying: copy, into: &map, instances: &instances) }
    // A key of another size is none for this one.
    _ = try model.withScores(of: picture(PixelSize(width: 72, height: 48), seed: 5)) { $0.count }
    #expect(throws: InputError.self) { try model.withPartialScores(of: image, carrying: copy) { $0.count } }
  }
}
