import SegTensor

/// Where a network takes its parameters from: tensors by name, and a record of what was asked for.
///
/// A missing tensor is replaced by zeros of the shape asked for, so that one pass over the network finds everything that is wrong with a file.
final class ParameterSource {
  private(set) var tensors: NamedTensors
  private var used: Set<String> = []
  private var missing: [String] = []
  private var mismatched: [LoadReport.Mismatch] = []

  private let synthetic: SyntheticParameters?

  /// Parameters of a file.
  init(_ tensors: NamedTensors) {
    self.tensors = tensors
    synthetic = nil
  }

  /// Parameters made up as they are asked for; they can be read from `tensors` afterwards.
  init(_ synthetic: SyntheticParameters) {
    tensors = NamedTensors()
    self.synthetic = synthetic
  }

  /// Whether there is a tensor of that name; does not count as use.
  func has(_ name: String) -> Bool { tensors[name] != nil || synthetic?.deciding[name] != nil }

  /// The tensor of that name as float32. Axes in `free` may have any size in the file: pruned widths, class counts.
  func tensor(_ name: String, shape: [Int], free: Set<Int> = []) -> Tensor {
    if tensors[name] == nil, let synthetic { tensors[name] = synthetic.tensor(name, shape: shape) }
    guard let tensor = tensors[name] else {
      if !missing.contains(name) { missing.append(name) }
      return Self.zeros(shape)
    }
    let fits = tensor.shape.count == shape.count && shape.indices.allSatisfy { tensor.shape[$0] == shape[$0] || (free.contains($0) && tensor.shape[$0] > 0) }
    used.insert(name)
    if fits { return tensor.asFloats }
    if !mismatched.contains(where: { $0.name == name }) { mismatched.append(LoadReport.Mismatch(name: name, found: tensor.shape, expected: shape)) }
    return Self.zeros(shape)
  }

  /// The tensor of that name; nil, and not counted as missing, when there is none.
  func optional(_ name: String, shape: [Int]) -> Tensor? { has(name) ? tensor(name, shape: shape) : nil }

  /// The shape of the tensor of that name; does not count as use.
  func shape(of name: String) -> [Int]? { tensors[name]?.shape ?? synthetic?.deciding[name] }

  /// How many of its numbered parts a network repeats: up to the last that exists, at least one, at most 64.
  static func partCount(_ exists: (Int) -> Bool) -> Int { ((0..<64).last(where: exists) ?? 0) + 1 }

  /// What was found so far.
  var report: LoadReport {
    var report = LoadReport()
    report.used = used.count - mismatched.count
    report.missing = missing
    report.mismatched = mismatched
    report.leftOver = tensors.names.filter { !used.contains($0) && !$0.hasSuffix("num_batches_tracked") }
    return report
  }

  private static func zeros(_ shape: [Int]) -> Tensor { Tensor(shape: shape, elementType: .float32) { _ in } }
}
