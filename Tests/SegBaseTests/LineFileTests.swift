import Foundation
import SegBase
import Testing

@Suite struct LineFileTests {
  /// Calls `body` with a new folder, which is removed afterwards.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segbase-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func names(_ folder: URL) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("lines appear under the file's name when it is finished, and replace what was there")
  func finished() throws {
    try withFolder { folder in
      let path = folder.appendingPathComponent("a.json").path
      try "old".write(toFile: path, atomically: false, encoding: .utf8)
      let file = try LineFile(path)
      try file.write("one")
      try file.write("zwei ü")
      #expect(try text(path) == "old")
      let all = try names(folder)
      let hidden = try #require(all.first { $0 != "a.json" })
      // Whole lines are there at any time, for whoever is killed.
      #expect(try text(folder.appendingPathComponent(hidden).path) == "one\nzwei ü\n")
      try file.finish()
      try file.finish()
      #expect(try text(path) == "one\nzwei ü\n")
      #expect(try names(folder) == ["a.json"])
      #expect(throws: InputError.self) { try file.write("late") }
    }
  }

  @Test("a file that is dropped keeps its whole lines, and one without a line is never there")
  func dropped() throws {
    try withFolder { folder in
      do { try LineFile(folder.appendingPathComponent("kept").path).write("one") }
      do { _ = try LineFile(folder.appendingPathComponent("none").path) }
      let all = try names(folder)
      #expect(all == ["kept"])
    }
  }

  @Test("folders, and files in folders that do not exist, are refused")
  func refused() throws {
    try withFolder { folder in
      #expect(throws: InputError.self) { _ = try LineFile(folder.path) }
      #expect(throws: InputError.self) { _ = try LineFile(folder.appendingPathComponent("x/y").path) }
      let all = try names(folder)
      #expect(all.isEmpty)
    }
  }

  @Test("a device is written to and not replaced")
  func devices() throws {
    let file = try LineFile("/dev/null")
    try file.write("one")
    try file.finish()
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test("a full disk is an error")
  func fullDisk() throws {
    let file = try LineFile("/dev/full")
    let error = #expect(throws: InputError.self) { try file.write("one") }
    #expect(error?.description.contains("/dev/full") == true)
  }
}
