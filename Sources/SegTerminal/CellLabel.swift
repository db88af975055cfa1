public import SegBase

/// A short text over a picture, such as the name of an object: characters in the picture's cells, on the terminal's own background.
public struct CellLabel: Hashable, Sendable {
  /// The characters; what is not printable ASCII is shown as "?".
  public var text: String
  /// The cell of the first character, counted from the picture's upper left cell. What lies outside the picture is cut off.
  public var column, row: Int
  /// The characters' colour.
  public var colour: Colour

  /// Makes a label.
  public init(text: String, column: Int, row: Int, colour: Colour) {
    (self.text, self.column, self.row, self.colour) = (text, column, row, colour)
  }

  /// The colour as cells hold it.
  var colourWord: UInt64 { UInt64(colour.red) | UInt64(colour.green) << 8 | UInt64(colour.blue) << 16 }
}
