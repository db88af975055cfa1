/// Columns of plain text.
enum TableText {
  /// The text with blanks up to `width` characters; a longer one stays.
  static func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
}
