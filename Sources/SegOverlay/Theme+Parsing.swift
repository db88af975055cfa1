public import SegBase

extension Theme {
  /// The longest theme text that is read, in bytes.
  public static let largestFile = SettingsFile.largestSize

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
    var theme = builtIn[0]
    theme.name = file.split(separator: "/").last.map { String($0.split(separator: ".").first ?? $0) } ?? file
    for setting in try SettingsFile(bytes, file: file).settings { try theme.set(setting.key, setting.value, subject: setting.place) }
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
}
