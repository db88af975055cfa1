import Foundation
import SegBase
import SegCheckpoint
import Testing

struct OutputFileTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

  @Test func nothingHasTheNameBeforeCommit() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a").path
    let file = try OutputFile(path: path)
    try file.write([1, 2, 3])
    #expect(!FileManager.default.fileExists(atPath: path))
    try file.commit()
    #expect(try names() == ["a"])
    #expect(try InputFile.read(path: path) == [1, 2, 3])
  }

  @Test func withoutCommitTheOldFileStays() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a").path
    try Data([9]).write(to: URL(fileURLWithPath: path))
    do {
      let file = try OutputFile(path: path)
      try file.write([1, 2, 3])
    }
    #expect(try names() == ["a"])
    #expect(try InputFile.read(path: path) == [9])
  }
}
