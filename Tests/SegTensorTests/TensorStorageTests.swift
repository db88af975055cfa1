import Foundation
import SegTestSupport
import Testing

@testable import SegTensor

struct TensorStorageTests {
  @Test("all kinds of storage give the same bytes, all at once or written elsewhere")
  func kinds() throws {
    let bytes: [UInt8] = [3, 1, 4, 1, 5]
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([0, 0] + bytes).write(to: URL(fileURLWithPath: path))
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    let storages = [
      TensorStorage(byteCount: 5) { $0.copyBytes(from: bytes) }, .file(try TensorFile(duplicating: descriptor, path: path), offset: 2),
      .made { $0.copyBytes(from: bytes) },
    ]
    for storage in storages {
      #expect(storage.withBytes(count: 5) { Array($0) } == bytes)
      var copy = [UInt8](repeating: 9, count: 5)
      copy.withUnsafeMutableBytes { storage.read(into: $0) }
      #expect(copy == bytes)
    }
  }

  @Test("memory starts as zero and is written by the caller")
  func zeros() { #expect(TensorStorage(byteCount: 3) { $0[1] = 7 }.withBytes(count: 3) { Array($0) } == [0, 7, 0]) }
}
