import Foundation
import SegBase
import SegVideo
import Testing

@Suite struct VideoEncoderTests {
  @Test(arguments: [FrameRate(30), FrameRate(30000, 1001), FrameRate(24000, 1001), FrameRate(15), FrameRate(25, 2), FrameRate(120)])
  func rateAndDurationSurvive(rate: FrameRate) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let times = TestClip.times(37, rate: rate)
    let path = try TestClip.write(times: times, rate: rate, folder: folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["clip.mp4"])
    let source = try VideoSource(path)
    #expect(abs((source.information.frameRate ?? 0) - rate.framesPerSecond) < 0.001)
    #expect(abs((source.information.duration?.seconds ?? 0) - 37 / rate.framesPerSecond) < 0.001)
    let played = try TestClip.play(source)
    #expect(played.map(\.number) == Array(0..<37))
    for (frame, time) in zip(played, times) { #expect(abs(frame.time - time) <= 17) }
  }

  @Test(arguments: [(31, 17), (2, 2), (64, 49), (1281, 3)]) func oddSizesArePadded(width: Int, height: Int) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let size = PixelSize(width: width, height: height)
    let encoder = try VideoEncoder(path: folder + "/a.mp4", size: size, frameRate: FrameRate(10), threads: 1)
    var image = PixelImage(size: size, format: .rgba32)
    image.withMutableBytes { bytes in for pixel in 0..<size.pixelCount { bytes[pixel * 4] = 220 } }
    for index in 0..<3 { try encoder.append(image, presentationTime: MediaTime(microseconds: Int64(index) * 100_000)) }
    try encoder.finish()
    #expect(encoder.codedSize == PixelSize(width: (width + 1) & ~1, height: (height + 1) & ~1))
    let source = try VideoSource(folder + "/a.mp4")
    #expect(source.information.codedSize == encoder.codedSize)
    guard let frame = try source.next() else {
      Issue.record("no frame")
      return
    }
    let coded = encoder.codedSize
    try FrameScaler().scale(frame, into: &image, size: coded, format: .rgb24, quality: .accurate)
    image.withBytes { bytes in
      for pixel in 0..<coded.pixelCount { #expect(abs(Int(bytes[pixel * 3]) - 220) < 6 && bytes[pixel * 3 + 1] < 8 && bytes[pixel * 3 + 2] < 8) }
    }
  }

  @Test(arguments: [PixelSize(width: 64, height: 48), PixelSize(width: 1280, height: 32)]) func coloursSurviveInBothMatrices(size: PixelSize) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for colour in [Colour(0, 200, 30), Colour(250, 250, 250), Colour(20, 10, 180), Colour(0, 0, 0)] {
      var image = PixelImage(size: size, format: .rgb24)
      image.withMutableBytes { bytes in
        for pixel in 0..<size.pixelCount { (bytes[pixel * 3], bytes[pixel * 3 + 1], bytes[pixel * 3 + 2]) = (colour.red, colour.green, colour.blue) }
      }
      let encoder = try VideoEncoder(path: folder + "/a.mp4", size: size, frameRate: FrameRate(10), quality: 5, threads: 1)
      try encoder.append(image, presentationTime: .zero)
      try encoder.finish()
      guard let frame = try VideoSource(folder + "/a.mp4").next() else {
        Issue.record("no frame")
        return
      }
      for quality in [ScalingQuality.fast, .accurate] {
        try FrameScaler().scale(frame, into: &image, size: size, format: .rgb24, quality: quality)
        let middle = image.withBytes { bytes in (0..<3).map { Int(bytes[(size.pixelCount / 2) * 3 + $0]) } }
        #expect(zip(middle, [colour.red, colour.green, colour.blue]).allSatisfy { abs($0 - Int($1)) <= 4 }, "\(colour) became \(middle)")
      }
    }
  }

  @Test func unfinishedFileLeavesNothing() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let encoder = try VideoEncoder(path: folder + "/a.mp4", size: TestClip.size, frameRate: FrameRate(10))
      try encoder.append(TestClip.picture(1), presentationTime: .zero)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    let empty = try VideoEncoder(path: folder + "/b.mp4", size: TestClip.size, frameRate: FrameRate(10))
    #expect(throws: InputError.self) { try empty.finish() }
  }

  @Test func badTargetsAreRefused() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for path in ["/nowhere/a.mp4", folder, folder + "/a.txt", folder + "/a"] {
      #expect(throws: InputError.self, "\(path)") { _ = try VideoEncoder(path: path, size: TestClip.size, frameRate: FrameRate(10)) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test func timesThatStandStillAreMovedOn() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let encoder = try VideoEncoder(path: folder + "/a.mp4", size: TestClip.size, frameRate: FrameRate(10), threads: 1)
    for (index, time) in [0, 0, -5, 100_000].enumerated() {
      try encoder.append(TestClip.picture(index), presentationTime: MediaTime(microseconds: Int64(time)))
    }
    try encoder.finish()
    #expect(try TestClip.play(try VideoSource(folder + "/a.mp4")).map(\.number) == [0, 1, 2, 3])
  }
}
