import SegBase
import SegCheckpoint
import SegTensor
import Testing

/// A legacy file: five pickles, then storages with their counts.
private struct LegacyAssembler {
  var protocolVersion = 1001
  var isLittleEndian = true
  var object = PickleAssembler()
  var storages: [(key: String, count: Int, bytes: [UInt8])] = []

  var bytes: [UInt8] {
    let magic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    var version = PickleAssembler()
    version.int(protocolVersion)
    version.op(".")
    var system = PickleAssembler()
    system.op("}")
    system.text("little_endian")
    system.bytes.append(isLittleEndian ? 0x88 : 0x89)
    system.op("s")
    system.op(".")
    var keys = PickleAssembler()
    keys.op("]")
    for storage in storages {
      keys.text(storage.key)
      keys.op("a")
    }
    keys.op(".")
    return magic + version.bytes + system.bytes + object.bytes + keys.bytes + storages.flatMap { little($0.count, 8) + $0.bytes }
  }

  /// A state dict of one tensor "t" over a storage of four numbers.
  static var oneTensor: LegacyAssembler {
    var file = LegacyAssembler()
    file.object = PickleAssembler()
    file.object.bytes = PickleAssembler.oneTensor(storageCount: 4, offset: 1, shape: [2], strides: [2])
    file.storages = [("0", 4, floatBytes([1, 2, 3, 4]))]
    return file
  }
}

struct TorchLegacyTests {
  @Test func storagesFollowThePickles() throws {
    let checkpoint = try parse(LegacyAssembler.oneTensor.bytes)
    #expect(checkpoint.container == .pytorchLegacy)
    #expect(checkpoint.tensors["t"]?.floats() == [2, 4])
  }

  @Test func aViewOfAStorageStartsWhereItSays() throws {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.text("v")
    pickle.global("torch._utils", "_rebuild_tensor")
    pickle.op("(")
    pickle.op("(")
    pickle.text("storage")
    pickle.global("torch", "FloatStorage")
    pickle.text("root")
    pickle.text("cpu")
    pickle.long(5)
    pickle.op("(")
    pickle.text("view")
    pickle.long(2)
    pickle.long(3)
    pickle.op("t")
    pickle.op("t")
    pickle.op("Q")
    pickle.long(1)
    pickle.tuple([2])
    pickle.tuple([1])
    pickle.op("t")
    pickle.op("R")
    pickle.op("s")
    pickle.op(".")
    var file = LegacyAssembler()
    file.object = pickle
    file.storages = [("root", 5, floatBytes([0, 1, 2, 3, 4]))]
    #expect(try parse(file.bytes).tensors["v"]?.floats() == [3, 4])
  }

  @Test func otherVersionsAreRefused() {
    var file = LegacyAssembler.oneTensor
    file.protocolVersion = 1000
    #expect(problem(file.bytes).contains("unknown version"))
  }

  @Test func bigEndianNumbersAreRefused() {
    var file = LegacyAssembler.oneTensor
    file.isLittleEndian = false
    #expect(problem(file.bytes).contains("big-endian"))
  }

  @Test func countsMustAgree() {
    for count in [0, 3, 5, -1, Int.max] {
      var file = LegacyAssembler.oneTensor
      file.storages[0].count = count
      #expect(problem(file.bytes).contains("damaged"), "\(count)")
    }
  }

  @Test func storagesWithoutTensorsAndTensorsWithoutStoragesAreErrors() {
    var file = LegacyAssembler.oneTensor
    file.storages.append(("1", 4, floatBytes([1, 2, 3, 4])))
    #expect(problem(file.bytes).contains("belongs to no tensor"))
    file.storages = []
    #expect(problem(file.bytes) == "tensor t: the file is damaged: its storage is missing")
  }
}
