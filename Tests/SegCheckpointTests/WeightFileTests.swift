import Foundation
import SegBase
import SegTensor
import SegTestSupport
import Testing

@testable import SegCheckpoint

/// A file or folder under a name of its own, removed with this.
private final class TestPath {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  init(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// How many descriptors of this process are of this file.
  var openCount: Int {
    let folder = "/proc/self/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.count { (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == path }
  }
}

private func expectEqual(_ large: Checkpoint, _ small: Checkpoint, _ name: String) {
  #expect(large.container == small.container && large.metadata == small.metadata && large.tensors.names == small.tensors.names, "\(name)")
  for key in small.tensors.names {
    let (one, other) = (large.tensors[key], small.tensors[key])
    #expect(one?.shape == other?.shape && one?.elementType == other?.elementType, "\(name) \(key)")
    #expect(one?.withUnsafeBytes { Array($0) } == other?.withUnsafeBytes { Array($0) }, "\(name) \(key)")
  }
}

/// Bytes of a safetensors file of one tensor of `count` bytes.
private func safetensors(_ count: Int) -> [UInt8] {
  let header = "{\"t\":{\"dtype\":\"U8\",\"shape\":[\(count)],\"data_offsets\":[0,\(count)]}}"
  return little(header.utf8.count, 8) + Array(header.utf8) + (0..<count).map { UInt8(truncatingIfNeeded: $0) }
}

struct WeightFileTests {
  private static let folder = "golden/containers"
  private static let files = [
    "bare_zip.pth", "wrapped_zip.pth", "bare_legacy.pth", "wrapped_legacy.pth", "bare.safetensors", "bare.pdparams", "bare_protocol2.pdparams",
    "bare_protocol4.pdparams", "layer.pdparams",
  ]

  @Test("a file whose tensors stay where they are gives those of one that is read as a whole", .enabled(if: SharedData.exists(folder)), arguments: files)
  func goldenFiles(file: String) throws {
    let path = SharedData.path("\(Self.folder)/\(file)")
    expectEqual(try Checkpoint.open(path: path, largestHeld: 0), try Checkpoint.open(path: path), file)
  }

  @Test("strided numbers, numbers in parts and folders are alike as well")
  func otherFiles() throws {
    typealias Caffe = ProtobufAssembler
    let strided = PickleAssembler.oneTensor(storageCount: 6, offset: 1, shape: [2, 2], strides: [1, 2])
    let parts = Caffe.field(7, Caffe.field(1, [2, 2].flatMap(Caffe.varint))) + Caffe.field(5, floatBytes([1, 2, 3])) + Caffe.unpacked(5, [4])
    let files = [
      ("strided", ZipAssembler.checkpoint(strided, storages: ["0": floatBytes([1, 2, 3, 4, 5, 6])])), ("safetensors", safetensors(100)),
      ("caffe", Caffe.layer("a", [Caffe.blob([3], [7, 8, 9]), parts])),
    ]
    for (name, bytes) in files {
      let file = try TestPath(bytes)
      expectEqual(try Checkpoint.open(path: file.path, largestHeld: 0), try parse(bytes), name)
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["a", "b"] { try Data(PaddleAssembler.variable([2], [1, 2])).write(to: folder.appendingPathComponent(name)) }
    expectEqual(try Checkpoint.open(path: folder.path, largestHeld: 0), try Checkpoint.open(path: folder.path), "folder")
  }

  @Test("files of more than 16 MiB stay open as long as they have tensors, smaller ones are closed")
  func sizes() throws {
    for (count, isLarge) in [(1000, false), (WeightFile.largestHeld + 1, true)] {
      let file = try TestPath(safetensors(count))
      var checkpoint: Checkpoint? = try Checkpoint.open(path: file.path)
      #expect(file.openCount == (isLarge ? 1 : 0))
      #expect(checkpoint?.tensors["t"]?.bytes(at: [0, 255, count - 1]) == [0, 255, UInt8(truncatingIfNeeded: count - 1)])
      checkpoint = nil
      #expect(file.openCount == 0)
    }
  }

  @Test("damaged large files are the errors that small ones are, and nothing stays open")
  func damaged() throws {
    for bytes in [safetensors(50).dropLast(), [], [0x80, 4, 1], safetensors(50).prefix(20)].map(Array.init) {
      let file = try TestPath(bytes)
      let error = try #require(throws: InputError.self) { try Checkpoint.open(path: file.path, largestHeld: 0) }
      #expect(error.problem == problem(bytes) && error.subject == file.path)
      #expect(file.openCount == 0)
    }
  }

  @Test("several threads may read large files at once")
  func threads() throws {
    let file = try TestPath(safetensors(100_000))
    let (path, expected) = (file.path, try parse(safetensors(100_000)))
    let threads = (0..<4).map { _ in
      WorkerThread(name: "parse") {
        for _ in 0..<20 {
          do { expectEqual(try Checkpoint.open(path: path, largestHeld: 0), expected, "thread") } catch { Issue.record(error) }
        }
      }
    }
    for thread in threads { thread.join() }
  }
}
