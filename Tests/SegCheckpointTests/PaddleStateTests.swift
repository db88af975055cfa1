import SegBase
import SegCheckpoint
import SegTensor
import Testing

/// A pickle of one NumPy array "a" whose bytes are written as Latin-1 text, as protocol 2 does.
private func file(shape: [Int], type: String = "f4", isFortran: Bool = false, text: String) -> [UInt8] {
  var pickle = PickleAssembler()
  pickle.op("}")
  pickle.text("a")
  pickle.global("numpy.core.multiarray", "_reconstruct")
  pickle.global("numpy", "ndarray")
  pickle.tuple([0])
  pickle.text("b")
  pickle.bytes.append(0x87)
  pickle.op("R")
  pickle.op("(")
  pickle.int(1)
  pickle.tuple(shape)
  pickle.global("numpy", "dtype")
  pickle.text(type)
  pickle.bytes.append(0x85)
  pickle.op("R")
  pickle.bytes.append(isFortran ? 0x88 : 0x89)
  pickle.global("_codecs", "encode")
  pickle.text(text)
  pickle.text("latin1")
  pickle.bytes.append(0x86)
  pickle.op("R")
  pickle.op("t")
  pickle.op("b")
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
}
