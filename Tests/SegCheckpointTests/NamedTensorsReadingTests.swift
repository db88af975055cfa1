import SegBase
import SegTensor
import Testing

@testable import SegCheckpoint

struct NamedTensorsReadingTests {
  @Test("errors say which tensor they are about and keep their advice")
  func errors() throws {
    var tensors = NamedTensors()
    let error = try #require(throws: InputError.self) {
      try tensors.add("conv") { () throws(InputError) in throw InputError("is wrong", subject: "file", advice: "mend it") }
    }
    #expect(error == InputError("tensor conv: is wrong", subject: "file", advice: "mend it"))
    #expect(tensors.count == 0)
  }

  @Test("a name that is taken is an error before anything is read")
  func repeatedNames() throws {
    var tensors = NamedTensors()
    try tensors.add("a") { Tensor(shape: [], floats: [1]) }
    var isRead = false
    #expect(throws: InputError.self) {
      try tensors.add("a") {
        isRead = true
        return nil
      }
    }
    #expect(!isRead)
    #expect(tensors["a"]?.floats() == [1])
  }

  @Test("nothing is added where nothing is read")
  func none() throws {
    var tensors = NamedTensors()
    try tensors.add("a") { nil }
    #expect(tensors.count == 0)
  }

  @Test("there is a largest count")
  func largestCount() throws {
    var tensors = NamedTensors()
    let tensor = Tensor(shape: [], floats: [1])
    for index in 0..<NamedTensors.largestCount { try tensors.add("\(index)") { tensor } }
    #expect(throws: InputError.self) { try tensors.add("one more") { tensor } }
  }
}
