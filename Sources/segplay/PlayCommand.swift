import ArgumentParser
import Foundation
import SegBase
import SegModels
import SegOverlay
import SegPlayer
import SegPropagation
import SegSchedule
import SegTerminal

/// The names of the colour depths on the command line.
enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
  case auto
  case direct = "24bit"
  case indexed = "256"
  case ansi = "16"
  case none

  /// The depth; nil: told by the environment.
  var depth: ColourDepth? {
    switch self {
    case .auto: nil
    case .direct: .direct24
    case .indexed: .indexed256
    case .ansi: .ansi16
    case .none: ColourDepth.none
    }
  }
}

/// The names of the pixel modes on the command line.
enum PixelChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, half, quadrant, sextant, braille, ascii

  /// The mode; half blocks for `auto`.
  var mode: PixelMode { PixelMode(rawValue: rawValue) ?? .halfBlock }
}

/// `segplay [play] VIDEO`: the player.
struct PlayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play", abstract: "Plays a video with a network's masks on it.",
    discussion: """
      VIDEO is a video or image file, a folder of images, a numbered sequence (%05d.png), v4l2:DEVICE, lavfi:GRAPH, a URL, or - for standard input.
      Keys: space pauses, arrows seek, m changes the mask, 1...9 choose a model, ? shows all, q quits.
      """)

  @Argument(help: "What to play; the bundled street where it is not given.")
  var video: String?

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var logOptions: LogOptions
  @OptionGroup var overlayOptions: OverlayOptions

  @OptionGroup var scheduleOptions: ScheduleOptions

  @Option(help: "The characters that stand for pixels.")
  var pixels: PixelChoice = .auto

  @Option(help: "How many colours to use.")
  var colors: ColourChoice = .auto

  @Option(help: ArgumentHelp("Where to start: seconds, m:ss or h:mm:ss.", valueName: "time"), transform: ClockTime.parse)
  var start: MediaTime?

  @Option(help: ArgumentHelp("Frames to show at most.", valueName: "n"))
  var frames: Int?

  @Flag(help: "Begin again at the end.")
  var loop = false

  @Flag(help: "Wait for the mask of every frame and drop none.")
  var everyFrame = false

  @Flag(name: .customLong("no-hud"), help: "Show the picture alone.")
  var noHud = false

  func validate() throws {
    if let frames, frames < 1 { throw ValidationError("--frames takes a number above 0.") }
    if scheduleOptions.passBetween == .partial {
      switch scheduleOptions.schedule {
      case .fixed, .adaptive: break
      default: throw ValidationError("--between partial and --flow learned take --schedule fixed:N or adaptive.")
      }
    }
    if scheduleOptions.lookAhead {
      switch scheduleOptions.schedule {
      case .fixed where everyFrame, .adaptive where everyFrame: break
      default: throw ValidationError("--look-ahead shows frames later: it takes --every-frame and --schedule fixed:N or adaptive.")
      }
    }
  }

  func run() throws {
    try logOptions.start()
    let theme = try overlayOptions.loadedTheme()
    let (models, first) = try modelOptions.shelf()
    var configuration = PlayerConfiguration(
      location: try video ?? BundledVideo.path(), models: models, style: try overlayOptions.style(classes: nil), theme: theme,
      pixelMode: pixels.mode)
    configuration.firstModel = first
    let schedule = scheduleOptions.schedule ?? .realtime
    configuration.policy = everyFrame && schedule == .realtime ? .every : schedule
    configuration.flow = scheduleOptions.source
    configuration.fuses = !scheduleOptions.noFuse
    (configuration.between, configuration.usesOwnFlow) = (scheduleOptions.passBetween, scheduleOptions.usesOwnFlow)
    configuration.looksAhead = scheduleOptions.lookAhead
    configuration.colours = colors.depth
    configuration.start = start
    configuration.frameLimit = frames
    configuration.loops = loop
    configuration.showsEveryFrame = everyFrame
    configuration.showsHUD = !noHud
    configuration.threads = modelOptions.threads ?? 1
    let statistics = try scheduleOptions.statistics()
    if let statistics { configuration.record = { frame throws(InputError) in try statistics.write(frame) } }
    let player = try Player(configuration)
    try player.run()
    try statistics?.finish()
    if let signal = player.endingSignal { TerminalSignals.end(by: signal) }
  }
}
