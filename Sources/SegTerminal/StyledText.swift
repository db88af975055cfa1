public import SegBase

/// How text of the HUD looks. Colours are shown as near as the terminal can.
public struct TextStyle: Hashable, Sendable {
  /// The text's colour; nil: the terminal's own.
  public var foreground: Colour?
  /// The colour behind it; nil: the terminal's own.
  public var background: Colour?
  /// Bold.
  public var bold: Bool
  /// Less prominent.
  public var dim: Bool
  /// Foreground and background exchanged.
  public var reversed: Bool

  /// Makes a style; by default the terminal's own colours, plain.
  public init(foreground: Colour? = nil, background: Colour? = nil, bold: Bool = false, dim: Bool = false, reversed: Bool = false) {
    self.foreground = foreground
    self.background = background
    self.bold = bold
    self.dim = dim
    self.reversed = reversed
  }

  /// The terminal's own colours, plain.
  public static let plain = TextStyle()
}

/// A piece of text in one style. Control characters in it are shown as `?`, never sent.
public struct StyledSpan: Hashable, Sendable {
  /// The text; any string is allowed.
  public var text: String
  /// Its style.
  public var style: TextStyle

  /// Makes a span.
  public init(_ text: String, _ style: TextStyle = .plain) {
    self.text = text
    self.style = style
  }
}

/// A bar that fills what is free in the middle of a line, such as a video's progress.
public struct ProgressBar: Hashable, Sendable {
  /// How much is filled, 0...1.
  public var fraction: Double
  /// The filled part.
  public var filled: TextStyle
  /// The rest.
  public var rest: TextStyle

  /// Makes a bar; `fraction` is clamped to 0...1.
  public init(fraction: Double, filled: TextStyle = .plain, rest: TextStyle = TextStyle(dim: true)) {
    self.fraction = fraction.isNaN ? 0 : max(0, min(1, fraction))
    self.filled = filled
    self.rest = rest
  }
}

/// One line of the HUD or of a panel: text at the left, text at the right, and optionally a bar between.
///
/// Where there is too little room the bar goes first, then right spans from their left end, then the left text ends in "…".
public struct StyledLine: Hashable, Sendable {
  /// Spans from the left edge.
  public var left: [StyledSpan]
  /// Spans that end at the right edge.
  public var right: [StyledSpan]
  /// A bar in the free space between; nil: blanks.
  public var bar: ProgressBar?
  /// The style of the blanks.
  public var fill: TextStyle

  /// Makes a line.
  public init(left: [StyledSpan] = [], right: [StyledSpan] = [], bar: ProgressBar? = nil, fill: TextStyle = .plain) {
    self.left = left
    self.right = right
    self.bar = bar
    self.fill = fill
  }

  /// Makes a line of plain text.
  public init(_ text: String) { self.init(left: [StyledSpan(text)]) }
}

/// A window over the video with a border, a title and lines of text: help, a list, a notice.
public struct Panel: Hashable, Sendable {
  /// Text in the upper border.
  public var title: String
  /// The lines inside; the panel is as wide as the widest. Lines that do not fit are cut, `scroll` says where they start.
  public var lines: [StyledLine]
  /// The first line that is shown when not all fit.
  public var scroll: Int
  /// The border and the title.
  public var border: TextStyle

  /// Where panels are; one panel a place, the centre in front.
  public enum Place: Int, CaseIterable, Sendable {
    /// In the upper right corner of the video: a legend.
    case upperRight
    /// In the lower left corner of the video: a notice.
    case lowerLeft
    /// In the middle of the video: help, a list.
    case centre
  }

  /// Makes a panel.
  public init(title: String, lines: [StyledLine], scroll: Int = 0, border: TextStyle = .plain) {
    self.title = title
    self.lines = lines
    self.scroll = scroll
    self.border = border
  }
}
