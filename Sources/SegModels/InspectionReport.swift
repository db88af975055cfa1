import SegBase
public import SegCheckpoint
import SegTensor

/// What `segplay inspect` says about a weight file.
public struct InspectionReport: Sendable, Hashable {
  /// The facts before the list of tensors: format, network, classes, counts, what is missing.
  public let summary: [String]
  /// A line a tensor in file order: type, shape, name.
  public let tensorLines: [String]

  /// Every line, the summary last so that it is still on the screen when the list is long.
  public var lines: [String] { tensorLines + summary }

  /// Looks a checkpoint over, and the calibration beside it where it lies at `path`.
  public init(_ checkpoint: Checkpoint, path: String? = nil) {
    let tensors = checkpoint.tensors
    let present = tensors.names.compactMap { name in tensors[name].map { (name: name, tensor: $0) } }
    let typeWidth = present.map { $0.tensor.elementType.rawValue.count }.max() ?? 0
    let shapes = present.map { LoadReport.shape($0.tensor.shape) }
    let shapeWidth = shapes.map(\.count).max() ?? 0
    tensorLines = zip(present, shapes).map { entry, shape in
      "\(Self.padded(entry.tensor.elementType.rawValue, typeWidth))  \(Self.padded(shape, shapeWidth))  \(Self.printable(entry.name))"
    }
    var facts = ["container: \(checkpoint.container.rawValue)", "tensors: \(tensors.count)"]
    facts.append("parameters: \(LoadedModel.parameterCount(tensors))")
    for (key, value) in checkpoint.metadata.sorted(by: { $0.key < $1.key }) { facts.append("metadata: \(Self.printable(key)) = \(Self.printable(value))") }
    summary = facts + Self.network(checkpoint, path)
  }

  private static func network(_ checkpoint: Checkpoint, _ path: String?) -> [String] {
    guard let recognition = Recognition(checkpoint.tensors) else { return ["network: unknown"] }
    if recognition.isClassifier { return ["network: \(recognition.architecture.title) with a classifier, which segments nothing"] }
    guard let network = recognition.network else { return ["network: \(recognition.architecture.title), which this version cannot run"] }
    var facts = ["network: \(network.architecture.rawValue)", "dialect: \(network.dialect)"]
    if let variant = network.variant(Recognition.stripped(checkpoint.tensors, prefix: recognition.prefix, network)) { facts.append("variant: \(variant)") }
    if let count = recognition.classCount { facts.append("classes: \(count)") }
    do throws(InputError) {
      let model = try LoadedModel(checkpoint)
      facts.append("class list: \(model.classes.name)")
      facts.append("input: \(model.sizeRule.native.height)x\(model.sizeRule.native.width), sides \(network.sizeText)")
      if let caution = model.caution { facts.append("caution: \(caution)") }
      facts += model.report.description.split(separator: "\n").map { "load: \($0)" }
      if let path { facts += CalibrationTable.facts(of: model, weights: path).map { "calibration: \($0)" } }
    } catch {
      facts.append("load: \(error.description)")
    }
    return facts
  }

  private static func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

  /// A name from a file without the control characters that would change a terminal.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.prefix(200).unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}
