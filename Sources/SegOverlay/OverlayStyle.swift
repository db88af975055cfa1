public import SegBase

/// What of a network's result is drawn on the picture.
public enum OverlayView: String, CaseIterable, Sendable {
  /// Picture and masks blended.
  case mask
  /// Only the borders between classes.
  case contour
  /// The classes' colours without the picture.
  case maskOnly = "mask-only"
  /// The picture alone.
  case off

  /// The view after this one, in the order above and around.
  public var next: OverlayView {
    let all = OverlayView.allCases
    return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
  }
}

/// How labels are drawn.
public struct OverlayStyle: Hashable, Sendable {
  /// What is drawn.
  public var view: OverlayView
  /// How much of the mask's colour is in the blend, 0...1. Other values are clamped.
  public var opacity: Double
  /// A colour a class, by class index. Classes beyond it are not drawn.
  public var palette: [Colour]
  /// Classes that are not drawn; in `maskOnly` they are black.
  public var hiddenClasses: Set<Int>
  /// Whether masks have a border in their full colour too.
  public var contour: Bool

  /// Makes a style.
  public init(view: OverlayView = .mask, opacity: Double = 0.5, palette: [Colour], hiddenClasses: Set<Int> = [], contour: Bool = false) {
    self.view = view
    self.opacity = opacity
    self.palette = palette
    self.hiddenClasses = hiddenClasses
    self.contour = contour
  }
}

extension Colour {
  /// The colour made lighter until its brightest channel is at least `floor`, its hue kept: palettes made for print are too dark for a terminal.
  public func brightened(to floor: UInt8 = 170) -> Colour {
    let brightest = max(red, green, blue)
    if brightest >= floor || brightest == 0 { return self }
    let scale = { (value: UInt8) in UInt8((Int(value) * Int(floor) + Int(brightest) / 2) / Int(brightest)) }
    return Colour(scale(red), scale(green), scale(blue))
  }

  /// The colour mixed with a quarter of white.
  func paled() -> Colour {
    let mix = { (value: UInt8) in UInt8((3 * Int(value) + 255) / 4) }
    return Colour(mix(red), mix(green), mix(blue))
  }

  /// Whether no channel differs by more than 24, which is hard to tell apart on a screen.
  func isAlike(_ other: Colour) -> Bool {
    let difference = { (left: UInt8, right: UInt8) in abs(Int(left) - Int(right)) }
    return max(difference(red, other.red), difference(green, other.green), difference(blue, other.blue)) <= 24
  }
}
