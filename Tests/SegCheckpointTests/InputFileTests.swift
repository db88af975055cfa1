import Foundation
import SegBase
import SegCheckpoint
import Testing

struct InputFileTests {
  @Test func filesLargerThanTheLimitAreNotRead() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
    #expect(try InputFile.read(path: path, limit: 3) == [1, 2, 3])
    let error = try #require(throws: InputError.self) { try InputFile.read(path: path, limit: 2) }
    #expect(error.problem == "is too large: 3 bytes, where at most 2 are read")
  }
}
