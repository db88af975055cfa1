import SegBase
import SegCheckpoint
import SegTensor
import Testing

private struct Split {
  var name = "big"
  var shape = [2, 3]
  var parts = ["big@@.0", "big@@.1"]
}

/// A pickle of byte arrays by name, and of how to join them.
private func file(_ arrays: [(name: String, text: String)], _ splits: [Split], type: String = "u1") -> [UInt8] {
  var pickle = PickleAssembler()
  pickle.op("}")
  for (name, text) in arrays {
    pickle.text(name)
    pickle.array(shape: [text.unicodeScalars.count], type: name.hasPrefix("signed") ? "i1" : type, text: text)
    pickle.op("s")
  }
  pickle.text("UnpackBigParamInfor@@")
  pickle.op("}")
  for split in splits {
    pickle.text(split.name)
    pickle.op("}")
    pickle.text("OriginShape")
    pickle.tuple(split.shape)
    pickle.op("s")
    pickle.text("slices")
    pickle.op("]")
    for part in split.parts {
      pickle.text(part)
      pickle.op("a")
    }
    pickle.op("s")
    pickle.op("s")
  }
  pickle.op("s")
  pickle.op(".")
  return pickle.bytes
}

private let arrays = [(name: "big@@.0", text: "abcd"), (name: "small", text: "z"), (name: "big@@.1", text: "ef")]

struct PaddleSplitTensorsTests {
  @Test("parts are joined in their order and are gone afterwards")
  func join() throws {
    let checkpoint = try parse(file(arrays, [Split()]))
    #expect(checkpoint.tensors.names == ["small", "big"])
    #expect(checkpoint.tensors["big"]?.shape == [2, 3])
    #expect(checkpoint.tensors["big"]?.floats() == [97, 98, 99, 100, 101, 102])
    #expect(try parse(file(arrays, [Split(shape: [6], parts: ["big@@.1", "big@@.0"])])).tensors["big"]?.floats() == [101, 102, 97, 98, 99, 100])
  }

  @Test("a file that splits nothing is as it is")
  func none() throws { #expect(try parse(file(arrays, [])).tensors.count == 3) }

  @Test("parts that are missing or used twice are errors")
  func missing() {
    #expect(problem(file(arrays, [Split(parts: ["big@@.0", "big@@.2"])])).contains("part big@@.2 is missing"))
    #expect(problem(file(arrays, [Split(parts: ["big@@.1", "big@@.1", "big@@.1"])])).contains("part big@@.1 is missing"))
    #expect(problem(file(arrays, [Split(), Split(name: "other")])).contains("tensor other: its part big@@.0 is missing"))
  }

  @Test("parts that do not fill the shape are errors", arguments: [[2, 2], [0], [], [-6], [-2, -3], [1 << 62, 4], [Int](repeating: 1, count: 33)])
  func shapes(shape: [Int]) { #expect(problem(file(arrays, [Split(shape: shape)])) != "") }

  @Test("no parts, parts of different types, and a name that is taken are errors")
  func others() {
    #expect(problem(file(arrays, [Split(shape: [0], parts: [])])) != "")
    #expect(problem(file(arrays + [(name: "signed", text: "a")], [Split(shape: [5], parts: ["big@@.0", "signed"])])).contains("do not fill"))
    #expect(problem(file(arrays, [Split(name: "small")])).contains("small is there twice"))
  }

  @Test("a file cut at any byte is an error")
  func truncations() {
    let bytes = file(arrays, [Split()])
    for count in 0..<bytes.count { #expect(problem(Array(bytes[..<count])) != "", "first \(count) bytes") }
  }
}
