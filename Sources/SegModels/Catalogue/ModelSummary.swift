public import SegBase
import SegGraph

/// What `segplay models show` says about a model.
public struct ModelSummary: Sendable, Hashable, Encodable {
  /// The arithmetic of one pass of the network.
  public struct Pass: Sendable, Hashable, Encodable {
    /// "keyframe", "between keyframes"; empty where there is one pass only.
    public var name: String
    /// Multiply-adds of its convolutions in thousand millions, as its authors build it.
    public var gigaMultiplyAccumulates: Double

    private enum CodingKeys: String, CodingKey {
      case name
      case gigaMultiplyAccumulates = "gmacs"
    }
  }

  /// The family, such as "yolact".
  public var network: String
  /// Which implementation's checkpoints these are.
  public var dialect: String
  /// The structure, such as "resnet50"; nil where there is only one.
  public var variant: String?
  /// Classes, the background included where there is one.
  public var classes: Int
  /// The class list's name.
  public var classList: String
  /// Rows and columns of the input that the figures are for, "550x550".
  public var input: String
  /// Trainable parameters.
  public var parameters: Int
  /// Each pass with its arithmetic.
  public var passes: [Pass]
  /// Multiply-adds that a full pass here takes, without branches nobody reads.
  public var executed: Double
  /// Where the authors publish weights.
  public var published: String

  private enum CodingKeys: String, CodingKey {
    case network, dialect, variant, classes
    case classList = "class_list"
    case input, parameters, passes
    case executed = "executed_gmacs"
    case published
  }

  /// Looks a model over for inputs of `size`, or of its native size. Throws when the size does not suit it.
  public init(_ model: LoadedModel, size: PixelSize? = nil) throws(InputError) {
    let size = size ?? model.sizeRule.size(for: model.sizeRule.native)
    let graph = try model.graph(for: size)
    (network, dialect, variant) = (model.architecture.rawValue, model.dialect, model.variant)
    (classes, classList) = (model.classCount, model.classes.name)
    input = "\(size.height)x\(size.width)"
    parameters = model.parameterCount
    passes = try model.passCosts(for: size).map { Pass(name: $0.name, gigaMultiplyAccumulates: Double($0.multiplyAccumulates) / 1e9) }
    executed = Double(graph.removingDeadNodes().multiplyAccumulates) / 1e9
    published = model.network.published
  }

  /// A line a fact, names first.
  public var lines: [(name: String, value: String)] {
    var lines = [("network", network), ("dialect", dialect)]
    if let variant { lines.append(("variant", variant)) }
    lines += [("classes", "\(classes) (\(classList))"), ("input", input), ("parameters", "\(parameters)")]
    for pass in passes { lines.append((pass.name.isEmpty ? "GMACs" : "GMACs, \(pass.name)", Self.number(pass.gigaMultiplyAccumulates))) }
    if let first = passes.first, executed < first.gigaMultiplyAccumulates * 0.9995 { lines.append(("GMACs run here", Self.number(executed))) }
    return lines + [("weights published", published)]
  }

  /// Four significant digits and more: "1.287", "82.34".
  static func number(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let fraction = String(1000 + thousandths % 1000).dropFirst()
    return "\(thousandths / 1000).\(fraction)"
  }
}
