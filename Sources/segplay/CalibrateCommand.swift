import ArgumentParser
import Foundation
import SegBase
import SegCheckpoint
import SegEvaluate
import SegModels

/// `segplay calibrate`: measures what a network needs to run in int8.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "Measures on a video or pictures what a network needs to run in int8, and stores it beside the weights.",
    discussion: """
      Every map of the network is measured on frames of the kind that it will see; then the layers are found whose bytes would cost too much, and stay in \
      bf16 (f32 where the processor has no bf16). The result is WEIGHTS\(CalibrationTable.ending), a text. Labels are not needed.
      """)

  @Option(help: ArgumentHelp("A folder of pictures.", valueName: "dir"))
  var images: String?

  @Option(help: ArgumentHelp("A video.", valueName: "file"))
  var video: String?

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var logOptions: LogOptions

  @Option(help: ArgumentHelp("Frames to measure, spread over the video or the folder.", valueName: "n"))
  var frames = 64

  @Option(
    help: ArgumentHelp(
      "Percent of the labels that int8 may change; for networks that find instances the relative error of their outputs. 2 and 10 where it is not given.",
      valueName: "percent"))
  var loss: Double?

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write in place of WEIGHTS\(CalibrationTable.ending).", valueName: "file"))
  var output: String?

  @Flag(help: "List the error of every map as well, in int8 and in the floating point that is kept.")
  var layers = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if (images == nil) == (video == nil) { throw ValidationError("Give --images DIR or --video FILE.") }
    if !(1...100_000).contains(frames) { throw ValidationError("--frames takes a number from 1 to 100000.") }
    if let loss, !(0...100).contains(loss) { throw ValidationError("--loss takes a percentage from 0 to 100.") }
  }

  func run() throws {
    try logOptions.start()
    guard var request = try modelOptions.request(), let frames = images ?? video else {
      throw InputError("calibrate needs a network", advice: "leave out --model none")
    }
    // An older calibration plays no part in a new one.
    request.precision = .float32
    let model = try ModelOptions.load(request)
    let target = try output ?? request.calibrationPath ?? CalibrationTable.path(forWeights: request.weightsPath ?? BundledModel.path())
    var run = CalibrationRun(
      model: model, frames: frames, frameCount: self.frames, limit: loss.map { $0 / 100 }, threads: modelOptions.threads ?? Processors.count)
    run.measuresLayers = layers
    let interruption = Interruption()
    var lines = (frames: ProgressLine("measure frames"), layers: ProgressLine("measure layers"))
    defer { lines.layers.finish() }
    let (table, report) = try run.run { phase, done, total throws(InputError) in
      if interruption.isRequested {
        lines.frames.finish()
        throw InputError("interrupted; nothing was written", subject: target)
      }
      switch phase {
      case .frames: lines.frames.update(done: done, total: total)
      case .nodes: if total > 0 { lines.layers.update(done: done, total: total) }
      }
    }
    lines.layers.finish()
    try table.write(to: target)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      print(CalibrationText.lines(report, file: target).joined(separator: "\n"))
    }
    if !report.isWithinLimit {
      StandardError.write("segplay: \(target): the loss stays above the limit with every layer that was allowed to in \(report.floatPrecision)\n")
    }
  }
}
