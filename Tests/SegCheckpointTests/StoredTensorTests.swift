import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

private func read(storage: [Float], storageCount: Int? = nil, offset: Int = 0, shape: [Int], strides: [Int]) throws(InputError) -> [Float]? {
  let pickle = PickleAssembler.oneTensor(storageCount: storageCount ?? storage.count, offset: offset, shape: shape, strides: strides)
  return try parse(ZipAssembler.checkpoint(pickle, storages: ["0": floatBytes(storage)])).tensors["t"]?.floats()
}

struct StoredTensorTests {
  @Test func stridesAndOffsetsAreFollowed() throws {
    for seed in 0..<100 {
      var random = RandomNumbers(seed: UInt64(seed))
      let shape = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 1...4, using: &random) }
      let strides = shape.map { _ in Int.random(in: 0...7, using: &random) }
      let offset = Int.random(in: 0...5, using: &random)
      let storage = (0..<120).map { Float($0) }
      var expected: [Float] = []
      for flat in 0..<shape.reduce(1, *) {
        var (rest, index) = (flat, offset)
        for (axis, stride) in zip(shape, strides).reversed() {
          index += rest % axis * stride
          rest /= axis
        }
        expected.append(storage[index])
      }
      #expect(try read(storage: storage, offset: offset, shape: shape, strides: strides) == expected, "seed \(seed)")
    }
  }

  @Test func emptyTensorsNeedNoStorage() throws {
    #expect(try read(storage: [], shape: [0, 3], strides: [3, 1]) == [])
    #expect(try read(storage: [], offset: 100, shape: [2, 0], strides: [1, 1]) == [])
  }

  @Test(arguments: [
    (0, [5], [1]), (3, [2], [1]), (0, [2, 2], [3, 1]), (-1, [1], [1]), (0, [2], [-1]), (0, [2], [Int.max]), (Int.max, [2], [1]), (4, [1], [1]), (0, [2], []),
  ])
  func tensorsOutsideTheirStorageAreErrors(offset: Int, shape: [Int], strides: [Int]) {
    #expect(throws: InputError.self) { try read(storage: [1, 2, 3, 4], offset: offset, shape: shape, strides: strides) }
  }

  @Test(arguments: [[1 << 62, 4], [1 << 40, 1 << 40, 0], [-1], [-1, -1], [1 << 49]])
  func impossibleShapesAreErrors(shape: [Int]) {
    #expect(throws: InputError.self) { try read(storage: [1], shape: shape, strides: shape.map { _ in 0 }) }
  }

  @Test func aStorageSmallerThanItSaysIsAnError() throws {
    let error = try #require(throws: InputError.self) { try read(storage: [1, 2], storageCount: 1 << 40, shape: [2], strides: [1]) }
    #expect(error.problem.contains("tensor t: its storage is said to hold"))
  }

  @Test func repeatedElementsDoNotFillMemory() throws {
    let error = try #require(throws: InputError.self) { try read(storage: [1], shape: [1 << 30], strides: [0]) }
    #expect(error.problem.contains("far larger than the file"))
    #expect(try read(storage: [1], shape: [1000], strides: [0])?.count == 1000)
  }
}
