public import ArgumentParser
import SegBase
public import SegExport
import SegModels
import SegOverlay

extension ExportFormat: ExpressibleByArgument {}

/// `segplay export`: annotated frames as a video or as pictures.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a video's frames with the masks on them to a video file or to PNG files.")

  @Argument(help: "A video, an image, a folder of images, v4l2:DEVICE, lavfi:GRAPH, a URL, or - for standard input.")
  var video: String

  @Option(name: [.short, .long], help: ArgumentHelp("The file, or for PNG the folder, to write.", valueName: "path"))
  var output: String

  @Option(help: "What to write; told by the ending of the output where it is not given.")
  var format: ExportFormat?

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var scheduleOptions: ScheduleOptions
  @OptionGroup var logOptions: LogOptions
  @OptionGroup var overlayOptions: OverlayOptions

  @Option(help: ArgumentHelp("Where to start: seconds, m:ss or h:mm:ss.", valueName: "time"), transform: ClockTime.parse)
  var start: MediaTime?

  @Option(help: ArgumentHelp("Frames to write at most.", valueName: "n"))
  var frames: Int?

  func validate() throws {
    try scheduleOptions.validateWaiting()
    if scheduleOptions.schedule == nil && scheduleOptions.flow != .auto { throw ValidationError("--flow belongs to --schedule.") }
    if let frames, frames < 1 { throw ValidationError("--frames takes a number above 0.") }
  }

  func run() throws {
    try logOptions.start()
    let model = try modelOptions.request().map { try ModelOptions.load($0) }
    let style = try overlayOptions.style(classes: model?.classes)
    var exporter = Exporter(
      location: video, model: model, style: style, output: output, format: format ?? ExportFormat(path: output),
      threads: modelOptions.threads ?? max(1, Processors.count - 1))
    exporter.start = start
    exporter.frameLimit = frames
    exporter.schedule = scheduleOptions.settings()
    if exporter.schedule != nil && model == nil { throw InputError("a schedule needs a network", advice: "leave out --model none or --schedule") }
    exporter.notify = { [video] in StandardError.write("segplay: \(video): \($0)\n") }
    // Where the export does not end well, the lines so far are kept as the file is dropped.
    let statistics = try scheduleOptions.statistics()
    if let statistics { exporter.record = { frame throws(InputError) in try statistics.write(frame) } }
    var line = ProgressLine("export")
    let interruption = Interruption()
    let summary = try exporter.run(isCancelled: { interruption.isRequested }) { done, total in line.update(done: done, total: total) }
    line.finish()
    try statistics?.finish()
    if summary.corruptPackets > 0 { StandardError.write("segplay: \(video): \(summary.corruptPackets) damaged packets were passed over\n") }
    print("\(output): \(summary.frames) frames")
  }
}
