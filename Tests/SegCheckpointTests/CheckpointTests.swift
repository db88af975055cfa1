import Foundation
import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

private struct ExpectedTensor: Decodable {
  var dtype: String
  var shape: [Int]
  var values: [Float]
}

private let folder = "golden/containers"

private func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
  try JSONDecoder().decode(T.self, from: Data(contentsOf: URL(fileURLWithPath: SharedData.path("\(folder)/\(name)"))))
}

private func check(_ checkpoint: Checkpoint, against expected: [String: ExpectedTensor]) {
  #expect(Set(checkpoint.tensors.names) == Set(expected.keys))
  for (name, tensor) in expected {
    #expect(checkpoint.tensors[name]?.elementType.rawValue == tensor.dtype, "\(name)")
    #expect(checkpoint.tensors[name]?.shape == tensor.shape, "\(name)")
    #expect(checkpoint.tensors[name]?.floats() == tensor.values, "\(name)")
  }
}

@Suite(.enabled(if: SharedData.exists(folder), "needs ../shared/golden"))
struct CheckpointGoldenTests {
  @Test(arguments: [
    ("bare_zip.pth", CheckpointContainer.pytorchZip), ("wrapped_zip.pth", .pytorchZip), ("bare_legacy.pth", .pytorchLegacy),
    ("wrapped_legacy.pth", .pytorchLegacy), ("bare.safetensors", .safetensors),
  ])
  func containersGiveTheSameTensors(file: String, container: CheckpointContainer) throws {
    var expected = try decode([String: ExpectedTensor].self, "expected.json")
    if container == .safetensors { expected = Dictionary(uniqueKeysWithValues: expected.map { (String($0.key.dropFirst("module.".count)), $0.value) }) }
    let checkpoint = try Checkpoint.open(path: SharedData.path("\(folder)/\(file)"))
    #expect(checkpoint.container == container)
    check(checkpoint, against: expected)
  }

  @Test(arguments: ["bare.pdparams", "bare_protocol2.pdparams", "bare_protocol4.pdparams", "layer.pdparams"])
  func paddleFilesGiveTheirArrays(file: String) throws {
    let expected = try decode([String: [String: ExpectedTensor]].self, "expected_paddle.json")
    let checkpoint = try Checkpoint.open(path: SharedData.path("\(folder)/\(file)"))
    #expect(checkpoint.container == .paddle)
    check(checkpoint, against: try #require(expected[file.hasPrefix("layer") ? "layer" : "bare"]))
  }

  @Test(arguments: [
    ("bad_empty.pth", "empty"), ("bad_global.pdparams", "builtins.print"), ("bad_global_legacy.pth", "__builtin__.print"),
    ("bad_global_zip.pth", "__builtin__.print"), ("bad_header_length.safetensors", "1152921504606846976 bytes"),
    ("bad_length.caffemodel", "34359738367 bytes"),
    ("bad_offsets.safetensors", "past the end"), ("bad_storage_size.pth", "storage"), ("bad_text.pth", "Git LFS"), ("bad_truncated.caffemodel", "cut short"),
    ("bad_truncated.pdparams", "cut short"), ("bad_truncated_legacy.pth", "cut short"), ("bad_truncated_zip.pth", "cut short"),
  ])
  func damagedAndHostileFilesGiveOneClearLine(file: String, word: String) throws {
    let path = SharedData.path("\(folder)/\(file)")
    let error = try #require(throws: InputError.self) { try Checkpoint.open(path: path) }
    #expect(error.description.contains(word), "\(error)")
    #expect(error.subject == path)
    #expect(!error.description.contains("\n"))
  }

  @Test func wrappersGiveTheirNumbersAsMetadata() throws {
    let metadata = try Checkpoint.open(path: SharedData.path("\(folder)/wrapped_zip.pth")).metadata
    #expect(metadata["epoch"] != nil, "\(metadata)")
  }

  @Test(arguments: [("enet-camvid/ENet_default.pth", 554), ("enet-cityscapes-zh320/enet_crop-1024_800epoch.pth", 430)])
  func realCheckpointsLoad(file: String, count: Int) throws {
    let path = SharedData.path("data/weights/\(file)")
    if !FileManager.default.fileExists(atPath: path) { return }
    #expect(try Checkpoint.open(path: path).tensors.count == count)
  }

  static let smallFiles = [
    "bare_zip.pth", "wrapped_zip.pth", "bare_legacy.pth", "wrapped_legacy.pth", "bare.safetensors", "bare.pdparams", "bare_protocol2.pdparams",
  ]

  @Test(arguments: smallFiles)
  func everyTruncationIsAnError(file: String) throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: SharedData.path("\(folder)/\(file)"))))
    for count in 0..<bytes.count { #expect(problem(Array(bytes[..<count])) != "", "first \(count) bytes") }
  }

  @Test(arguments: smallFiles)
  func flippedBytesNeverCrash(file: String) throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: SharedData.path("\(folder)/\(file)"))))
    for seed in 0..<3000 {
      var random = RandomNumbers(seed: UInt64(seed))
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      // Any result is right but a crash or a great deal of memory.
      if let checkpoint = try? parse(changed) {
        let total = checkpoint.tensors.names.reduce(0) { $0 + (checkpoint.tensors[$1].map { $0.count * $0.elementType.byteCount } ?? 0) }
        #expect(total <= 1 << 20, "seed \(seed)")
      }
    }
  }
}

struct CheckpointTests {
  @Test func aMissingFileSaysSo() throws {
    let error = try #require(throws: InputError.self) { try Checkpoint.open(path: "/nowhere/weights.pth") }
    #expect(error.description == "/nowhere/weights.pth: cannot be opened: No such file or directory")
  }

  @Test func aDeviceIsNotRead() throws {
    let error = try #require(throws: InputError.self) { try Checkpoint.open(path: "/dev/zero") }
    #expect(error.problem == "is not a regular file")
  }

  @Test func otherFilesAreNamed() {
    #expect(problem(PaddleAssembler.variable([2], [1, 2])).contains("one variable of a PaddlePaddle model"))
    #expect(problem(PaddleAssembler.variable([2], [1, 2]) + PaddleAssembler.variable([], [1])).contains("do not hold the names"))
    #expect(problem(Array("hello, this is a text".utf8)).contains("not a weight file"))
    #expect(problem([0x1F, 0x8B, 8, 0, 0]).contains("packed archive"))
    #expect(problem(ZipAssembler().archive()).contains("without a PyTorch checkpoint"))
  }

  @Test func randomBytesNeverCrash() {
    let starts: [[UInt8]] = [[], [0x80, 2], [0x80, 4], [0x50, 0x4B, 3, 4], little(100, 8) + [0x7B]]
    for seed in 0..<2000 {
      var random = RandomNumbers(seed: UInt64(seed))
      let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      for start in starts { #expect(problem(start + bytes) != "", "seed \(seed)") }
    }
  }
}
