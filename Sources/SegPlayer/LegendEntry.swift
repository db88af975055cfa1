package import SegBase

/// A class in view.
package struct LegendEntry: Sendable, Equatable {
  /// How much of it is in view.
  package enum Amount: Sendable, Equatable {
    /// A share of the picture, 0...1.
    case share(Double)
    /// So many objects.
    case count(Int)

    /// "45 %", "x 3".
    package var text: String {
      switch self {
      case .share(let share): "\(Int((share * 100).rounded(.toNearestOrEven))) %"
      case .count(let count): "x \(count)"
      }
    }
  }

  /// The class's name.
  package var name: String
  /// The colour it is drawn in; nil where its objects have different ones.
  package var colour: Colour?
  /// How much of it is in view.
  package var amount: Amount

  /// Makes an entry.
  package init(name: String, colour: Colour?, amount: Amount) { (self.name, self.colour, self.amount) = (name, colour, amount) }
}
