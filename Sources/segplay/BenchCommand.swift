import ArgumentParser
import Foundation
import SegBase
import SegGraph
import SegModels
import SegRuntime

/// `segplay bench`: the time of a network on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures how long a network takes on this machine, from the picture to the label map.")

  @Option(
    help: ArgumentHelp("The network, such as enet or hrnet:w48, with random weights where none are given; or a model of the catalogue.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("A checkpoint.", valueName: "file"))
  var weights: String?

  @Option(help: ArgumentHelp("The input's height and width, such as 512x1024.", valueName: "HxW"), transform: PictureSize.parse)
  var size: PixelSize?

  @Option(help: "The arithmetic of the network: auto takes the fastest that the processor and the model allow.")
  var precision: PrecisionRequest = .auto

  @Option(help: ArgumentHelp("Threads that the network may use.", valueName: "n"))
  var threads = 1

  @Option(help: ArgumentHelp("Measured runs, after three that don't count.", valueName: "n"))
  var frames = 20

  @Flag(help: "List every step with its time and rate.")
  var profile = false

  @Flag(help: "Print one JSON object.")
  var json = false

  private static let warmUps = 3
  private static let calibrationSize = PixelSize(width: 64, height: 64)

  func validate() throws {
    if !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256.") }
    if !(1...1_000_000).contains(frames) { throw ValidationError("--frames takes a number above 0.") }
  }

  func run() throws {
    let loaded = try calibrated(try loadedModel())
    let network = SegmentationModel(loaded, threads: threads)
    let inputSize = network.inputSize(for: loaded.sizeRule.native)
    let picture = Self.picture(inputSize)
    var labels = PixelImage(size: inputSize, format: .gray8)
    var instances: [DetectedInstance] = []
    var times: [Double] = []
    for run in 0..<(Self.warmUps + frames) {
      let started = ContinuousClock.now
      try network.segment(picture, into: &labels, instances: &instances)
      if run >= Self.warmUps { times.append((ContinuousClock.now - started) / .milliseconds(1)) }
    }
    times.sort()
    let report = BenchReport(
      median: times[times.count / 2], minimum: times[0], maximum: times[times.count - 1], frames: frames, precision: loaded.precisionName, threads: threads)
    print(json ? try report.json() : "\(loaded.name) \(inputSize.height)x\(inputSize.width): \(report.text)")
    if profile { print(try Self.table(try network.profile(for: inputSize)).joined(separator: "\n")) }
  }

  /// A line a step: its share of the time, milliseconds, rate, share of the rate that a large convolution of that arithmetic reaches here, code and name.
  private static func table(_ steps: [StepProfile]) throws(InputError) -> [String] {
    let total = steps.reduce(0) { $0 + $1.milliseconds }
    let precisions = Set(steps.compactMap(\.precision)).sorted()
    var peaks: [Precision: Double] = [:]
    for precision in precisions { peaks[precision] = try PeakRate.measure(precision) }
    let head = precisions.map { String(format: "%@ %.0f GFLOP/s", $0.rawValue, peaks[$0] ?? 0) }.joined(separator: ", ")
    return ["peak of one thread: \(head)"]
      + steps.map { step in
        let peak = step.precision.flatMap { peaks[$0] }
        let share = peak.map { String(format: "%3.0f %%", 100 * step.gigaOperationsPerSecond / max($0, 1e-9)) } ?? "     "
        return String(
          format: "%5.1f %%  %8.3f ms  %7.1f GFLOP/s  %@  %@  %@", 100 * step.milliseconds / max(total, 1e-9), step.milliseconds,
          step.gigaOperationsPerSecond, share, step.kind.padding(toLength: 28, withPad: " ", startingAt: 0), step.name)
      }
  }

  private func loadedModel() throws(InputError) -> LoadedModel {
    var request = ModelRequest(weightsPath: weights, architecture: model, inputSize: size)
    if weights == nil, let model {
      guard let known = try ModelOptions.catalogue().request(named: model) else { return try NetworkChoice(named: model).random(inputSize: size) }
      request = known
      request.inputSize = size ?? known.inputSize
    }
    request.precision = precision
    return try ModelOptions.load(request)
  }

  /// A model with random weights in the arithmetic that was asked for; for int8 it is calibrated on the picture itself. Others stay as they are.
  private func calibrated(_ model: LoadedModel) throws(InputError) -> LoadedModel {
    var model = model
    model.precision = precision
    if precision != .int8 || model.calibration != nil { return model }
    // Ranges hardly depend on the size and the arithmetic; a small picture and the fastest floats take the least time and memory.
    var rule = model.sizeRule
    rule.requested = nil
    let picture = Self.picture(rule.size(for: Self.calibrationSize))
    model.calibration = try Calibrator.plain(model, picture: picture, threads: threads, precision: Processor.current.fastestFloat)
    return model
  }

  /// The picture that networks are measured with.
  private static func picture(_ size: PixelSize) -> PixelImage {
    var picture = PixelImage(size: size, format: .rgb24)
    picture.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 7) } }
    return picture
  }
}

/// The figures of a bench, in milliseconds.
private struct BenchReport: Encodable {
  let median: Double
  let minimum: Double
  let maximum: Double
  let frames: Int
  let precision: String
  let threads: Int

  private enum CodingKeys: String, CodingKey {
    case median = "median_ms"
    case minimum = "min_ms"
    case maximum = "max_ms"
    case frames, precision, threads
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  var text: String {
    String(
      format: "median %.2f ms (%.1f fps), min %.2f, max %.2f; %d frames, %@, %d thread%@", median, 1000 / median, minimum, maximum, frames, precision, threads,
      threads == 1 ? "" : "s")
  }
}
