internal import CNCursesW
internal import SegBase

/// ncurses colour pairs and attributes for text styles; a pair is made when a style first needs it.
struct HUDPalette {
  private let paletteSize: Int
  private let pairLimit: Int
  private var pairs: [Int: Int32] = [:]
  private var nextPair: Int32 = 2

  /// The pair of the cells that ncurses believes the video to be: one of its own, so that it never takes them for blanks it may move over.
  static let sentinelPair: Int32 = 1

  /// Call once after ncurses was started.
  init(colours: ColourDepth) {
    if colours > .none, has_colors() {
      start_color()
      use_default_colors()
      paletteSize = Int(min(colours == .ansi16 ? 16 : 256, seg_colour_count()))
      pairLimit = Int(min(32000, seg_pair_count()))
      init_extended_pair(HUDPalette.sentinelPair, 0, -1)
    } else {
      paletteSize = 0
      pairLimit = 0
    }
  }

  /// ncurses attributes and pair of a style.
  mutating func look(of style: TextStyle) -> (attributes: attr_t, pair: Int32) {
    var attributes: attr_t = 0
    if style.bold { attributes |= seg_bold() }
    if style.dim { attributes |= seg_dim() }
    if style.reversed { attributes |= seg_reverse() }
    return (attributes, pair(foreground: index(style.foreground), background: index(style.background)))
  }

  private mutating func pair(foreground: Int, background: Int) -> Int32 {
    if paletteSize < 8 || (foreground < 0 && background < 0) { return 0 }
    let key = (foreground + 1) << 16 | (background + 1)
    if let known = pairs[key] { return known }
    if Int(nextPair) >= pairLimit { return 0 }
    let made = nextPair
    nextPair += 1
    init_extended_pair(made, Int32(foreground), Int32(background))
    pairs[key] = made
    return made
  }

  /// The index of the nearest palette colour, -1 for the terminal's own.
  private func index(_ colour: Colour?) -> Int {
    guard let colour, paletteSize >= 8 else { return -1 }
    if paletteSize >= 256 { return HUDPalette.nearest256(colour) }
    return HUDPalette.nearest16(colour, count: min(16, paletteSize))
  }

  /// The nearest of xterm's colours 16...255, which terminals do not redefine.
  static func nearest256(_ colour: Colour) -> Int {
    let levels = [0, 95, 135, 175, 215, 255]
    let components = [Int(colour.red), Int(colour.green), Int(colour.blue)]
    let cube = components.map { value in levels.indices.min { abs(levels[$0] - value) < abs(levels[$1] - value) } ?? 0 }
    let grey = max(0, min(23, (components.reduce(0, +) / 3 - 3) / 10))
    let distance = { (candidate: [Int]) in zip(candidate, components).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
    let cubeIndex = 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    return distance(cube.map { levels[$0] }) <= distance(Array(repeating: 8 + 10 * grey, count: 3)) ? cubeIndex : 232 + grey
  }

  /// The nearest of the first `count` ANSI colours as xterm has them.
  static func nearest16(_ colour: Colour, count: Int) -> Int {
    let palette: [(Int, Int, Int)] = [
      (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
      (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
    ]
    let distance = { (entry: (Int, Int, Int)) in
      let (red, green, blue) = (entry.0 - Int(colour.red), entry.1 - Int(colour.green), entry.2 - Int(colour.blue))
      return red * red + green * green + blue * blue
    }
    return (0..<count).min { distance(palette[$0]) < distance(palette[$1]) } ?? 7
  }
}
