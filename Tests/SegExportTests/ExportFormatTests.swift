import SegExport
import Testing

@Suite struct ExportFormatTests {
  @Test(arguments: ["a.mp4", "a.MP4", "folder.png/a.m4v", "a.b.Mov", ".mp4"])
  func endingsOfVideosMeanAVideo(path: String) { #expect(ExportFormat(path: path) == .mp4) }

  @Test(arguments: ["", "folder", "folder/", "a.mp4/", "mp4", "a.mp4.part", "a.png", "a.mkv", "a.mp4/frames"])
  func everythingElseMeansAFolderOfPictures(path: String) { #expect(ExportFormat(path: path) == .png) }

  @Test func namesAreThoseOfTheCommandLine() { #expect(ExportFormat.allCases.map(\.rawValue) == ["mp4", "png"]) }
}
