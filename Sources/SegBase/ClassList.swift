/// The classes a network tells apart: their names and the colours they are drawn in, by class index.
public struct ClassList: Hashable, Sendable {
  /// A short name of the list, such as "camvid11" or "cityscapes19".
  public var name: String
  /// Class names in the order of the network's outputs.
  public var names: [String]
  /// A colour a class, in the same order; as many as `names`.
  public var colours: [Colour]

  /// Makes a list; there must be as many colours as names.
  public init(name: String, names: [String], colours: [Colour]) {
    precondition(names.count == colours.count, "one colour a class")
    self.name = name
    self.names = names
    self.colours = colours
  }

  /// How many classes there are.
  public var count: Int { names.count }
}
