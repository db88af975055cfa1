public import SegBase

/// Tensors by name, in the order of the file they come from.
public struct NamedTensors: Sendable {
  /// The names in file order.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// Makes an empty set.
  public init() {}

  /// How many tensors there are.
  public var count: Int { names.count }

  /// The tensor of that name; setting one adds it at the end, or replaces it where it is; setting nil removes it.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  /// The same tensors with every name mapped by `rename`; a nil name drops the tensor. Names must stay distinct.
  public func renamed(_ rename: (String) -> String?) -> NamedTensors {
    var result = NamedTensors()
    for name in names { if let new = rename(name) { result[new] = tensors[name] } }
    return result
  }

  /// Throws what went wrong since they were opened with files that tensors are read from; to be called when something was made of the tensors.
  public func checkFiles() throws(InputError) {
    for name in names { if let failure = tensors[name]?.file?.failure { throw failure } }
  }
}
