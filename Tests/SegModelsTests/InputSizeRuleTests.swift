import SegBase
import SegModels
import SegTestSupport
import Testing

private func size(_ width: Int, _ height: Int) -> PixelSize { PixelSize(width: width, height: height) }

struct InputSizeRuleTests {
  private let camvid = InputSizeRule(native: size(480, 360), divisor: 1)
  private let cityscapes = InputSizeRule(native: size(1024, 512), divisor: 8)

  @Test func framesUpToTheNativeSizeKeepTheirs() {
    for frame in [size(480, 360), size(320, 240), size(479, 359), size(640, 270)] { #expect(camvid.size(for: frame) == frame) }
    #expect(cityscapes.size(for: size(640, 360)) == size(640, 360))
    #expect(cityscapes.size(for: size(1024, 512)) == size(1024, 512))
  }

  @Test func theDivisorIsKept() {
    #expect(cityscapes.size(for: size(637, 357)) == size(640, 360))
    #expect(cityscapes.size(for: size(1, 1)) == size(32, 32))
  }

  @Test func largerFramesKeepTheirProportions() {
    #expect(camvid.size(for: size(1280, 720)) == size(552, 312))
    #expect(camvid.size(for: size(720, 1280)) == size(312, 552))
    #expect(cityscapes.size(for: size(2048, 1024)) == size(1024, 512))
    #expect(cityscapes.size(for: size(1920, 1080)) == size(968, 544))
  }

  @Test func theRemainderIsKept() {
    let rule = InputSizeRule(native: size(2049, 1025), divisor: 32, remainder: 1)
    #expect(rule.size(for: size(2048, 1024)) == size(2049, 1025))
    #expect(rule.size(for: size(640, 360)) == size(641, 353))
    #expect(rule.size(for: size(3840, 2160)) == size(1921, 1089))
    #expect(rule.size(for: size(1, 1)) == size(33, 33))
    #expect(InputSizeRule(native: size(2049, 1025), divisor: 32, remainder: 1, requested: size(1024, 512)).size(for: size(9, 9)) == size(1025, 513))
  }

  @Test func anySizeGivesOneTheNetworkTakes() {
    for seed in 0..<2000 {
      var random = RandomNumbers(seed: UInt64(seed))
      let divisor = [1, 4, 8, 32].randomElement(using: &random) ?? 1
      let rule = InputSizeRule(native: size(1024, 512), divisor: divisor)
      let frame = size(Int.random(in: 0...8192, using: &random), Int.random(in: 0...8192, using: &random))
      let input = rule.size(for: frame)
      #expect(input.width.isMultiple(of: divisor) && input.height.isMultiple(of: divisor), "seed \(seed)")
      #expect(input.width >= 32 && input.height >= 32, "seed \(seed)")
      if min(frame.width, frame.height) * 8 > max(frame.width, frame.height) { #expect(input.pixelCount <= 1024 * 512 * 5 / 4, "seed \(seed)") }
    }
  }

  @Test func theUsersSizeWins() {
    let rule = InputSizeRule(native: size(480, 360), divisor: 8, requested: size(500, 300))
    for frame in [size(100, 100), size(4000, 3000)] { #expect(rule.size(for: frame) == size(504, 304)) }
  }
}
