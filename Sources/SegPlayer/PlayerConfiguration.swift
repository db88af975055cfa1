public import SegBase
public import SegModels
public import SegOverlay
public import SegPropagation
public import SegSchedule
public import SegTerminal

/// What to play and how.
public struct PlayerConfiguration: Sendable {
  /// The video, as `VideoSource` names it.
  public var location: String
  /// The models in the order of their keys; empty plays without a network.
  public var models: [ModelRequest]
  /// The index of the model to begin with.
  public var firstModel = 0
  /// How frames get their passes at first.
  public var policy = SchedulePolicy.every
  /// Where the motion between frames comes from.
  public var flow = FlowSource.dense
  /// Whether frames wait for the next key where the policy has intervals; only with `showsEveryFrame`.
  public var looksAhead = false
  /// Whether the result of a full pass is blended with what is known from the frames before.
  public var fuses = true
  /// What frames between keys get where the policy has intervals.
  public var between = BetweenKeys.auto
  /// Whether the network must bring its features forward with a flow network of its own there.
  public var usesOwnFlow = false
  /// Called for each frame that was shown, on the thread that plays, when it leaves the screen.
  public var record: (@Sendable (RecordedFrame) throws(InputError) -> Void)?
  /// How labels are drawn at first; keys change it. Its palette is replaced by the model's.
  public var style: OverlayStyle
  /// Colours of the HUD and defaults of the overlay.
  public var theme: Theme
  /// How many colours the terminal shows; nil: told by the environment.
  public var colours: ColourDepth?
  /// The characters that stand for pixels.
  public var pixelMode: PixelMode
  /// Whether the HUD is shown at first.
  public var showsHUD = true
  /// Where to start.
  public var start: MediaTime?
  /// Frames to show at most; nil for all.
  public var frameLimit: Int?
  /// Whether to begin again at the end.
  public var loops = false
  /// Whether every frame waits for its own mask and none is dropped.
  public var showsEveryFrame = false
  /// Threads that the network may use.
  public var threads = 1

  /// Makes a configuration with the defaults of the command line.
  public init(location: String, models: [ModelRequest], style: OverlayStyle, theme: Theme, pixelMode: PixelMode = .halfBlock) {
    self.location = location
    self.models = models
    self.style = style
    self.theme = theme
    self.pixelMode = pixelMode
  }
}
