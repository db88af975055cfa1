import Foundation
import SegBase
import SegTestSupport
import SegVideo
import Testing

@Suite struct ImageFileTests {
  private func random(_ size: PixelSize, _ format: PixelFormat, seed: UInt64) -> PixelImage {
    var numbers = RandomNumbers(seed: seed)
    var image = PixelImage(size: size, format: format)
    image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &numbers) } }
    return image
  }

  private func bytes(_ image: borrowing PixelImage) -> [UInt8] { image.withBytes { Array($0) } }

  @Test(arguments: [1, 7, 16, 33, 130]) func colourRoundTripIsExact(width: Int) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let image = random(PixelSize(width: width, height: 5), .rgb24, seed: UInt64(width))
    try ImageWriter.write(image, to: folder + "/a.png")
    let back = try ImageFile.readRGB(folder + "/a.png")
    #expect(back.size == PixelSize(width: width, height: 5))
    #expect(bytes(back) == bytes(image))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.png"])
  }

  @Test(arguments: [nil, [Colour(1, 2, 3)], (0..<256).map { Colour(UInt8($0), UInt8(255 - $0), 7) }] as [[Colour]?])
  func indexesAreReadAsStored(palette: [Colour]?) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let image = random(PixelSize(width: 31, height: 9), .gray8, seed: 4)
    try ImageWriter.write(image, palette: palette, to: folder + "/a.png")
    #expect(bytes(try ImageFile.readIndexed(folder + "/a.png")) == bytes(image))
  }

  @Test func paletteColoursAreShown() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var image = PixelImage(size: PixelSize(width: 2, height: 1), format: .gray8)
    image.withMutableBytes { $0[1] = 1 }
    try ImageWriter.write(image, palette: [Colour(10, 20, 30), Colour(200, 100, 50)], to: folder + "/a.png")
    #expect(bytes(try ImageFile.readRGB(folder + "/a.png")) == [10, 20, 30, 200, 100, 50])
  }

  /// A 3x1 PNG of `depth` bits and the colour type 0 (grey) or 3 (palette), with the values 0, 1 and 2^depth - 1.
  private func png(depth: Int, type: UInt8) -> Data {
    var bits = 0
    for value in [0, 1, (1 << depth) - 1] { bits = bits << depth | value }
    let padded = bits << ((8 - 3 * depth % 8) % 8)
    let rowBytes = (3 * depth + 7) / 8
    let row = [0] + (0..<rowBytes).map { UInt8(padded >> ((rowBytes - 1 - $0) * 8) & 255) }
    // One stored (uncompressed) deflate block in a zlib wrapper.
    var (a, b) = (1, 0)
    for byte in row {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    let length = UInt8(row.count)
    let deflated = Data([0x78, 0x01, 1, length, 0, ~length, 0xFF] + row + [UInt8(b >> 8), UInt8(b & 255), UInt8(a >> 8), UInt8(a & 255)])
    var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func chunk(_ name: String, _ body: Data) {
      let content = Data(name.utf8) + body
      var crc: UInt32 = 0xFFFF_FFFF
      for byte in content {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      }
      crc = ~crc
      file += Data([0, 0, 0, UInt8(body.count)]) + content + Data((0..<4).map { UInt8(crc >> (24 - $0 * 8) & 255) })
    }
    chunk("IHDR", Data([0, 0, 0, 3, 0, 0, 0, 1, UInt8(depth), type, 0, 0, 0]))
    if type == 3 { chunk("PLTE", Data((0..<(3 << depth)).map { UInt8(200 - $0) })) }
    chunk("IDAT", deflated)
    chunk("IEND", Data())
    return file
  }

  @Test(arguments: [1, 2, 4], [0, 3] as [UInt8]) func indexesOfFewBitsAreNotScaled(depth: Int, type: UInt8) throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try png(depth: depth, type: type).write(to: URL(fileURLWithPath: folder + "/a.png"))
    #expect(bytes(try ImageFile.readIndexed(folder + "/a.png")) == [0, 1, UInt8((1 << depth) - 1)])
  }

  @Test func otherPicturesAreNoIndexes() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try ImageWriter.write(random(PixelSize(width: 4, height: 4), .rgb24, seed: 1), to: folder + "/rgb.png")
    try ImageWriter.write(gray16: (0..<16).map { UInt16($0 * 4000) }, size: PixelSize(width: 4, height: 4), to: folder + "/deep.png")
    for name in ["rgb.png", "deep.png", "missing.png"] { #expect(throws: InputError.self) { try ImageFile.readIndexed(folder + "/" + name).size } }
  }

  @Test func damagedPicturesAreRefusedOrRead() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try ImageWriter.write(random(PixelSize(width: 40, height: 30), .rgb24, seed: 1), to: folder + "/a.png")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.png"))
    for seed in UInt64(0)..<60 {
      var numbers = RandomNumbers(seed: seed)
      var damaged = seed % 2 == 0 ? data : data.prefix(Int.random(in: 0..<data.count, using: &numbers))
      // The first bytes hold the size, which decides how much is allocated.
      for _ in 0..<3 where !damaged.isEmpty {
        damaged[Int.random(in: 0..<min(80, damaged.count), using: &numbers)] ^= UInt8.random(in: 1...255, using: &numbers)
      }
      try damaged.write(to: URL(fileURLWithPath: folder + "/b.png"))
      do {
        let size = try ImageFile.readRGB(folder + "/b.png").size
        #expect(size.pixelCount <= 1 << 26, "seed \(seed)")
      } catch { #expect(!error.problem.isEmpty, "seed \(seed)") }
    }
  }

  @Test(.enabled(if: SharedData.exists("data/camvid/testannot/0001TP_008550.png"), "needs ../shared/data/camvid"))
  func camvidLabelsAreClassIndexes() throws {
    let image = try ImageFile.readIndexed(SharedData.path("data/camvid/testannot/0001TP_008550.png"))
    #expect(image.size == PixelSize(width: 480, height: 360))
    #expect(bytes(image).allSatisfy { $0 <= 11 })
  }
}
