import Foundation
import SegTensor
import Testing

@testable import SegCheckpoint

struct TensorSourceTests {
  @Test("tensors are copies of bytes in memory, and parts of a file that stays open")
  func tensors() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([10, 11, 12, 13]).write(to: URL(fileURLWithPath: path))
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    let file = try TensorFile(duplicating: descriptor, path: path)
    // Others than those of the file, to tell where a tensor has its own from.
    var bytes: [UInt8] = [20, 21, 22, 23]
    let (copied, referring) = bytes.withUnsafeMutableBytes { bytes in
      let whole = UnsafeRawBufferPointer(bytes)
      let part = UnsafeRawBufferPointer(rebasing: whole[1..<3])
      let tensors = [TensorSource(whole), TensorSource(whole, of: file)].map { $0.tensor(shape: [2], elementType: .uint8, part) }
      bytes[1] = 0
      return (tensors[0], tensors[1])
    }
    #expect(copied.floats() == [21, 22])
    #expect(referring.floats() == [11, 12])
  }

  @Test("a tensor without elements lies nowhere")
  func empty() {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(TensorSource(nothing).tensor(shape: [0], elementType: .int8, nothing).floats() == [])
  }
}
