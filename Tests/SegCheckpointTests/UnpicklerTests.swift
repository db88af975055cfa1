import SegBase
import SegCheckpoint
import SegTensor
import Testing

/// A pickle in a ZIP archive, as PyTorch writes it.
private func problem(pickle: [UInt8], storage: [Float] = [1, 2, 3, 4]) -> String {
  problem(ZipAssembler.checkpoint(pickle, storages: ["0": floatBytes(storage)]))
}

struct UnpicklerTests {
  @Test func aTensorIsRead() throws {
    let pickle = PickleAssembler.oneTensor(storageCount: 4, shape: [2, 2], strides: [2, 1])
    let checkpoint = try parse(ZipAssembler.checkpoint(pickle, storages: ["0": floatBytes([1, 2, 3, 4])]))
    #expect(checkpoint.container == .pytorchZip)
    #expect(checkpoint.tensors["t"]?.floats() == [1, 2, 3, 4])
  }

  @Test(arguments: [
    ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("torch._utils", "_rebuild_tensor_v9"), ("torch", "load"), ("models.enet", "ENet"),
    ("collections", "OrderedDict.__init__"),
  ])
  func globalsOutsideTheListAreRefusedByName(module: String, name: String) {
    var pickle = PickleAssembler()
    pickle.global(module, name)
    pickle.op(".")
    #expect(problem(pickle: pickle.bytes).contains("\(module).\(name), which is never run"))
  }

  @Test func refusedEvenInsideOptimiserState() {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.text("optimizer")
    pickle.global("posix", "system")
    pickle.text("true")
    pickle.bytes.append(0x85)
    pickle.op("R")
    pickle.op("s")
    pickle.op(".")
    #expect(problem(pickle: pickle.bytes).contains("posix.system"))
  }

  @Test(arguments: [0x49, 0x53, 0x56, 0x69, 0x6F, 0x50, 0x82, 0x97, 0xFF] as [UInt8])
  func unusedInstructionsAreErrors(code: UInt8) {
    #expect(problem(pickle: [0x80, 2, code, 0x2E]).contains("instruction \(code)"))
  }

  @Test func takingFromAnEmptyStackIsAnError() {
    for code in [".", "s", "a", "t", "R", "b", "Q", "u", "e", "0", "1", "2"] as [Character] {
      var pickle = PickleAssembler()
      pickle.op(code)
      pickle.op(".")
      #expect(problem(pickle: pickle.bytes).contains("damaged"), "\(code)")
    }
  }

  @Test func valuesBelowAMarkAreOutOfReach() {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.op("(")
    pickle.op(".")
    #expect(problem(pickle: pickle.bytes).contains("not there"))
  }

  @Test func deepNestingEndsInAnError() {
    let nested = [0x80, 2] + [UInt8](repeating: UInt8(ascii: "("), count: 200_000)
    #expect(problem(pickle: nested).contains("deep"))
    let listed = [0x80, 2] + [UInt8](repeating: UInt8(ascii: "]"), count: 200_000)
    #expect(problem(pickle: listed).contains("too much"))
  }

  @Test func deepTuplesAreReleasedWithoutRecursion() {
    let bytes = [0x80, 2, UInt8(ascii: "N")] + [UInt8](repeating: 0x85, count: 1_000_000) + [UInt8(ascii: ".")]
    #expect(problem(pickle: bytes) == "the file holds no state dict")
  }

  @Test func circlesEnd() {
    // A list that holds itself, in a dictionary that holds itself.
    let circle: [UInt8] = [0x80, 2] + Array("}q\u{0}X".utf8) + little(1, 4) + Array("ah\u{0}s]q\u{1}h\u{1}a0.".utf8)
    #expect(problem(pickle: circle) == "the file holds no state dict")
  }

  @Test func billionsOfReferencesAreNotFollowed() {
    var pickle = PickleAssembler()
    pickle.op("}")
    for level in 0..<40 {
      pickle.bytes += [UInt8(ascii: "q"), UInt8(level)]
      pickle.op("}")
      for name in ["a", "b"] {
        pickle.text(name)
        pickle.bytes += [UInt8(ascii: "h"), UInt8(level)]
        pickle.op("s")
      }
    }
    pickle.op(".")
    #expect(problem(pickle: pickle.bytes) == "the file holds no state dict")
  }

  @Test func sizesBeyondTheFileAreErrors() {
    for code in [0x58, 0x42, 0x54] as [UInt8] {
      #expect(problem(pickle: [0x80, 2, code] + little(0xFFFF_FFFF, 4)).contains("cut short"))
    }
    #expect(problem(pickle: [0x80, 4, 0x8D] + little(-1, 8)).contains("impossibly large"))
    #expect(problem(pickle: [0x80, 2, 0x8B] + little(-1, 4)).contains("cut short"))
  }

  @Test func aParameterIsItsTensor() throws {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.text("p")
    pickle.global("torch._utils", "_rebuild_parameter")
    pickle.op("(")
    pickle.tensor(storageCount: 4, offset: 1, shape: [3], strides: [1])
    pickle.bytes.append(0x88)
    pickle.op("}")
    pickle.op("t")
    pickle.op("R")
    pickle.op("s")
    pickle.op(".")
    let checkpoint = try parse(ZipAssembler.checkpoint(pickle.bytes, storages: ["0": floatBytes([1, 2, 3, 4])]))
    #expect(checkpoint.tensors["p"]?.floats() == [2, 3, 4])
  }
}
