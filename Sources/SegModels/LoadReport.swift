/// What became of a checkpoint's tensors when a network was made of them.
public struct LoadReport: Sendable, Hashable, CustomStringConvertible {
  /// A tensor whose shape is not the one the network needs.
  public struct Mismatch: Sendable, Hashable {
    /// The tensor's name.
    public var name: String
    /// The shape in the file.
    public var found: [Int]
    /// The shape the network needs.
    public var expected: [Int]

    /// Makes a mismatch of its parts.
    public init(name: String, found: [Int], expected: [Int]) {
      (self.name, self.found, self.expected) = (name, found, expected)
    }
  }

  /// How many tensors the network uses.
  public var used = 0
  /// Tensors the network needs and the file does not have.
  public var missing: [String] = []
  /// Tensors of the wrong shape.
  public var mismatched: [Mismatch] = []
  /// Tensors of the file that the network does not use, without the counters that training leaves behind.
  public var leftOver: [String] = []

  /// Makes an empty report.
  public init() {}

  /// Whether the network can be built: everything it needs is there.
  public var isComplete: Bool { used > 0 && missing.isEmpty && mismatched.isEmpty }

  /// Whether file and network agree to the last tensor. Left-over weights mean that the file may be of another variant.
  public var isTrustworthy: Bool { isComplete && leftOver.isEmpty }

  /// One line a fact: "534 tensors used", "2 missing: a, b", and so on.
  public var description: String {
    var lines = ["\(used) tensors used"]
    if !missing.isEmpty { lines.append("\(missing.count) missing: \(Self.list(missing))") }
    if !mismatched.isEmpty {
      let texts = mismatched.map { "\($0.name) is \(Self.shape($0.found)) instead of \(Self.shape($0.expected))" }
      lines.append("\(mismatched.count) of the wrong shape: \(Self.list(texts))")
    }
    if !leftOver.isEmpty { lines.append("\(leftOver.count) left over: \(Self.list(leftOver))") }
    return lines.joined(separator: "\n")
  }

  /// The first few of a list: "a, b, c and 7 more".
  static func list(_ names: [String], limit: Int = 5) -> String {
    let shown = names.prefix(limit).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }

  /// "16x3x3x3", or "()" for a single number.
  static func shape(_ shape: [Int]) -> String { shape.isEmpty ? "()" : shape.map(String.init).joined(separator: "x") }
}
