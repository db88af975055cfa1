import SegBase
import SegCheckpoint
import SegTensor
import Testing

/// A pickle of one NumPy array "a".
private func file(shape: [Int], type: String = "f4", isFortran: Bool = false, text: String) -> [UInt8] {
  var pickle = PickleAssembler()
  pickle.op("}")
  pickle.text("a")
  pickle.array(shape: shape, type: type, isFortran: isFortran, text: text)
  pickle.op("s")
  pickle.op(".")
  return pickle.bytes
}

struct PaddleStateTests {
  @Test func bytesWrittenAsTextAreRead() throws {
    let checkpoint = try parse(file(shape: [2, 2], type: "u1", text: "\u{1}\u{2}\u{FE}\u{FF}"))
    #expect(checkpoint.container == .paddle)
    #expect(checkpoint.tensors["a"]?.floats() == [1, 2, 254, 255])
  }

  @Test func fortranOrderIsTurned() throws {
    #expect(try parse(file(shape: [2, 3], type: "i1", isFortran: true, text: "\u{1}\u{4}\u{2}\u{5}\u{3}\u{6}")).tensors["a"]?.floats() == [1, 2, 3, 4, 5, 6])
  }

  @Test func arraysThatDoNotFitTheirBytesAreErrors() {
    #expect(problem(file(shape: [3], type: "u1", text: "ab")).contains("past the end"))
    #expect(problem(file(shape: [1 << 40], type: "u1", text: "ab")).contains("past the end"))
    #expect(problem(file(shape: [2], type: "O8", text: "ab")).contains("unknown type"))
    #expect(problem(file(shape: [2], type: ">f4", text: "abcdefgh")).contains("unknown type"))
    #expect(problem(file(shape: [1], type: "u1", text: "\u{100}")).contains("not bytes"))
  }

  @Test("optimisers' tensors are left out")
  func optimisers() throws {
    var pickle = PickleAssembler()
    pickle.op("}")
    for name in ["conv.weight", "conv.weight_velocity_0"] {
      pickle.text(name)
      pickle.array(shape: [1], type: "u1", text: "a")
      pickle.op("s")
    }
    pickle.op(".")
    #expect(try parse(pickle.bytes).tensors.names == ["conv.weight"])
  }

  @Test("a file of nothing else holds no tensors")
  func optimiserFiles() {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.text("conv_moment1_0")
    pickle.array(shape: [1], type: "u1", text: "a")
    pickle.op("s")
    pickle.op(".")
    #expect(problem(pickle.bytes) == "the file holds no tensors")
  }

  @Test("a tensor inside a wrapper is a pair of its name and its array")
  func pairs() throws {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.text("model")
    pickle.op("}")
    for (name, module) in [("a", "builtins"), ("b", "__builtin__")] {
      pickle.text(name)
      pickle.global(module, "tuple")
      pickle.op("(")
      pickle.text("linear_0.w_0")
      pickle.array(shape: [2], type: "u1", text: "ab")
      pickle.op("t")
      pickle.bytes.append(0x85)
      pickle.op("R")
      pickle.op("s")
    }
    pickle.op("s")
    pickle.op(".")
    let tensors = try parse(pickle.bytes).tensors
    #expect(tensors.names == ["a", "b"])
    #expect(tensors["b"]?.floats() == [97, 98])
  }

  @Test("a file cut at any byte is an error")
  func truncations() {
    let bytes = file(shape: [2, 2], type: "u1", text: "abcd")
    for count in 0..<bytes.count { #expect(problem(Array(bytes[..<count])) != "", "first \(count) bytes") }
  }
}
