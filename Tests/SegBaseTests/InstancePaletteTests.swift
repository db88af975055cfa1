import Foundation
import SegBase
import Testing

struct InstancePaletteTests {
  /// A colour in OKLab: lightness, and two axes of hue.
  static func oklab(_ colour: Colour) -> [Double] {
    let linear = [colour.red, colour.green, colour.blue].map { byte -> Double in
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let cone = { (a: Double, b: Double, c: Double) in cbrt(a * linear[0] + b * linear[1] + c * linear[2]) }
    let l = cone(0.4122214708, 0.5363325363, 0.0514459929)
    let m = cone(0.2119034982, 0.6806995451, 0.1073969566)
    let s = cone(0.0883024619, 0.2817188376, 0.6299787005)
    return [
      0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    ]
  }

  static func distance(_ a: Colour, _ b: Colour) -> Double {
    zip(oklab(a), oklab(b)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  @Test("no two of the palette's colours are alike, and neighbours differ much")
  func distances() {
    let colours = InstancePalette.colours
    #expect(colours.count >= 24)
    for index in colours.indices {
      // A difference of 0.02 is about what the eye sees side by side.
      for other in 0..<index { #expect(Self.distance(colours[index], colours[other]) > 0.06, "\(index) and \(other)") }
      #expect(Self.distance(colours[index], colours[(index + 1) % colours.count]) > 0.15)
      #expect(Self.oklab(colours[index])[0] > 0.5)
    }
  }

  @Test("later rounds repeat no colour")
  func rounds() { #expect(Set((0..<200).map(InstancePalette.colour)).count == 200) }

  @Test("the lightness asked for comes out", arguments: [0.3, 0.5, 0.7, 0.95])
  func lightness(value: Double) {
    for hue in stride(from: 0, to: 1, by: 0.125) {
      #expect(abs(Self.oklab(Colour(lightness: value, chroma: 0.3, hue: hue))[0] - value) < 0.01)
    }
    #expect(Colour(lightness: 1, chroma: 0, hue: 0) == Colour(255, 255, 255))
  }
}
