import Foundation
import SegBase
import SegTestSupport
import SegVideo
import Testing

@testable import SegMotion

@Suite struct SceneCutTests {
  /// Grey pictures of 320 pixels' width of every `step`th frame.
  static func pictures(_ path: String, count: Int, step: Int = 1) throws -> [[UInt8]] {
    let source = try VideoSource(path)
    let scaler = FrameScaler()
    var pictures: [[UInt8]] = []
    while pictures.count < count * step, let frame = try source.next() {
      var image = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
      try scaler.scale(frame, into: &image, size: PixelSize(width: 320, height: 180), format: .gray8, quality: .fast)
      pictures.append(image.bytes)
    }
    return pictures.enumerated().filter { $0.offset % step == 0 }.map(\.element)
  }

  static func changes(_ pictures: [[UInt8]]) -> [SceneCut.Change?] {
    let detector = SceneCut()
    var image = PixelImage(size: PixelSize(width: 320, height: 180), format: .gray8)
    return pictures.map { bytes in
      image.withMutableBytes { _ = $0.update(fromContentsOf: bytes) }
      return detector.observe(image)
    }
  }

  @Test("the first picture, one after a restart and one of another size have nothing to be compared with")
  func firstPictures() {
    let detector = SceneCut()
    #expect(detector.observe(PixelImage(size: PixelSize(width: 40, height: 30), format: .gray8)) == nil)
    #expect(detector.observe(PixelImage(size: PixelSize(width: 40, height: 30), format: .gray8)) != nil)
    #expect(detector.observe(PixelImage(size: PixelSize(width: 3, height: 1), format: .gray8)) == nil)
    detector.restart()
    #expect(detector.observe(PixelImage(size: PixelSize(width: 3, height: 1), format: .gray8)) == nil)
  }

  @Test("equal pictures differ by nothing, black and white by everything")
  func extremes() {
    let detector = SceneCut()
    let size = PixelSize(width: 50, height: 40)
    _ = detector.observe(FlowScene.picture(size) { _, _ in 0 })
    #expect(detector.observe(FlowScene.picture(size) { _, _ in 0 }) == SceneCut.Change(histogramDistance: 0, meanDifference: 0, isCut: false))
    #expect(detector.observe(FlowScene.picture(size) { _, _ in 255 }) == SceneCut.Change(histogramDistance: 1, meanDifference: 255, isCut: true))
  }

  @Test("a drive down the street has no cut, even at a fifth of its frames")
  func street() throws {
    let pictures = try SceneCutTests.pictures(SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path, count: 60, step: 5)
    #expect(pictures.count >= 50)
    #expect(SceneCutTests.changes(pictures).allSatisfy { $0?.isCut != true })
  }

  @Test("spliced videos are cut where they were spliced and nowhere else", .enabled(if: SharedData.exists("data/videos"), "needs ../shared/data"))
  func splices() throws {
    let names = [
      "videos/udacity_solidWhiteRight.mp4", "videos/intel_car-detection.mp4", "davis/breakdance.mp4", "videos/sam2_05_default_juggle.mp4", "davis/dog.mp4",
      "camvid/val_0016E5_15hz.mp4", "videos/cutie_example.mp4", "davis/horsejump-high.mp4",
    ]
    var pictures = try SceneCutTests.pictures(SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path, count: 20)
    var cuts: Set<Int> = []
    for name in names {
      cuts.insert(pictures.count)
      pictures += try SceneCutTests.pictures(SharedData.path("data/" + name), count: 20)
    }
    let found = Set(SceneCutTests.changes(pictures).enumerated().filter { $0.element?.isCut == true }.map(\.offset))
    #expect(found.subtracting(cuts).isEmpty)
    // Two scenes may look alike in both signs; one in eight may be missed.
    #expect(cuts.subtracting(found).count <= 1)
  }
}
