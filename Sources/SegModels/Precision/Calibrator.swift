public import SegBase
public import SegGraph
import SegRuntime
import SegTensor

/// Measures on pictures what a network needs to run in int8: the ranges of its maps, and the nodes that lose too much. One thread at a time.
public final class Calibrator {
  private let model: LoadedModel
  private let size: PixelSize
  private let threads: Int
  private let measurement: RangeMeasurement
  private let limit: Double
  /// Every so many-th picture is kept for measuring losses.
  private let interval: Int
  /// The format of nodes that are kept out of int8.
  private let fallback = Processor.current.fastestFloat
  private var kept: [[UInt8]] = []
  private var count = 0

  /// Pictures for the losses of whole networks at most; those of networks that find instances keep large outputs.
  private static let mostLabelPictures = 16, mostInstancePictures = 4
  /// Pictures for the losses of single nodes at most.
  private static let mostNodePictures = 6

  /// What a network may lose where nobody says: two labels in a hundred, or a tenth of the outputs' size.
  public static func defaultLimit(_ model: LoadedModel) -> Double { model.findsInstances ? 0.1 : 0.02 }

  /// Prepares for `frames` pictures of that size, or fewer; `limit` is the loss that is allowed, as a share.
  ///
  /// Throws when the size does not suit the network or the inference library cannot run it.
  public init(_ model: LoadedModel, size: PixelSize, frames: Int, limit: Double? = nil, threads: Int) throws(InputError) {
    precondition(frames > 0 && threads > 0, "some pictures, some threads")
    (self.model, self.size, self.threads) = (model, size, threads)
    self.limit = limit ?? Self.defaultLimit(model)
    let most = model.findsInstances ? Self.mostInstancePictures : Self.mostLabelPictures
    interval = (frames + most - 1) / most
    // Threads inside a network wait for one another at every layer; several networks side by side do not.
    measurement = try RangeMeasurement(model, size: size, threads: 1)
  }

  /// Measures the maps of a picture: RGB of the size this was made for.
  public func add(_ picture: borrowing PixelImage) {
    precondition(picture.size == size && picture.format == .rgb24, "a picture of the network's size")
    picture.withBytes { bytes in
      measurement.add(bytes)
      if count.isMultiple(of: interval) { kept.append(Array(bytes)) }
    }
    count += 1
  }

  /// Finds the nodes that lose too much; at least one picture was added.
  ///
  /// With `measuresLayers` the report has the error of every map, measured on one picture. `progress` is called on the calling thread when a node was measured,
  /// and before each measurement of the whole network with the same numbers again; where it throws, so does this.
  public func finish(
    measuresLayers: Bool = false, progress: (_ done: Int, _ total: Int) throws(InputError) -> Void = { _, _ in }
  ) throws(InputError) -> (CalibrationTable, CalibrationReport) {
    precondition(count > 0, "some pictures")
    let graph = try RunGraph(model, size: size).graph.optimized()
    let candidates = graph.convolutionKeys(withRanges: measurement.ranges(.extremes))
    let recipe = Set(candidates.map(\.node).filter { node in model.network.preciseParts.contains(where: node.hasPrefix) })
    let losses = try OutputLoss(model, size: size, pictures: kept, threads: 1)
    let rules = try ruleLosses(losses, recipe, progress)
    let rule = rules.min { $0.loss < $1.loss }?.rule ?? .entropy
    let ranges = measurement.ranges(rule)
    let found = try search(candidates, recipe, ranges, losses, progress)
    let fingerprint = WeightFingerprint.text(model.tensors)
    try model.tensors.checkFiles()
    let table = CalibrationTable(
      network: model.tableName, classCount: model.classCount, fingerprint: fingerprint, frameCount: count, inputSize: size,
      rule: rule, loss: found.loss,
      kept: found.kept.map { CalibrationTable.Kept(key: $0, precision: fallback, loss: recipe.contains($0) ? nil : found.losses[$0] ?? 0) },
      ranges: ranges)
    var report = CalibrationReport(
      network: model.tableName, frames: count, lossFrames: losses.count, input: "\(size.height)x\(size.width)",
      measure: model.lossMeasure, loss: found.loss, lossAtFirst: found.lossAtFirst,
      floatLoss: fallback == .float32 ? 0 : try losses.loss(of: PrecisionPlan(fallback, fallback: fallback), threads: 1), floatPrecision: fallback.rawValue,
      limit: limit, ranges: ranges.count, rule: rule.rawValue,
      ruleLosses: Dictionary(uniqueKeysWithValues: rules.map { ($0.rule.rawValue, $0.loss) }), nodes: reportNodes(candidates, recipe, found))
    if measuresLayers { report.layers = try layerErrors(plan(ranges, keeping: Set(found.kept))) }
    return (table, report)
  }

  /// The loss of the whole network with each rule for ranges: which loses the least depends on the network.
  private func ruleLosses(
    _ losses: OutputLoss, _ recipe: Set<String>, _ progress: (_ done: Int, _ total: Int) throws(InputError) -> Void
  ) throws(InputError) -> [(rule: RangeRule, loss: Double)] {
    let found = try losses.losses(
      of: RangeRule.allCases.map { plan(measurement.ranges($0), keeping: recipe) }, threads: threads, limit: .max
    ) { _ throws(InputError) in try progress(0, 0) }
    return zip(RangeRule.allCases, found).map { (rule: $0, loss: $1) }
  }

  /// The nodes that must stay in floats for the loss to be below the limit.
  private func search(
    _ candidates: [Candidate], _ recipe: Set<String>, _ ranges: [String: ValueRange], _ losses: OutputLoss,
    _ progress: (_ done: Int, _ total: Int) throws(InputError) -> Void
  ) throws(InputError) -> SensitivitySearch.Found {
    var place = (done: 0, total: 0)
    let inputs = Dictionary(uniqueKeysWithValues: candidates.map { ($0.node, $0.input) })
    let search = SensitivitySearch(candidates: candidates.map(\.node), recipe: recipe, limit: limit)
    return try search.run { nodes throws(InputError) in
      try progress(place.done, place.total)
      return try losses.loss(of: plan(ranges, keeping: nodes), threads: 1)
    } alone: { nodes throws(InputError) in
      let plans = nodes.map { node in
        // Alone: all others are kept, and no other map has a range by which it could be stored as bytes.
        let input = inputs[node] ?? ""
        let others = candidates.lazy.map(\.node).filter { $0 != node }
        return PrecisionPlan(
          .int8, fallback: .float32, ranges: ranges.filter { $0.key == input }, kept: Dictionary(uniqueKeysWithValues: others.map { ($0, .float32) }))
      }
      place.total = plans.count
      return try losses.losses(of: plans, threads: threads, limit: Self.mostNodePictures) { done throws(InputError) in
        place.done = done
        try progress(done, plans.count)
      }
    }
  }

  /// What each convolution runs in, and why.
  private func reportNodes(_ candidates: [Candidate], _ recipe: Set<String>, _ found: SensitivitySearch.Found) -> [CalibrationReport.Node] {
    let kept = Set(found.kept)
    return candidates.map { candidate in
      let isKept = kept.contains(candidate.node)
      return CalibrationReport.Node(
        name: candidate.node, precision: isKept ? fallback.rawValue : Precision.int8.rawValue,
        reason: isKept ? (recipe.contains(candidate.node) ? CalibrationReport.recipe : CalibrationReport.measured) : nil, loss: found.losses[candidate.node])
    }
  }

  /// The error of every map on one picture, with the plan that was found and in the format that nodes are kept in.
  private func layerErrors(_ found: PrecisionPlan) throws(InputError) -> [CalibrationReport.Layer] {
    let some = Array(kept.prefix(1))
    let bytes = try LayerErrors.measure(model, size: size, plan: found, pictures: some, threads: 1)
    let floats = try LayerErrors.measure(model, size: size, plan: PrecisionPlan(fallback, fallback: fallback), pictures: some, threads: 1)
    return zip(bytes, floats).map { CalibrationReport.Layer(name: $0.name, int8: $0.error, float: $1.error) }
  }

  private func plan(_ ranges: [String: ValueRange], keeping nodes: Set<String>) -> PrecisionPlan {
    PrecisionPlan(.int8, fallback: fallback, ranges: ranges, kept: Dictionary(uniqueKeysWithValues: nodes.map { ($0, fallback) }))
  }

  /// Ranges alone, from the least to the greatest number on one picture, with every node in int8: for measuring speed where nobody calibrated. They are
  /// measured in the arithmetic of `precision`, a floating point.
  ///
  /// Throws when the size does not suit the network or the inference library cannot run it.
  public static func plain(_ model: LoadedModel, picture: borrowing PixelImage, threads: Int, precision: Precision = .float32) throws(InputError) -> Calibration
  {
    let plan = PrecisionPlan(precision, fallback: precision)
    return Calibration(ranges: try RangeMeasurement.extremes(of: picture, in: model, threads: threads, precision: plan))
  }
}

/// A convolution that may run in int8: its key, and that of the value it reads.
private typealias Candidate = (node: String, input: String)

extension Graph {
  /// The convolutions of an optimised graph that read values of known range: their keys, and those of the values.
  fileprivate func convolutionKeys(withRanges ranges: [String: ValueRange]) -> [Candidate] {
    let keys = valueKeys
    return nodes.compactMap { node in
      guard case .convolution = node.operation else { return nil }
      let (own, input) = (keys[node.outputs[0].index], keys[node.inputs[0].index])
      return ranges[input] == nil ? nil : (own, input)
    }
  }
}
