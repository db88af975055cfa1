import Foundation
import SegBase
import SegTestSupport
import Testing

@testable import SegTensor

/// A file of these bytes, open for reading and removed with this.
private final class TestFile {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  init(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func open() throws -> TensorFile {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    return try TensorFile(duplicating: descriptor, path: path)
  }

  /// Writes a byte in place.
  func write(_ byte: UInt8, at place: Int) {
    let descriptor = Glibc.open(path, O_WRONLY)
    defer { close(descriptor) }
    var byte = byte
    #expect(pwrite(descriptor, &byte, 1, off_t(place)) == 1)
  }

  /// How many descriptors of this process are of this file.
  var openCount: Int {
    let folder = "/proc/self/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.count { (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == path }
  }
}

private func bytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes(Array.init) }

struct TensorFileTests {
  @Test("a tensor in a file has the elements of one in memory, however they are read, wherever they lie")
  func elements() throws {
    let values: [Float] = [1, -2, 3.5, 0, 5, 6]
    let inMemory = Tensor(shape: [2, 3], floats: values)
    let tensor = Tensor(shape: [2, 3], elementType: .float32, file: try TestFile([9, 9, 9] + bytes(values) + [7]).open(), offset: 3)
    #expect(tensor.floats() == values)
    #expect(tensor.withUnsafeBytes { Array($0) } == inMemory.withUnsafeBytes { Array($0) })
    #expect(tensor.withUnsafeBytes { Int(bitPattern: $0.baseAddress) % 64 } == 0)
    #expect(tensor.reshaped(to: [6]).scaled(axis: 0, by: [1, 2, 3, 4, 5, 6]).floats() == [1, -4, 10.5, 0, 25, 36])
    #expect(tensor.scaled(axis: 0, by: [2, 1]).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == [2, -4, 7, 0, 5, 6])
    #expect(tensor.bytes(at: [0, 3, 23]) == inMemory.bytes(at: [0, 3, 23]))
    let halves = Tensor(shape: [2], elementType: .float16, file: try TestFile([0x00, 0x3C, 0x00, 0xC0]).open(), offset: 0)
    #expect(halves.floats() == [1, -2] && halves.asFloats.elementType == .float32)
    #expect(halves.asFloats.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == [1, -2])
    #expect(Tensor(shape: [0], elementType: .int8, file: try TestFile([]).open(), offset: 0).floats() == [])
  }

  @Test("some bytes of a large tensor are those of the whole")
  func someBytes() throws {
    let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 37 >> 3) }
    let tensor = Tensor(shape: [199_999], elementType: .uint8, file: try TestFile(content).open(), offset: 1)
    let places = [0, 1, 65_535, 131_072, 199_998]
    #expect(tensor.bytes(at: places) == places.map { content[$0 + 1] })
  }

  @Test("a file that is written to or cut short is told of, once and for all, and nothing else happens")
  func changes() throws {
    for isCut in [false, true] {
      let test = try TestFile(bytes([1, 2, 3, 4]))
      var tensors = NamedTensors()
      tensors["other"] = Tensor(shape: [], floats: [1])
      let file = try test.open()
      tensors["weight"] = Tensor(shape: [4], elementType: .float32, file: file, offset: 0)
      #expect(tensors["weight"]?.floats() == [1, 2, 3, 4])
      try tensors.checkFiles()
      usleep(20_000)  // longer than the steps of the clock of file systems
      if isCut { #expect(truncate(test.path, 8) == 0) } else { test.write(0, at: 15) }
      let read = try #require(tensors["weight"]).floats()
      #expect(read[..<2] == [1, 2] && read[2...] == (isCut ? [0, 0] : [3, 0x1p-126]))
      for _ in 0..<2 {
        let error = try #require(throws: InputError.self) { try tensors.checkFiles() }
        #expect(error.description == "\(test.path): changed while it was in use (start again)")
      }
      #expect(throws: InputError.self) { try file.check() }
    }
  }

  @Test("a change is noticed without reading, where it is asked for")
  func changesBeforeReading() throws {
    let test = try TestFile([1])
    let file = try test.open()
    try file.check()
    #expect(truncate(test.path, 0) == 0)
    #expect(throws: InputError.self) { try file.check() }
  }

  @Test("another file may take the name")
  func replacement() throws {
    let (test, other) = (try TestFile([1, 2]), try TestFile([3, 4]))
    let file = try test.open()
    #expect(rename(other.path, test.path) == 0)
    #expect(Tensor(shape: [2], elementType: .uint8, file: file, offset: 0).floats() == [1, 2])
    try file.check()
  }

  @Test("the file stays open until its last tensor is gone")
  func closing() throws {
    let test = try TestFile([1, 2])
    var tensors = [Tensor(shape: [2], elementType: .uint8, file: try test.open(), offset: 0)]
    tensors.append(tensors[0].reshaped(to: [2, 1]).asFloats)
    tensors.removeFirst()
    #expect(test.openCount == 1)
    #expect(tensors[0].floats() == [1, 2])
    tensors.removeFirst()
    #expect(test.openCount == 0)
  }

  @Test("what cannot be opened is an error")
  func noDescriptor() throws {
    let error = try #require(throws: InputError.self) { try TensorFile(duplicating: -1, path: "weights.pth") }
    #expect(error.description == "weights.pth: cannot be read: Bad file descriptor")
  }
}
