import Glibc
import SegBase
import SegGraph
import SegRuntime

/// What a network's output loses in some arithmetic, against single precision, on pictures that it keeps.
///
/// Where it gives every pixel a class, the loss is the share of labels that are others; where it finds instances, the greatest relative error among its kinds of
/// outputs (boxes, class scores, coefficients, prototypes): the root of the sum of squared errors over that of squared values, on all pictures and levels.
struct OutputLoss: Sendable {
  private let model: LoadedModel
  private let size: PixelSize
  private var pictures: [[UInt8]] = []
  private var labels: [[UInt8]] = []
  private var outputs: [[String: [Float]]] = []

  /// The kinds of outputs of networks that find instances.
  static let kinds = ["loc", "conf", "mask", "proto"]

  /// Prepares pictures (RGB bytes of that size) and what the network gives for them. Throws when the network cannot be run.
  init(_ model: LoadedModel, size: PixelSize, pictures: [[UInt8]], threads: Int) throws(InputError) {
    (self.model, self.size, self.pictures) = (model, size, pictures)
    if model.findsInstances {
      var outputs: [[String: [Float]]] = []
      try runInstances(.float32, threads: threads, pictures.count) { _, executable in
        outputs.append(
          Dictionary(uniqueKeysWithValues: executable.outputShapes.keys.map { name in (name, executable.withOutput(name) { values, _ in Array(values) }) }))
      }
      self.outputs = outputs
    } else {
      var labels: [[UInt8]] = []
      try runLabels(.float32, threads: threads, pictures.count) { _, found in labels.append(found) }
      self.labels = labels
    }
  }

  /// How many pictures there are.
  var count: Int { pictures.count }

  /// The loss of a plan on the first `limit` pictures, 0 or more. Throws when the network cannot be run.
  func loss(of plan: PrecisionPlan, threads: Int, limit: Int = .max) throws(InputError) -> Double {
    let count = min(limit, pictures.count)
    if model.findsInstances { return try errors(of: plan, threads: threads, limit: limit).values.max() ?? 0 }
    var (changed, all) = (0, 0)
    try runLabels(plan, threads: threads, count) { index, found in
      all += found.count
      for (a, b) in zip(found, labels[index]) where a != b { changed += 1 }
    }
    return Double(changed) / Double(max(1, all))
  }

  /// The relative error of each kind of output of a network that finds instances. Throws when the network cannot be run.
  func errors(of plan: PrecisionPlan, threads: Int, limit: Int = .max) throws(InputError) -> [String: Double] {
    var sums: [String: (error: Double, square: Double)] = [:]
    try runInstances(plan, threads: threads, min(limit, pictures.count)) { index, executable in
      for (name, expected) in outputs[index] {
        let kind = Self.kinds.first(where: name.hasPrefix) ?? name
        executable.withOutput(name) { values, _ in
          let sum = expected.withUnsafeBufferPointer { LayerErrors.squares(values, $0) }
          sums[kind, default: (0, 0)].error += sum.error
          sums[kind, default: (0, 0)].square += sum.square
        }
      }
    }
    return sums.mapValues { sqrt($0.error / max($0.square, .leastNormalMagnitude)) }
  }

  private func runLabels(_ plan: PrecisionPlan, threads: Int, _ count: Int, _ body: (Int, [UInt8]) -> Void) throws(InputError) {
    let network = try CompiledNetwork(model, size: size, threads: threads, precision: plan)
    var found = [UInt8](repeating: 0, count: size.pixelCount)
    for index in 0..<count {
      found.withUnsafeMutableBufferPointer { found in
        network.run(fill: { fill($0, index) }, ignoring: nil, into: found)
      }
      body(index, found)
    }
  }

  private func runInstances(_ plan: PrecisionPlan, threads: Int, _ count: Int, _ body: (Int, Executable) -> Void) throws(InputError) {
    let executable = try model.compile(RunGraph(model, size: size).graph, threads: threads, precision: plan)
    for index in 0..<count {
      executable.withInput(0) { fill($0, index) }
      executable.run()
      body(index, executable)
    }
  }

  private func fill(_ input: UnsafeMutableBufferPointer<Float>, _ index: Int) {
    pictures[index].withUnsafeBufferPointer { model.preprocessing.apply(to: $0, into: input) }
  }
}
