import SegBase
import SegModels
import SegTensor
import SegTestSupport
import Testing

private func picture(_ size: PixelSize, seed: UInt64) -> PixelImage {
  var image = PixelImage(size: size, format: .rgb24)
  var random = RandomNumbers(seed: seed)
  image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &random) } }
  return image
}

private func segment(_ model: SegmentationModel, _ image: borrowing PixelImage, into labels: inout PixelImage, ignoring: Int? = nil) throws {
  var instances: [DetectedInstance] = []
  try model.segment(image, into: &labels, instances: &instances, ignoring: ignoring)
  #expect(instances.isEmpty)
}

private func bytes(_ image: borrowing PixelImage) -> [UInt8] { image.withBytes { Array($0) } }

struct SegmentationModelTests {
  private let size = PixelSize(width: 64, height: 40)

  @Test(arguments: ["davidtvs", "davidtvs-2018", "zh320"])
  func labelsAreTheHighestLogits(dialect: String) throws {
    var loaded = try LoadedModel.random(architecture: .enet, dialect: dialect, classCount: 7)
    loaded.precision = .float32
    let model = SegmentationModel(loaded, threads: 1)
    let image = picture(size, seed: 1)
    var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    try segment(model, image, into: &labels)
    #expect(labels.size == size && labels.format == .gray8)

    let (mean, deviation) = (loaded.preprocessing.mean, loaded.preprocessing.deviation)
    let pixels = bytes(image)
    let planes = (0..<3).flatMap { channel in
      (0..<size.pixelCount).map { (Float(pixels[$0 * 3 + channel]) / 255 - mean[channel]) / deviation[channel] }
    }
    let logits = try #require(RawInference(loaded).run(Tensor(shape: [1, 3, size.height, size.width], floats: planes))["logits"])
    #expect(logits.shape == [1, 7, size.height, size.width])
    let scores = logits.floats()
    let best = (0..<size.pixelCount).map { pixel in (0..<7).max { scores[$0 * size.pixelCount + pixel] < scores[$1 * size.pixelCount + pixel] } ?? 0 }
    // Rounding may decide otherwise where two classes are as good as equal.
    let agreeing = zip(bytes(labels), best).filter { Int($0) == $1 }.count
    #expect(agreeing >= size.pixelCount - 2)
  }

  @Test func anIgnoredClassIsNeverChosen() throws {
    let model = SegmentationModel(try LoadedModel.random(architecture: .enet, classCount: 3), threads: 1)
    let image = picture(size, seed: 2)
    var labels = PixelImage(size: size, format: .gray8)
    try segment(model, image, into: &labels)
    let usual = bytes(labels)
    let favourite = try #require((0..<3).max { a, b in usual.filter { Int($0) == a }.count < usual.filter { Int($0) == b }.count })
    try segment(model, image, into: &labels, ignoring: favourite)
    #expect(!bytes(labels).contains(UInt8(favourite)))
  }

  @Test func sizesMayChangeFromPictureToPicture() throws {
    let model = SegmentationModel(try LoadedModel.random(architecture: .enet, classCount: 5), threads: 1)
    var first: [PixelSize: [UInt8]] = [:]
    for round in 0..<2 {
      for size in [size, PixelSize(width: 33, height: 47), PixelSize(width: 48, height: 32)] {
        var labels = PixelImage(size: size, format: .gray8)
        try segment(model, picture(size, seed: 3), into: &labels)
        if round == 0 { first[size] = bytes(labels) } else { #expect(first[size] == bytes(labels)) }
      }
    }
  }
}
