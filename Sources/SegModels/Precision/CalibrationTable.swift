public import SegBase
public import SegGraph

/// A calibration with what it was measured on, as it is stored beside the weights: a text of a line a fact, in an order that makes two of them easy to compare.
///
/// The first line is `segplay calibration 1`. Then, each once: `network FAMILY:DIALECT`, `classes N`, `weights FINGERPRINT`, `frames N`, `input HEIGHTxWIDTH`,
/// `rule entropy|squares|extremes`, `loss SHARE`; and any number of `keep PRECISION LOSS|recipe NODE` and `range LOWEST HIGHEST VALUE`. Lines that start with `#` say nothing.
public struct CalibrationTable: Hashable, Sendable {
  /// A node that does not run in int8.
  public struct Kept: Hashable, Sendable {
    /// The node's key.
    public var key: String
    /// What it runs in.
    public var precision: Precision
    /// What the output loses where the node alone runs in int8, as a share; nil where the network's recipe keeps it.
    public var loss: Double?

    /// Makes an entry.
    public init(key: String, precision: Precision, loss: Double?) { (self.key, self.precision, self.loss) = (key, precision, loss) }
  }

  /// What names of these files end with, after the whole name of the weight file.
  public static let ending = ".int8"
  /// The largest text that is read, in bytes.
  public static let largestSize = 4 << 20

  /// Family and dialect: "enet:davidtvs".
  public var network: String
  /// Classes the network tells apart.
  public var classCount: Int
  /// Tells the weights from others, sixteen hexadecimal digits.
  public var fingerprint: String
  /// Pictures that were looked at.
  public var frameCount: Int
  /// The size they had.
  public var inputSize: PixelSize
  /// How ranges follow from what was measured.
  var rule: RangeRule
  /// What the whole network's output loses against single precision, as a share.
  public var loss: Double
  /// The nodes that do not run in int8, in the order of their report.
  public var kept: [Kept]
  /// The range that bytes are to cover, by the values' keys.
  public var ranges: [String: ValueRange]

  /// Makes a table.
  init(
    network: String, classCount: Int, fingerprint: String, frameCount: Int, inputSize: PixelSize, rule: RangeRule, loss: Double, kept: [Kept],
    ranges: [String: ValueRange]
  ) {
    (self.network, self.classCount, self.fingerprint, self.frameCount) = (network, classCount, fingerprint, frameCount)
    (self.inputSize, self.rule, self.loss, self.kept, self.ranges) = (inputSize, rule, loss, kept, ranges)
  }

  /// What running the network needs of it.
  public var calibration: Calibration {
    Calibration(ranges: ranges, kept: Dictionary(kept.map { ($0.key, $0.precision) }) { first, _ in first })
  }

  /// Where the table of a weight file lies.
  public static func path(forWeights path: String) -> String {
    var path = path[...]
    // A folder of weights may be named with a slash behind it.
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path + ending
  }

  /// The table as text.
  public var text: String {
    var lines = [
      Self.firstLine, "network \(network)", "classes \(classCount)", "weights \(fingerprint)", "frames \(frameCount)",
      "input \(inputSize.height)x\(inputSize.width)", "rule \(rule.rawValue)", "loss \(Float(loss))",
    ]
    if !kept.isEmpty { lines.append("# arithmetic, what the output loses where the node alone runs in int8, node") }
    lines += kept.map { "keep \($0.precision.rawValue) \($0.loss.map { "\(Float($0))" } ?? Self.recipeWord) \($0.key)" }
    lines.append("# least and greatest number that a byte stands for, value")
    lines += ranges.sorted { $0.key < $1.key }.map { "range \($0.value.lowest) \($0.value.highest) \($0.key)" }
    return lines.joined(separator: "\n") + "\n"
  }

  static let firstLine = "segplay calibration 1"
  static let recipeWord = "recipe"
}
