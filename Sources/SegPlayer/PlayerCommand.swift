import SegBase
package import SegTerminal

/// What a key makes the player do.
package enum PlayerCommand: Sendable, Equatable {
  case quit
  /// A signal asked the process to end.
  case quitBySignal(Int32)
  case togglePause
  /// Moves by seconds, negative back.
  case seek(by: Double)
  case seekToStart
  case stepForward
  case stepBack
  case slower
  case faster
  case normalSpeed
  case cycleView
  case moreOpacity
  case lessOpacity
  /// Shows or hides the boxes of objects, their names, the scores and the track numbers in these.
  case toggleBoxes
  case toggleLabels
  case toggleScores
  case toggleTracks
  /// Colours objects by their class, or each by its track.
  case cycleColouring
  /// Chooses a model by its key, 1...9; 0 plays without one.
  case model(Int)
  /// Goes to the next schedule, or changes the number of the one in use.
  case cyclePolicy
  case changePolicy(Int)
  case savePicture
  case toggleRecording
  case toggleHUD
  case toggleHelp
  case closePanel
  /// Draws everything anew: the terminal's size changed, or it was asked for.
  case redraw

  /// The keys in the order in which the help shows them.
  package static let help: [(keys: String, effect: String)] = [
    ("space", "pause and go on"),
    ("left right", "seek 5 seconds"),
    ("down up", "seek a minute"),
    (", .", "step a frame back, forward"),
    ("[ ]", "slower, faster"),
    ("backspace", "normal speed"),
    ("home", "back to the start"),
    ("m", "mask, contour, mask only, off"),
    ("+ -", "opacity of the mask"),
    ("b l s t", "boxes, names, scores, track numbers of objects"),
    ("c", "colours of objects by track or class"),
    ("1 ... 9, 0", "choose a model; none"),
    ("k", "schedule: realtime, every, fixed, adaptive"),
    ("< >", "keyframes more often, less often"),
    ("p", "save the picture as PNG"),
    ("e", "start and stop exporting an MP4"),
    ("h", "figures on and off"),
    ("ctrl-l", "draw the screen anew"),
    ("?", "this help"),
    ("q", "quit"),
  ]

  /// The command of a key; nil for a key that has none.
  package init?(key: KeyEvent) {
    switch key {
    case .character(let character):
      guard let command = Self.commands[character] ?? character.wholeNumberValue.map({ .model($0) }) else { return nil }
      self = command
    case .arrow(.left, _): self = .seek(by: -5)
    case .arrow(.right, _): self = .seek(by: 5)
    case .arrow(.up, _): self = .seek(by: 60)
    case .arrow(.down, _): self = .seek(by: -60)
    case .home: self = .seekToStart
    case .backspace: self = .normalSpeed
    case .escape: self = .closePanel
    case .resize, .resumed, .control("l"): self = .redraw
    case .quit(let signal): self = .quitBySignal(signal)
    default: return nil
    }
  }

  private static let commands: [Character: PlayerCommand] = [
    "q": .quit, "Q": .quit, " ": .togglePause, ",": .stepBack, ".": .stepForward, "[": .slower, "]": .faster, "m": .cycleView, "+": .moreOpacity,
    "=": .moreOpacity, "-": .lessOpacity, "b": .toggleBoxes, "l": .toggleLabels, "s": .toggleScores, "t": .toggleTracks, "c": .cycleColouring,
    "k": .cyclePolicy, "<": .changePolicy(-1), ">": .changePolicy(1),
    "p": .savePicture, "e": .toggleRecording, "h": .toggleHUD, "?": .toggleHelp,
  ]
}
