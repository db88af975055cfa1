import ArgumentParser
import SegBase
import SegEvaluate
import SegModels
import SegPropagation
import SegSchedule

/// `segplay evaluate`: how right a network is on labelled frames.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compares a network's masks with true ones: mean intersection over union, pixel accuracy, time a frame.")

  @Option(help: ArgumentHelp("A folder of pictures, taken in the order of their names.", valueName: "dir"))
  var images: String?

  @Option(help: ArgumentHelp("A video, whose frames are taken in order.", valueName: "file"))
  var video: String?

  @Option(help: ArgumentHelp("A folder of 8-bit grey or indexed PNG label maps, one a frame, in the order of their names.", valueName: "dir"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      """
      A folder of videos NAME.mp4, each with binary masks of an object in NAME-masks: measures how well given masks are carried on along the flow, without a \
      network. The first mask is given; with --schedule fixed:N one every N frames.
      """, valueName: "dir"))
  var tracks: String?

  @Option(help: ArgumentHelp("A label that does not count; the network's output of that number takes no part.", valueName: "n"))
  var ignoreLabel: Int?

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var scheduleOptions: ScheduleOptions
  @OptionGroup var logOptions: LogOptions

  @Option(help: ArgumentHelp("Frames to evaluate at most.", valueName: "n"))
  var frames: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if [images, video, tracks].count(where: { $0 != nil }) != 1 { throw ValidationError("Give one of --images DIR, --video FILE and --tracks DIR.") }
    if (tracks == nil) == (labels == nil) { throw ValidationError("--images and --video need --labels DIR; --tracks has its own masks.") }
    if tracks != nil
      && (ignoreLabel != nil || scheduleOptions.lookAhead || scheduleOptions.noFuse || scheduleOptions.statsJson != nil || scheduleOptions.between != .auto
        || scheduleOptions.flow == .learned)
    {
      throw ValidationError("--tracks takes --schedule fixed:N, --flow dis or none, --frames and --json.")
    }
    try scheduleOptions.validateWaiting()
    if let ignoreLabel, !(0...255).contains(ignoreLabel) { throw ValidationError("--ignore-label takes a number from 0 to 255.") }
    if tracks == nil && scheduleOptions.schedule == nil && scheduleOptions.flow != .auto { throw ValidationError("--flow belongs to --schedule.") }
    if images != nil && scheduleOptions.schedule != nil { throw ValidationError("--schedule takes a video: pictures do not follow one another.") }
    if let frames, frames < 1 { throw ValidationError("--frames takes a number above 0.") }
  }

  func run() throws {
    try logOptions.start()
    if let tracks { return try follow(tracks) }
    guard let labels, let frameLocation = images ?? video, let request = try modelOptions.request() else {
      throw InputError("evaluate needs a network", advice: "leave out --model none")
    }
    let settings = scheduleOptions.settings()
    let evaluation = Evaluation(
      model: try ModelOptions.load(request), frames: frameLocation, labels: labels, ignoredLabel: ignoreLabel, frameLimit: frames,
      threads: modelOptions.threads ?? Processors.count)
    var line = ProgressLine("evaluate")
    let report: EvaluationReport
    if let settings {
      // Where the evaluation does not end well, the lines so far are kept as the file is dropped.
      let statistics = try scheduleOptions.statistics()
      let interruption = statistics.map { _ in Interruption() }
      report = try ScheduledEvaluation(evaluation, settings: settings).run { done, total in
        line.update(done: done, total: total)
      } notify: {
        StandardError.write("segplay: \(frameLocation): \($0)\n")
      } record: { frame throws(InputError) in
        try statistics?.write(frame)
        if interruption?.isRequested == true { throw InputError("stopped before the end", subject: frameLocation) }
      }
      try statistics?.finish()
    } else {
      report = try evaluation.run { done, total in line.update(done: done, total: total) }
    }
    line.finish()
    print(json ? try report.json() : report.text)
  }

  /// Measures how masks are carried on.
  private func follow(_ folder: String) throws {
    let settings = scheduleOptions.settings()
    var interval: Int?
    if let settings {
      guard case .fixed(interval: let frames) = settings.policy else {
        throw InputError("masks are given by a fixed interval", subject: settings.policy.description, advice: "write --schedule fixed:N, or leave it out")
      }
      interval = frames
    }
    let evaluation = TrackEvaluation(folder: folder, interval: interval, flow: scheduleOptions.source, frameLimit: frames)
    var line = ProgressLine("evaluate")
    let report = try evaluation.run { done, total in line.update(done: done, total: total) }
    line.finish()
    print(json ? try report.json() : report.text)
  }
}
