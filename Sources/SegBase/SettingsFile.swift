/// A text of settings: lines of `key = value`, empty lines, and comments from `#` at the start of a line.
public struct SettingsFile: Sendable, Hashable {
  /// One line that sets something.
  public struct Setting: Sendable, Hashable {
    /// What is set.
    public var key: String
    /// What it is set to; may be empty.
    public var value: String
    /// "<file>:<line>", for errors.
    public var place: String
  }

  /// The longest text that is read, in bytes.
  public static let largestSize = 64 * 1024

  /// The settings in the order of their lines; no key twice.
  public let settings: [Setting]

  /// Reads a text; `file` is its name for errors.
  /// - Throws: when it is too large or no UTF-8, or for the first line that is neither a setting nor empty, or sets a key again.
  public init(_ bytes: some Collection<UInt8>, file: String) throws(InputError) {
    if bytes.count > Self.largestSize { throw InputError("larger than settings can be", subject: file, advice: "at most \(Self.largestSize) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw InputError("not UTF-8 text", subject: file) }
    var settings: [Setting] = []
    var seen: Set<String> = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let trimmed = Self.trimmed(line)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      let place = "\(file):\(index + 1)"
      guard let equals = trimmed.firstIndex(of: "=") else { throw InputError("not `key = value`", subject: place) }
      let key = String(Self.trimmed(trimmed[..<equals]))
      if !seen.insert(key).inserted { throw InputError("`\(key)` is set twice", subject: place) }
      settings.append(Setting(key: key, value: String(Self.trimmed(trimmed[trimmed.index(after: equals)...])), place: place))
    }
    self.settings = settings
  }

  /// The text without white space at both ends.
  private static func trimmed(_ text: Substring) -> Substring {
    var part = text
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return part
  }
}
