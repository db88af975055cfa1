/// What the user or the system did.
public enum KeyEvent: Hashable, Sendable {
  /// A character key; letters arrive as typed, with shift applied.
  case character(Character)
  /// Ctrl with a letter, such as `control("l")`. Ctrl-I and Ctrl-M are `tab` and `enter`.
  case control(Character)
  /// An arrow key; `shifted` when Shift, Ctrl or Alt was held.
  case arrow(Direction, shifted: Bool)
  /// Page Up.
  case pageUp
  /// Page Down.
  case pageDown
  /// Home.
  case home
  /// End.
  case end
  /// Insert.
  case insert
  /// Delete (forward).
  case delete
  /// Backspace.
  case backspace
  /// Enter.
  case enter
  /// Tab.
  case tab
  /// Shift-Tab.
  case backTab
  /// Escape on its own.
  case escape
  /// F1 to F20.
  case function(Int)
  /// A mouse button or wheel at a cell, counted from 0; reported only where the mouse was switched on.
  case mouse(MouseButton, column: Int, row: Int)
  /// The window has another size.
  case resize
  /// The process was stopped and goes on: clocks stood still for the user.
  case resumed
  /// A signal asked the program to end; its number. It is forced to end about a second later unless `TerminalSignals.holdDeadline` is called.
  case quit(signal: Int32)

  /// Whether the screen has lost its picture, which must be presented again: after a resize, a continuation, and Ctrl-L.
  public var needsRepaint: Bool { self == .resize || self == .resumed || self == .control("l") }

  /// Where an arrow points.
  public enum Direction: Hashable, Sendable {
    /// The four arrows.
    case up, down, left, right
  }

  /// What the mouse did.
  public enum MouseButton: Hashable, Sendable {
    /// A button was pressed, or the wheel turned.
    case left, middle, right, wheelUp, wheelDown
  }
}
