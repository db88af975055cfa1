import SegBase
import SegTestSupport
import Testing

@testable import SegTerminal

@Suite struct HUDPaletteTests {
  @Test func the256ColoursAreFoundExactly() {
    for index in 16...255 {
      let colour = CellEncoderTests.xterm(index).map { UInt8($0) }
      let found = HUDPalette.nearest256(Colour(colour[0], colour[1], colour[2]))
      #expect(CellEncoderTests.xterm(found) == colour.map { Int($0) }, "\(index)")
    }
  }

  @Test func othersGoToANeighbour() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    for _ in 0..<300 {
      let colour = Colour(.random(in: 0...255, using: &random), .random(in: 0...255, using: &random), .random(in: 0...255, using: &random))
      let wanted = [Int(colour.red), Int(colour.green), Int(colour.blue)]
      let distance = { (index: Int) in zip(CellEncoderTests.xterm(index), wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      let least = (16...255).map(distance).min() ?? 0
      #expect(distance(HUDPalette.nearest256(colour)) <= least + 40, "seed \(seed): \(colour)")
      #expect(distance(HUDPalette.nearest16(colour, count: 16)) == (0..<16).map(distance).min())
      #expect(HUDPalette.nearest16(colour, count: 8) < 8)
    }
  }
}
