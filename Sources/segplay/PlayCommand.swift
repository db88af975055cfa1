import ArgumentParser
import Foundation
import SegBase
import SegModels
import SegOverlay
import SegPlayer
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

  @Option(
    help: ArgumentHelp(
      "Which frames get a full pass: 'realtime' as many as one core allows, in the background; 'every' the newest whenever the network is free; fixed:N; adaptive[:POINTS].",
      valueName: "policy"),
    transform: { try SchedulePolicy(text: $0) })
  var schedule: SchedulePolicy = .realtime

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
  }

  func run() throws {
    try logOptions.start()
    let theme = try overlayOptions.loadedTheme()
    let (models, first) = try modelOptions.shelf()
    var configuration = PlayerConfiguration(
      location: try video ?? BundledVideo.path(), models: models, style: try overlayOptions.style(classes: nil), theme: theme,
      pixelMode: pixels.mode)
    configuration.firstModel = first
    configuration.policy = everyFrame && schedule == .realtime ? .every : schedule
    configuration.colours = colors.depth
    configuration.start = start
    configuration.frameLimit = frames
    configuration.loops = loop
    configuration.showsEveryFrame = everyFrame
    configuration.showsHUD = !noHud
    configuration.threads = modelOptions.threads ?? 1
    let player = try Player(configuration)
    try player.run()
    if let signal = player.endingSignal { TerminalSignals.end(by: signal) }
  }
}
