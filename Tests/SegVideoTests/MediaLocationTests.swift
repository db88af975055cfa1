import Foundation
import SegBase
import SegVideo
import Testing

/// What a user may give instead of a video, and the one line that answers it.
@Suite struct MediaLocationTests {
  private func refusal(_ location: String) -> String {
    do {
      _ = try VideoSource(location)
      return "opened"
    } catch { return error.problem }
  }

  private func refusal(of bytes: Data, name: String) throws -> String {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try bytes.write(to: URL(fileURLWithPath: folder + "/" + name))
    return refusal(folder + "/" + name)
  }

  @Test func missingThingsAreNamed() throws {
    #expect(refusal("/nowhere/video.mp4") == "no such file")
    #expect(refusal("") == "the path is empty")
    #expect(refusal("v4l2:/dev/video999") == "no such device")
    #expect(refusal("/nowhere/%05d.png") == "no image matches the pattern")
    #expect(refusal("/nowhere/*.png") == "no image matches the pattern")
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(refusal(folder) == "no images in the folder")
  }

  @Test(arguments: ["notes.txt", "notes", "notes.mp4", "notes.png", "notes.ans"]) func textIsNoVideo(name: String) throws {
    #expect(try refusal(of: Data(String(repeating: "All work and no play.\n", count: 200).utf8), name: name) == "not a video or picture that can be read")
  }

  @Test func emptyFileIsToldSo() throws {
    #expect(try refusal(of: Data(), name: "empty.mp4") == "the file is empty")
  }

  @Test func generatorErrorsAreTold() {
    #expect(refusal("lavfi:nosuchfilter") != "opened")
  }

  private static let sound: Data = {
    var header = Data("RIFF".utf8) + Data([0x24, 0x40, 0, 0]) + Data("WAVEfmt ".utf8)
    header += Data([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]) + Data("data".utf8) + Data([0, 0x40, 0, 0])
    return header + Data(count: 0x4000)
  }()

  @Test func soundHasNoVideo() throws {
    #expect(try refusal(of: Self.sound, name: "sound.wav") == "no video stream")
  }

  @Test func coverPictureIsNoVideo() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try ImageWriter.write(PixelImage(size: PixelSize(width: 32, height: 32), format: .rgb24), to: folder + "/cover.png")
    let cover = try Data(contentsOf: URL(fileURLWithPath: folder + "/cover.png"))
    let body = Data([0]) + Data("image/png".utf8) + Data([0, 3, 0]) + cover
    let bigEndian = { (value: Int) in Data([UInt8(value >> 24 & 255), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]) }
    let frame = Data("APIC".utf8) + bigEndian(body.count) + Data([0, 0]) + body
    let length = frame.count
    let synchsafe = Data([UInt8(length >> 21 & 127), UInt8(length >> 14 & 127), UInt8(length >> 7 & 127), UInt8(length & 127)])
    var song = Data("ID3".utf8) + Data([3, 0, 0]) + synchsafe + frame
    for _ in 0..<40 { song += Data([0xFF, 0xFB, 0x90, 0x00]) + Data(count: 413) }
    #expect(try refusal(of: song, name: "song.mp3") == "no video stream")
  }

  @Test func cutOffMP4SaysWhatToDo() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try TestClip.write(times: TestClip.times(5), folder: folder)
    try Data(contentsOf: URL(fileURLWithPath: path)).prefix(40).write(to: URL(fileURLWithPath: path))
    #expect(refusal(path) == "the MP4 has no usable index")
  }

  @Test func pathWithColonIsAPath() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try TestClip.write(times: TestClip.times(3), folder: folder, name: "http:clip %d [1].mp4")
    #expect(try TestClip.play(try VideoSource(path)).count == 3)
  }
}
