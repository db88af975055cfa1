import Foundation
import SegBase
import SegVideo
import Testing

@Suite struct ImageSequenceTests {
  /// Numbered pictures 1 to 12 without leading zeros; the seventh is broken.
  private func folder() throws -> String {
    let folder = try TestClip.folder()
    for number in 1...12 { try ImageWriter.write(TestClip.picture(number), to: folder + "/f\(number).png") }
    try Data("broken".utf8).write(to: URL(fileURLWithPath: folder + "/f7.png"))
    try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/readme.txt"))
    return folder
  }

  @Test(arguments: ["", "/f%d.png", "/*.png"]) func picturesComeInNaturalOrder(pattern: String) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = try VideoSource(folder + pattern, imageRate: 10)
    let played = try TestClip.play(source)
    #expect(played.map(\.number) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12])
    if pattern != "/*.png" {
      #expect(played.map(\.index) == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
      #expect(played.map(\.time) == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11].map { $0 * 100_000 })
      #expect(source.corruptPackets == 1)
      #expect(source.information.frameCount == 12)
    }
    #expect(!source.information.isStillImage)
  }

  @Test func seekGivesEachPicture() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = try VideoSource(folder, imageRate: 30)
    for index in [11, 0, 5, 6, 7, 100, 3] {
      try source.seek(to: MediaTime(microseconds: Int64((Double(index) * 1_000_000 / 30).rounded())))
      let expected = index == 6 ? 5 : min(11, index)
      #expect(try TestClip.next(source)?.index == expected)
    }
  }

  @Test func onePictureIsStill() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let source = try VideoSource(folder + "/f3.png")
    #expect(source.information.isStillImage && source.information.displaySize == TestClip.size)
    #expect(try TestClip.play(source).map(\.number) == [3])
    #expect(throws: InputError.self) { try VideoSource(folder + "/f7.png") }
  }

  @Test func picturesMayDifferInSize() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for side in [8, 33, 17] { try ImageWriter.write(PixelImage(size: PixelSize(width: side, height: 9), format: .rgba32), to: folder + "/\(side).png") }
    let source = try VideoSource(folder)
    var widths: [Int] = []
    let scaler = FrameScaler()
    var image = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    while let frame = try source.next() {
      widths.append(frame.size.width)
      try scaler.scale(frame, into: &image, size: PixelSize(width: 21, height: 5), format: .rgba32, quality: .fast)
      image.withBytes { bytes in #expect((0..<105).allSatisfy { bytes[$0 * 4 + 3] == 255 }) }
    }
    #expect(widths == [8, 17, 33])
  }
}
