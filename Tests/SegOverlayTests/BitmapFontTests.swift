import SegBase
import Testing

@testable import SegOverlay

struct BitmapFontTests {
  static let ascii = (32..<127).compactMap { UnicodeScalar($0).map(Character.init) }

  @Test("every printable character has a drawing of its own")
  func distinct() {
    let drawings = Self.ascii.map(BitmapFont.rows)
    #expect(Set(drawings).count == 95)
    #expect(drawings.allSatisfy { $0.count == BitmapFont.height && $0.allSatisfy { $0 < 32 } })
    #expect(drawings.dropFirst().allSatisfy { $0.contains { $0 != 0 } })
    #expect(BitmapFont.rows(of: "T") == [31, 4, 4, 4, 4, 4, 4, 0])
  }

  @Test("what the font lacks is a question mark, what cannot be seen a space")
  func others() {
    #expect(BitmapFont.rows(of: "é") == BitmapFont.rows(of: "?"))
    #expect(BitmapFont.rows(of: "\n") == BitmapFont.rows(of: " "))
  }

  @Test("letters are written at their places and cut at the edges")
  func writing() {
    var frame = PixelImage(size: PixelSize(width: 30, height: 20), format: .rgba32)
    BitmapFont.write("T", on: &frame, x: 2, y: 3, scale: 2, colour: Colour(9, 8, 7))
    let bytes = frame.withBytes { Array($0) }
    for y in 0..<20 {
      for x in 0..<30 {
        let (column, row) = ((x - 2) / 2, (y - 3) / 2)
        let isInside = x >= 2 && y >= 3 && column < 5 && row < 8
        let isSet = isInside && BitmapFont.rows(of: "T")[row] >> (4 - column) & 1 == 1
        #expect(Array(bytes[(y * 30 + x) * 4..<(y * 30 + x) * 4 + 4]) == (isSet ? [9, 8, 7, 0] : [0, 0, 0, 0]), "\(x) \(y)")
      }
    }
    for (x, y) in [(-100, 0), (-3, -3), (28, 18), (400, 400)] { BitmapFont.write("Wide text", on: &frame, x: x, y: y, scale: 3, colour: Colour(1, 1, 1)) }
  }
}
