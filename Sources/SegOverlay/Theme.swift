public import SegBase

/// The looks of the program: colours of the HUD and how masks are drawn. Written as `key = value` lines in files of the folder Themes.
public struct Theme: Hashable, Sendable {
  /// A name to choose it by.
  public var name: String
  /// Titles, keys, the played part of the progress bar.
  public var accent: Colour?
  /// Ordinary text; nil: the terminal's own.
  public var text: Colour?
  /// Text of less weight.
  public var dim: Colour?
  /// What the user should notice.
  public var warning: Colour?
  /// Behind the HUD lines; nil: the terminal's own.
  public var background: Colour?
  /// How much of the mask's colour is in the blend at the start, 0...1.
  public var opacity: Double
  /// Whether masks have borders in their full colour.
  public var contour: Bool
  /// Whether class colours that are too dark for a terminal are made lighter.
  public var brighten: Bool

  /// Makes a theme; colours that are nil are the terminal's own.
  public init(
    name: String, accent: Colour? = nil, text: Colour? = nil, dim: Colour? = nil, warning: Colour? = nil, background: Colour? = nil,
    opacity: Double = 0.5, contour: Bool = false, brighten: Bool = true
  ) {
    self.name = name
    self.accent = accent
    self.text = text
    self.dim = dim
    self.warning = warning
    self.background = background
    self.opacity = opacity
    self.contour = contour
    self.brighten = brighten
  }

  /// The classes' colours as this theme draws them. Two that brightening would make alike are told apart by paling the later one.
  public func palette(of colours: [Colour]) -> [Colour] {
    if !brighten { return colours }
    var palette: [Colour] = []
    for colour in colours {
      var drawn = colour.brightened()
      for _ in 0..<Self.palings where palette.contains(where: { $0.isAlike(drawn) }) { drawn = drawn.paled() }
      palette.append(drawn)
    }
    return palette
  }

  /// How often a colour is paled at most.
  private static let palings = 3

  /// The themes that are part of the program, the default first; those in the folder Themes are the same.
  public static let builtIn: [Theme] = [
    Theme(name: "default", accent: Colour(0x5F, 0xAF, 0xFF), dim: Colour(0x80, 0x80, 0x80), warning: Colour(0xFF, 0xAF, 0x5F)),
    Theme(
      name: "dark", accent: Colour(0x5F, 0xD7, 0xAF), text: Colour(0xD0, 0xD0, 0xD0), dim: Colour(0x76, 0x76, 0x76), warning: Colour(0xFF, 0xAF, 0x00),
      background: Colour(0x26, 0x26, 0x26)),
    Theme(
      name: "light", accent: Colour(0x00, 0x5F, 0xAF), text: Colour(0x30, 0x30, 0x30), dim: Colour(0x80, 0x80, 0x80), warning: Colour(0xAF, 0x5F, 0x00),
      background: Colour(0xE4, 0xE4, 0xE4), opacity: 0.6, brighten: false),
    Theme(
      name: "contrast", accent: Colour(0xFF, 0xFF, 0x00), text: Colour(0xFF, 0xFF, 0xFF), dim: Colour(0xD0, 0xD0, 0xD0), warning: Colour(0xFF, 0x5F, 0x5F),
      background: Colour(0x00, 0x00, 0x00), opacity: 0.7, contour: true),
  ]

  /// The theme of that name, nil when there is none.
  public static func named(_ name: String) -> Theme? { builtIn.first { $0.name == name } }
}
