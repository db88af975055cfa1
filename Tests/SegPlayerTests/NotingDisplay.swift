import Foundation
import Glibc
import SegBase
import SegOverlay
import SegPlayer
import SegVideo

/// A display that notes what it is shown and presses keys by a script.
final class NotingDisplay: PlayerDisplay {
  /// A frame on the screen.
  struct Shown: Equatable {
    var time: MediaTime
    var isAnnotated: Bool
    var view: OverlayView
  }

  /// A key, pressed once `isDue` says so.
  struct Key {
    var command: PlayerCommand
    var isDue: (NotingDisplay) -> Bool

    /// A key that is pressed when the frame of that number (50 a second) is on the screen.
    static func at(_ frame: Int, _ command: PlayerCommand) -> Key { Key(command: command) { $0.shown.last?.time == TestVideo.time(frame) } }
    /// A key that is pressed right after the one before.
    static func then(_ command: PlayerCommand) -> Key { Key(command: command) { _ in true } }
  }

  private(set) var shown: [Shown] = []
  private(set) var figures: [PlayerFigures] = []
  private(set) var notices: [String] = []
  private(set) var parts: [DisplayPart] = []
  private(set) var isClosed = false
  /// Whether the script did not end in time and playback was ended for it.
  private(set) var isOverdue = false
  private var keys: [Key]
  private let failsAt: Int?
  private let deadline = Date().addingTimeInterval(60)

  init(_ keys: [Key] = [], failsAt: Int? = nil) {
    self.keys = keys
    self.failsAt = failsAt
  }

  /// Frames in the order they were shown; a frame that is drawn again counts once.
  var frames: [Int] {
    var result: [Int] = []
    for entry in shown {
      let number = Int(entry.time.microseconds / 20_000)
      if result.last != number { result.append(number) }
    }
    return result
  }

  /// Keys that were not pressed.
  var remainingKeys: Int { keys.count }

  var isInteractive: Bool { true }
  var bytesPerFrame: Int { 1234 }

  var shownSize: PixelSize? { PixelSize(width: 60, height: 40) }

  func show(_ frame: borrowing VideoFrame, labels: borrowing PixelImage, scene: InstanceScene?, isAnnotated: Bool, style: OverlayStyle) throws(InputError) {
    if shown.count == failsAt { throw InputError("the terminal is gone") }
    shown.append(Shown(time: frame.presentationTime, isAnnotated: isAnnotated, view: style.view))
  }

  func update(_ figures: PlayerFigures, _ caption: PlayerCaption) { self.figures.append(figures) }

  func nextCommand(timeout milliseconds: Int) -> PlayerCommand? {
    if Date() > deadline {
      isOverdue = true
      return .quit
    }
    if let key = keys.first, key.isDue(self) {
      keys.removeFirst()
      return key.command
    }
    if milliseconds > 0 { usleep(UInt32(min(milliseconds, 2)) * 1000) }
    return nil
  }

  func notify(_ text: String) { notices.append(text) }
  func toggle(_ part: DisplayPart) { parts.append(part) }
  func holdDeadline() {}
  func close() { isClosed = true }
}
