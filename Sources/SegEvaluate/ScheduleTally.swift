internal import SegBase
internal import SegModels
internal import SegPropagation
internal import SegSchedule

/// What is counted while a schedule is evaluated.
final class ScheduleTally {
  private(set) var statistics = PassStatistics()
  private let ignoredLabel: Int?
  private var matrix: ConfusionMatrix
  private var byAge: [ConfusionMatrix?] = []
  private var flicker = Flicker()
  private var resized = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var network = 0.0
  private var flow = 0.0
  private var warp = 0.0
  private var scaling = 0.0

  init(classCount: Int, ignoredLabel: Int?) {
    self.ignoredLabel = ignoredLabel
    matrix = ConfusionMatrix(classCount: classCount)
  }

  /// Takes a frame, its result and its labels.
  func add(_ result: FrameResult, picture: borrowing PixelImage, labels: borrowing PixelImage, truth: borrowing PixelImage, scaling: Double) {
    var counts = ConfusionMatrix(classCount: matrix.classCount)
    counts.add(truth: truth, prediction: labels, resizedIn: &resized, ignoredLabel: ignoredLabel)
    matrix.add(counts)
    if let age = result.decision.age {
      while byAge.count <= age { byAge.append(nil) }
      byAge[age, default: ConfusionMatrix(classCount: matrix.classCount)].add(counts)
    }
    flicker.add(picture, labels: labels)
    statistics.record(result.decision, milliseconds: result.milliseconds)
    network += result.networkMilliseconds
    flow += result.flowMilliseconds
    warp += result.warpMilliseconds
    self.scaling += scaling
  }

  /// What was found with a model.
  func report(_ model: LoadedModel, settings: SequenceSettings) -> EvaluationReport {
    let frames = Double(max(1, statistics.frames))
    let passes = Pass.allCases.filter { statistics.count(of: $0) > 0 }
    let schedule = ScheduleReport(
      policy: settings.policy.description, flow: settings.flow.name, between: settings.between.rawValue, fuses: settings.fuses,
      looksAhead: settings.looksAhead,
      flicker: flicker.share,
      meanIntersectionOverUnionByAge: byAge.map { $0?.meanIntersectionOverUnion(excluding: ignoredLabel) },
      passShares: table(passes) { statistics.share(of: $0) }, passMilliseconds: table(passes) { statistics.meanMilliseconds(of: $0) ?? 0 },
      milliseconds: ["network": network / frames, "flow": flow / frames, "warp": warp / frames],
      keys: Dictionary(uniqueKeysWithValues: statistics.keys.map { ($0.key.rawValue, $0.value) }))
    return EvaluationReport(
      matrix, classes: model.classes, ignoredLabel: ignoredLabel, frames: statistics.frames, passes: table(passes) { statistics.count(of: $0) },
      millisecondsPerFrame: (network + flow + warp + scaling) / frames, precision: model.precisionName, schedule: schedule)
  }

  private func table<Value>(_ passes: [Pass], _ value: (Pass) -> Value) -> [String: Value] {
    Dictionary(uniqueKeysWithValues: passes.map { ($0.rawValue, value($0)) })
  }
}

extension [ConfusionMatrix?] {
  /// The matrix at a place, made where there is none.
  fileprivate subscript(index: Int, default empty: @autoclosure () -> ConfusionMatrix) -> ConfusionMatrix {
    get { self[index] ?? empty() }
    set { self[index] = newValue }
  }
}
