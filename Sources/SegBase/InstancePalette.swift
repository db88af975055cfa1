import Foundation

/// Colours that tell objects apart: hues evenly spaced in OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020), at three levels of
/// lightness, in an order in which neighbours differ much.
public enum InstancePalette {
  /// How many colours there are before they begin to repeat, slightly changed.
  public static let count = hueCount * lightnesses.count

  /// The colours.
  public static let colours = (0..<count).map { Self.colour($0) }

  private static let hueCount = 8
  /// By how many of the hues a colour differs from the next.
  private static let hueStep = 3
  private static let lightnesses = [0.7, 0.55, 0.85]

  /// The colour of any index from 0: the first `count` are the palette, the next rounds lie between its hues.
  public static func colour(_ index: Int) -> Colour {
    precondition(index >= 0, "an index from 0")
    let (round, place) = index.quotientAndRemainder(dividingBy: count)
    let (tier, step) = place.quotientAndRemainder(dividingBy: hueCount)
    // Each tier is turned by half a step against the one before; each round by what the golden ratio leaves of one.
    let turn = Double(step * hueStep) + Double(tier) / 2 + (Double(round) * 0.618).truncatingRemainder(dividingBy: 1)
    return Colour(lightness: lightnesses[tier], chroma: 0.17, hue: turn / Double(hueCount))
  }
}

extension Colour {
  /// A colour of OKLCH: lightness 0...1, chroma from 0 and a hue in turns. Where sRGB has no such colour the chroma is reduced until it has.
  public init(lightness: Double, chroma: Double, hue: Double) {
    var chroma = chroma
    var channels = Self.linear(lightness: lightness, chroma: chroma, hue: hue)
    while chroma > 0.001, channels.contains(where: { $0 < 0 || $0 > 1 }) {
      chroma *= 0.98
      channels = Self.linear(lightness: lightness, chroma: chroma, hue: hue)
    }
    let encoded = channels.map { value -> UInt8 in
      let light = max(0, min(1, value))
      let gamma = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
      return UInt8((gamma * 255).rounded())
    }
    self.init(encoded[0], encoded[1], encoded[2])
  }

  /// Light of red, green and blue; outside 0...1 where sRGB lacks the colour.
  private static func linear(lightness: Double, chroma: Double, hue: Double) -> [Double] {
    let angle = hue * 2 * Double.pi
    let (a, b) = (chroma * cos(angle), chroma * sin(angle))
    let cube = { (value: Double) in value * value * value }
    let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    return [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
  }
}
