import SegTensor

/// A value a pickle made. Containers, storages, tensors and arrays are indices into the `PickleHeap`:
/// values may refer to each other in circles, and nothing must recurse over what a hostile file nests.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  /// Bytes of the file.
  case bytes(Range<Int>)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  case array(Int)
  /// Something harmless of which nothing is kept.
  case opaque
}

/// A NumPy array in the making; its numbers are in the file, or were written as Latin-1 text.
struct PickledArray {
  var type: ElementType?
  var shape: [Int] = []
  var isFortranOrder = false
  var bytes: PickledBytes?
}

/// The numbers of a NumPy array.
enum PickledBytes {
  case inFile(Range<Int>)
  case text(String)
}

/// What the values of a pickle refer to.
struct PickleHeap {
  /// Elements of tuples and lists; the first is empty and shared by all empty tuples.
  var sequences: [[PickleValue]] = [[]]
  /// Entries of dictionaries in the order they were set.
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [StoredNumbers] = []
  var tensors: [StoredTensor] = []
  var arrays: [PickledArray] = []

  /// The elements of a tuple or list; nil for anything else.
  func sequence(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): sequences[index]
    default: nil
    }
  }

  /// The elements of a tuple or list of whole numbers.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = sequence(value), elements.count <= StoredTensor.largestRank else { return nil }
    var result: [Int] = []
    for element in elements {
      guard case .integer(let number) = element else { return nil }
      result.append(number)
    }
    return result
  }

  /// The entry of a dictionary under a text.
  func entry(_ key: String, of dictionary: Int) -> PickleValue? {
    dictionaries[dictionary].last { if case .text(key) = $0.key { true } else { false } }?.value
  }
}
