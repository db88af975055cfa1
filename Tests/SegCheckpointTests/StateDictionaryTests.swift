import SegCheckpoint
import SegTensor
import Testing

/// A pickle of nested dictionaries: texts are keys, numbers are tensors whose only element is that number.
private indirect enum Tree {
  case tensor(Int)
  case number(Int)
  case dictionary([(String, Tree)])
}

private func write(_ tree: Tree, to pickle: inout PickleAssembler) {
  switch tree {
  case .tensor(let offset): pickle.tensor(storageCount: 8, offset: offset, shape: [], strides: [])
  case .number(let value): pickle.int(value)
  case .dictionary(let entries):
    pickle.global("collections", "OrderedDict")
    pickle.op(")")
    pickle.op("R")
    for (key, value) in entries {
      pickle.text(key)
      write(value, to: &pickle)
      pickle.op("s")
    }
  }
}

private func open(_ tree: Tree) throws -> Checkpoint {
  var pickle = PickleAssembler()
  write(tree, to: &pickle)
  pickle.op(".")
  return try parse(ZipAssembler.checkpoint(pickle.bytes, storages: ["0": floatBytes([0, 1, 2, 3, 4, 5, 6, 7])]))
}

struct StateDictionaryTests {
  private let weights = Tree.dictionary([("a", .tensor(1)), ("b", .tensor(2))])

  @Test(arguments: ["state_dict", "model", "net", "anything"])
  func aWrapperIsOpened(name: String) throws {
    let checkpoint = try open(.dictionary([("epoch", .number(7)), (name, weights)]))
    #expect(checkpoint.tensors.names == ["a", "b"])
    #expect(checkpoint.metadata == ["epoch": "7"])
  }

  @Test func wrappersMayNest() throws {
    #expect(try open(.dictionary([("model", .dictionary([("state_dict", weights)]))])).tensors.names == ["a", "b"])
  }

  @Test func optimiserStateIsPassedOver() throws {
    let moments = Tree.dictionary([("x", .tensor(3)), ("y", .tensor(3)), ("z", .tensor(3))])
    #expect(try open(.dictionary([("optimizer", moments), ("state_dict", weights)])).tensors.names == ["a", "b"])
  }

  @Test func ofEqualDictionariesTheUsualNameWins() throws {
    let average = Tree.dictionary([("a", .tensor(5)), ("b", .tensor(6))])
    #expect(try open(.dictionary([("ema", average), ("state_dict", weights)])).tensors["a"]?.floats() == [1])
    #expect(try open(.dictionary([("state_dict", weights), ("ema", average)])).tensors["a"]?.floats() == [1])
  }

  @Test func aKeyThatIsSetTwiceHasItsLastValue() throws {
    #expect(try open(.dictionary([("a", .tensor(1)), ("b", .tensor(2)), ("a", .tensor(3))])).tensors["a"]?.floats() == [3])
  }
}
