package import SegBase
package import SegOverlay
package import SegVideo

/// What a player says besides pictures and figures.
package struct PlayerCaption: Sendable {
  /// The video's name, size and codec.
  package var video: String
  /// The model in use, its architecture and precision.
  package var model: String
  /// How frames are chosen for the network.
  package var schedule: String
  /// Whether a recording runs, and of how many frames.
  package var recording: String?

  /// Makes a caption.
  package init(video: String, model: String, schedule: String, recording: String?) {
    self.video = video
    self.model = model
    self.schedule = schedule
    self.recording = recording
  }
}

/// Where a player shows its frames: a terminal, or plain status lines. For one thread.
package protocol PlayerDisplay: AnyObject {
  /// Shows a frame; where `isAnnotated`, `labels` are drawn over it in `style`: class indices, or with a scene the map of its instances.
  func show(_ frame: borrowing VideoFrame, labels: borrowing PixelImage, scene: InstanceScene?, isAnnotated: Bool, style: OverlayStyle) throws(InputError)
  /// The size at which frames are shown, in pixels; nil where they are not shown.
  var shownSize: PixelSize? { get }
  /// Updates the live figures.
  func update(_ figures: PlayerFigures, _ caption: PlayerCaption)
  /// Waits up to `milliseconds` for a key that means something.
  func nextCommand(timeout milliseconds: Int) -> PlayerCommand?
  /// Says something for some seconds.
  func notify(_ text: String)
  /// Shows or hides the figures, or the help.
  func toggle(_ part: DisplayPart)
  /// Whether somebody can press keys.
  var isInteractive: Bool { get }
  /// Bytes written for the last frame.
  var bytesPerFrame: Int { get }
  /// Promises an orderly end after a signal however long it takes, such as when a recording must be completed.
  func holdDeadline()
  /// Gives the terminal back as it was.
  func close()
}

/// Parts of a display that keys switch.
package enum DisplayPart: Sendable {
  case hud
  case help
  case noPanel
  case everything
}
