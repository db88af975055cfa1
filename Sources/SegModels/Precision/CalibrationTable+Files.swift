import Glibc
public import SegBase
import SegCheckpoint
import SegGraph
import SegTensor

extension CalibrationTable {
  /// Reads a table from a file. Throws when it cannot be read, and as the reader of bytes does.
  public static func read(path: String) throws(InputError) -> CalibrationTable {
    try CalibrationTable(try InputFile.read(path: path, limit: largestSize), file: path)
  }

  /// Writes the table under a temporary name and gives it its own when it is complete. Throws when that fails; an older file stays as it was then.
  public func write(to path: String) throws(InputError) {
    let file = try OutputFile(path: path)
    try file.write(Array(text.utf8))
    try file.commit()
  }

  /// Throws when the table was not measured on this model's network and weights; `path` is where it lies.
  func check(_ model: LoadedModel, path: String) throws(InputError) {
    let advice = "calibrate anew with `segplay calibrate`, or remove the file"
    guard network == model.tableName else { throw InputError("is the calibration of \(network), not of \(model.tableName)", subject: path, advice: advice) }
    guard classCount == model.classCount else {
      throw InputError("is the calibration of a network of \(classCount) classes, not \(model.classCount)", subject: path, advice: advice)
    }
    let own = WeightFingerprint.text(model.tensors)
    try model.tensors.checkFiles()
    guard fingerprint == own else { throw InputError("was measured on other weights", subject: path, advice: advice) }
    let names = try model.nodeNames()
    if let stranger = (kept.map(\.key) + ranges.keys.sorted()).first(where: { names.isDisjoint(with: Self.nodeNames($0)) }) {
      throw InputError("speaks of `\(stranger)`, which the network does not have", subject: path, advice: advice)
    }
  }

  /// What people are told of the table beside a model's weights: a line a fact; what is wrong with it where it does not suit them.
  static func facts(of model: LoadedModel, weights path: String) -> [String] {
    let file = Self.path(forWeights: path)
    if access(file, F_OK) != 0 { return ["none (`segplay calibrate` makes one, for int8)"] }
    do throws(InputError) {
      let table = try read(path: file)
      try table.check(model, path: file)
      let size = "\(table.inputSize.height)x\(table.inputSize.width)"
      return [
        "\(table.ranges.count) maps, on \(table.frameCount) frames of \(size), ranges by \(table.rule.rawValue)",
        "loss \(ModelSummary.number(100 * table.loss)) % (\(model.lossMeasure))",
      ] + table.kept.map { "\($0.key) stays in \($0.precision.rawValue) (\($0.loss.map { "alone \(ModelSummary.number(100 * $0)) %" } ?? recipeWord))" }
    } catch {
      return [error.description]
    }
  }

  /// The names that the node of a key of `Graph.valueKeys` may have in a network as it is built: parts of nodes go by the whole's key.
  private static func nodeNames(_ key: String) -> [Substring] {
    let name = numberless(key)
    return [name] + (ValueKeys.whole(of: String(name)).map(nodeNames) ?? [])
  }

  private static func numberless(_ key: String) -> Substring {
    guard let mark = key.lastIndex(of: "#"), Int(key[key.index(after: mark)...]) != nil else { return key[...] }
    return key[..<mark]
  }
}

extension LoadedModel {
  /// What calibrations call the network: family and dialect.
  var tableName: String { "\(architecture.rawValue):\(dialect)" }

  /// What losses of its output are.
  var lossMeasure: String { findsInstances ? "relative error of the outputs" : "labels that change" }

  /// The calibration that a request names, or that lies beside the weights of that path; nil where there is none, or the request wants no int8.
  ///
  /// Throws when it cannot be read, is of another network or other weights, or when int8 is asked for and there is none.
  static func calibration(of model: LoadedModel, _ request: ModelRequest, weights path: String) throws(InputError) -> Calibration? {
    if request.precision == .float32 || request.precision == .bfloat16 { return nil }
    let file = request.calibrationPath ?? CalibrationTable.path(forWeights: path)
    if request.calibrationPath == nil, access(file, F_OK) != 0 {
      if request.precision == .auto { return nil }
      throw InputError(
        "has no calibration, which int8 needs", subject: path, advice: "make one with `segplay calibrate --weights \(path) --video FILE`")
    }
    let table = try CalibrationTable.read(path: file)
    try table.check(model, path: file)
    return table.calibration
  }
}
