import SegBase
import Testing

@Suite struct PixelImageTests {
  @Test func startsBlackAndIsAligned() {
    let image = PixelImage(size: PixelSize(width: 7, height: 3), format: .rgb24)
    #expect(image.bytesPerRow == 21 && image.byteCount == 63)
    image.withBytes { bytes in
      #expect(bytes.allSatisfy { $0 == 0 })
      #expect(UInt(bitPattern: bytes.baseAddress) % 64 == 0)
    }
  }

  @Test func reshapeKeepsTheMemoryWhereItFits() {
    var image = PixelImage(size: PixelSize(width: 100, height: 10), format: .rgba32)
    let before = image.withBytes { UInt(bitPattern: $0.baseAddress) }
    image.reshape(to: PixelSize(width: 33, height: 9), format: .rgb24)
    #expect(image.withBytes { UInt(bitPattern: $0.baseAddress) } == before)
    image.reshape(to: PixelSize(width: 1000, height: 100), format: .rgba32)
    #expect(image.byteCount == 400_000)
    image.withMutableBytes { $0[399_999] = 1 }
  }

  @Test func copyHasBytesOfItsOwn() {
    var image = PixelImage(size: PixelSize(width: 2, height: 1), format: .gray8)
    image.withMutableBytes { $0[0] = 9 }
    let copy = image.copy()
    image.withMutableBytes { $0[0] = 1 }
    #expect(copy.withBytes { $0[0] } == 9)
  }

  @Test func colourIsReadFromHexadecimalDigits() {
    #expect(Colour(hexadecimal: "#10a0Ff") == Colour(16, 160, 255))
    #expect(Colour(hexadecimal: "12345") == nil)
    #expect(Colour(hexadecimal: "#gg0000") == nil)
    #expect(Colour(1, 2, 3).word == 0xFF03_0201)
  }
}
