public import SegBase

extension Theme {
  /// The longest theme text that is read, in bytes.
  public static let largestFile = 64 * 1024

  /// Reads a theme: lines of `key = value`, empty lines, and comments from `#` at the start of a line.
  ///
  /// Keys: `name`; the colours `accent`, `text`, `dim`, `warning`, `background` as `#rrggbb` or `none` for the terminal's own; `opacity` 0...1;
  /// `contour` and `brighten` as `yes` or `no`. Keys that are absent are those of the default theme.
  ///
  /// - Parameters:
  ///   - bytes: the file's bytes, UTF-8.
  ///   - file: its name for errors; also the theme's name, without folder and ending, where the text has none.
  /// - Throws: an error with the line's number for the first thing that is not understood.
  public static func parse(_ bytes: some Collection<UInt8>, file: String) throws(InputError) -> Theme {
    if bytes.count > largestFile { throw InputError("larger than a theme can be", subject: file, advice: "at most \(largestFile) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw InputError("not UTF-8 text", subject: file) }
    var theme = builtIn[0]
    theme.name = file.split(separator: "/").last.map { String($0.split(separator: ".").first ?? $0) } ?? file
    var seen: Set<String> = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let trimmed = trim(line)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      let subject = "\(file):\(index + 1)"
      guard let equals = trimmed.firstIndex(of: "=") else { throw InputError("not `key = value`", subject: subject) }
      let (key, value) = (trim(trimmed[..<equals]), trim(trimmed[trimmed.index(after: equals)...]))
      if !seen.insert(key).inserted { throw InputError("`\(key)` is set twice", subject: subject) }
      try theme.set(key, value, subject: subject)
    }
    return theme
  }

  private mutating func set(_ key: String, _ value: String, subject: String) throws(InputError) {
    switch key {
    case "name":
      if value.isEmpty || value.count > 40 { throw InputError("a name has 1 to 40 characters", subject: subject) }
      name = value
    case "accent": accent = try Theme.colour(value, subject)
    case "text": self.text = try Theme.colour(value, subject)
    case "dim": dim = try Theme.colour(value, subject)
    case "warning": warning = try Theme.colour(value, subject)
    case "background": background = try Theme.colour(value, subject)
    case "opacity":
      guard let number = Double(value), number >= 0, number <= 1 else { throw InputError("`\(value)` is no opacity", subject: subject, advice: "0 to 1") }
      opacity = number
    case "contour": contour = try Theme.flag(value, subject)
    case "brighten": brighten = try Theme.flag(value, subject)
    default:
      throw InputError(
        "unknown key `\(key)`", subject: subject,
        advice: "name, accent, text, dim, warning, background, opacity, contour or brighten")
    }
  }

  private static func colour(_ value: String, _ subject: String) throws(InputError) -> Colour? {
    if value == "none" { return nil }
    guard let colour = Colour(hexadecimal: value) else { throw InputError("`\(value)` is no colour", subject: subject, advice: "#rrggbb or none") }
    return colour
  }

  private static func flag(_ value: String, _ subject: String) throws(InputError) -> Bool {
    switch value {
    case "yes", "true", "on": return true
    case "no", "false", "off": return false
    default: throw InputError("`\(value)` is neither yes nor no", subject: subject)
    }
  }

  private static func trim(_ text: Substring) -> String {
    var part = text
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }

  private static func trim(_ text: String) -> String { trim(text[...]) }
}
