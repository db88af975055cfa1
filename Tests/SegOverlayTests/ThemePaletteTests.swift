import SegBase
import Testing

@testable import SegOverlay

@Suite struct ThemePaletteTests {
  @Test func classesThatBrighteningMakesAlikeAreToldApart() {
    let dark = [Colour(0, 0, 142), Colour(0, 0, 70), Colour(0, 60, 100), Colour(0, 80, 100), Colour(128, 64, 128)]
    let drawn = Theme(name: "t").palette(of: dark)
    #expect(Set(drawn).count == dark.count)
    #expect(drawn[0] == Colour(0, 0, 170))
    for (index, colour) in drawn.enumerated() { #expect(!drawn[..<index].contains { $0.isAlike(colour) }) }
  }

  @Test func withoutBrighteningColoursStay() {
    var theme = Theme(name: "t")
    theme.brighten = false
    #expect(theme.palette(of: [Colour(1, 2, 3), Colour(1, 2, 3)]) == [Colour(1, 2, 3), Colour(1, 2, 3)])
  }
}
