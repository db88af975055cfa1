public import SegBase
import SegGraph

extension CalibrationTable {
  /// Reads a table; `file` is its name for errors. Throws for the first line that is not understood, and where a fact is missing.
  public init(_ bytes: some Collection<UInt8>, file: String) throws(InputError) {
    if bytes.count > Self.largestSize { throw InputError("larger than a calibration can be", subject: file, advice: "at most \(Self.largestSize) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw InputError("not UTF-8 text", subject: file) }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, first == Self.firstLine else {
      throw InputError("not a calibration of this version: it must begin with `\(Self.firstLine)`", subject: file)
    }
    var reader = CalibrationReader()
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty && !line.hasPrefix("#") { try reader.read(line, place: "\(file):\(index + 1)") }
    self = try reader.table(file: file)
  }
}

/// Takes the facts of a calibration line by line.
private struct CalibrationReader {
  private var facts: [Substring: Substring] = [:]
  private var kept: [CalibrationTable.Kept] = []
  private var keptKeys: Set<String> = []
  private var ranges: [String: ValueRange] = [:]

  private static let words: Set<Substring> = ["network", "classes", "weights", "frames", "input", "rule", "loss"]
  private static let longestKey = 400

  mutating func read(_ line: Substring, place: String) throws(InputError) {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { throw InputError("not a fact with its value", subject: place) }
    switch parts[0] {
    case "keep": try readKept(parts[1], place)
    case "range": try readRange(parts[1], place)
    case let word where Self.words.contains(word):
      if facts.updateValue(parts[1], forKey: word) != nil { throw InputError("`\(word)` is said twice", subject: place) }
    default: throw InputError("unknown fact `\(parts[0].prefix(20))`", subject: place)
    }
  }

  private mutating func readKept(_ text: Substring, _ place: String) throws(InputError) {
    let parts = text.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, let precision = Precision(rawValue: String(parts[0])), precision != .int8 else {
      throw InputError("not `keep bf16|f32 LOSS NODE`", subject: place)
    }
    var loss: Double?
    if parts[1] != CalibrationTable.recipeWord {
      guard let number = Double(parts[1]), number.isFinite, number >= 0 else { throw InputError("a loss is a number from 0", subject: place) }
      loss = number
    }
    let key = try key(parts[2], place)
    if !keptKeys.insert(key).inserted { throw InputError("`\(key)` is kept twice", subject: place) }
    kept.append(CalibrationTable.Kept(key: key, precision: precision, loss: loss))
  }

  private mutating func readRange(_ text: Substring, _ place: String) throws(InputError) {
    let parts = text.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, let lowest = Float(parts[0]), let highest = Float(parts[1]), lowest.isFinite, highest.isFinite, lowest <= highest else {
      throw InputError("not `range LOWEST HIGHEST VALUE` with two finite numbers in order", subject: place)
    }
    let key = try key(parts[2], place)
    if ranges.updateValue(ValueRange(lowest: lowest, highest: highest), forKey: key) != nil {
      throw InputError("`\(key)` has two ranges", subject: place)
    }
  }

  private func key(_ text: Substring, _ place: String) throws(InputError) -> String {
    guard text.utf8.count <= Self.longestKey, !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw InputError("a name has up to \(Self.longestKey) bytes and no control characters", subject: place)
    }
    return String(text)
  }

  func table(file: String) throws(InputError) -> CalibrationTable {
    func fact(_ word: Substring) throws(InputError) -> String {
      guard let value = facts[word] else { throw InputError("says no `\(word)`", subject: file) }
      return String(value)
    }
    func count(_ word: Substring) throws(InputError) -> Int {
      guard let number = Int(try fact(word)), (1...1_000_000).contains(number) else { throw InputError("`\(word)` is no number from 1", subject: file) }
      return number
    }
    guard let loss = Double(try fact("loss")), loss.isFinite, loss >= 0 else { throw InputError("`loss` is no number from 0", subject: file) }
    let sides = try fact("input").split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1], (1...16_384).contains(height), (1...16_384).contains(width) else {
      throw InputError("`input` is no size", subject: file, advice: "HEIGHTxWIDTH")
    }
    guard let rule = RangeRule(rawValue: try fact("rule")) else {
      throw InputError("`rule` is none", subject: file, advice: RangeRule.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return CalibrationTable(
      network: try fact("network"), classCount: try count("classes"), fingerprint: try fact("weights"), frameCount: try count("frames"),
      inputSize: PixelSize(width: width, height: height), rule: rule, loss: loss, kept: kept, ranges: ranges)
  }
}
