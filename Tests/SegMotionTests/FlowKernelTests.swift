import CSegKernels
import SegBase
import SegTestSupport
import Testing

@testable import SegMotion

@Suite struct FlowKernelTests {
  static func read(_ data: UnsafePointer<Float>, _ level: SegFlowLevel) -> PlainPlane {
    PlainPlane(Int(level.width), Int(level.height)) { x, y in Double(data[y * Int(level.stride) + x]) }
  }

  static func difference(_ first: PlainPlane, _ second: PlainPlane) -> Double { zip(first.values, second.values).map { abs($0 - $1) }.max() ?? 0 }

  static let sizes = [(16, 16), (17, 33), (75, 41), (130, 96), (9, 50)]

  /// The one level of a textured picture, shifted by (dx, dy).
  static func level(_ size: PixelSize, seed: UInt64, dx: Double = 0, dy: Double = 0) -> FlowPyramid {
    let texture = FlowScene.texture(seed: seed)
    var pyramid = FlowPyramid(size: size, finest: 0, coarsest: 0)
    pyramid.build(from: FlowScene.picture(size) { texture($0 - dx, $1 - dy) })
    return pyramid
  }

  @Test("levels are means, their borders repeat the edge, and gradients are Sobel's", arguments: sizes)
  func pyramid(side: (Int, Int)) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: side.0, height: side.1)
    let picture = FlowScene.picture(size) { _, _ in Double.random(in: 0...255, using: &random) }
    let bytes = picture.bytes
    var plain = PlainPlane(size.width, size.height) { x, y in Double(bytes[y * size.width + x]) }
    for finest in [0, 1] {
      var pyramid = FlowPyramid(size: size, finest: finest, coarsest: 3)
      // Twice: what an earlier picture left behind must not matter.
      pyramid.build(from: FlowScene.picture(size) { _, _ in 200 })
      pyramid.build(from: picture)
      plain = PlainPlane(size.width, size.height) { x, y in Double(bytes[y * size.width + x]) }
      for (number, level) in pyramid.levels.enumerated() {
        if number > 0 { plain = plain.halved }
        if number < finest { continue }
        guard let values = level.values, let x = level.gradient_x, let y = level.gradient_y else { continue }
        #expect(FlowKernelTests.difference(FlowKernelTests.read(values, level), plain) < 1e-3, "seed \(seed) level \(number)")
        #expect(FlowKernelTests.difference(FlowKernelTests.read(x, level), plain.gradients.x) < 1e-3, "seed \(seed) level \(number)")
        #expect(FlowKernelTests.difference(FlowKernelTests.read(y, level), plain.gradients.y) < 1e-3, "seed \(seed) level \(number)")
        for row in -16..<(plain.height + 16) {
          for column in -16..<(plain.width + 16) {
            if abs(Double(values[row * Int(level.stride) + column]) - plain[column, row]) > 1e-3 { Issue.record("border \(column) \(row), seed \(seed)") }
          }
        }
      }
    }
  }

  @Test("the search of one level is the plain one", arguments: sizes, [(1, 0), (3, 0), (4, 0), (4, 2)])
  func search(side: (Int, Int), choice: (stride: Int, goodFit: Int)) {
    let (stride, goodFit) = choice
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: side.0, height: side.1)
    var settings = InverseSearchSettings(finestLevel: 0, patchStride: stride, descentSteps: 12, warps: 0, reweightings: 0, sweeps: 0)
    settings.goodFit = Float(goodFit)
    var (differing, count) = (0, 0)
    for _ in 0..<6 {
      let texture = random.next()
      let here = FlowKernelTests.level(size, seed: texture)
      let there = FlowKernelTests.level(size, seed: texture, dx: Double.random(in: -2...2, using: &random), dy: Double.random(in: -2...2, using: &random))
      let level = FlowLevelSearch(size: size, settings: settings)
      level.run(here: here.levels[0], there: there.levels[0], from: nil)
      let plain = PlainSearch(
        here: FlowKernelTests.read(here.levels[0].values, here.levels[0]), there: FlowKernelTests.read(there.levels[0].values, here.levels[0]),
        columns: FlowLevelSearch.places(along: size.width, stride: stride).map { Int($0) },
        rows: FlowLevelSearch.places(along: size.height, stride: stride).map { Int($0) }, steps: 6, goodFit: Double(goodFit)
      ).run()
      var gridded = here.levels[0]
      gridded.stride = level.flow.stride
      let (u, v) = (FlowKernelTests.read(level.flow.x, gridded), FlowKernelTests.read(level.flow.y, gridded))
      let errors = zip(zip(u.values, v.values), zip(plain.0.values, plain.1.values)).map { max(abs($0.0 - $1.0), abs($0.1 - $1.1)) }
      differing += errors.count { $0 > 0.01 }
      count += errors.count
    }
    // A comparison that rounding decides may send a patch another way, which in a small picture is a tenth of all pixels.
    #expect(Double(differing) <= 0.05 * Double(count), "seed \(seed)")
  }

  @Test("the refinement of one level is the plain one", arguments: sizes)
  func refinement(side: (Int, Int)) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: side.0, height: side.1)
    let here = FlowKernelTests.level(size, seed: seed)
    let there = FlowKernelTests.level(size, seed: seed, dx: Double.random(in: -2...2, using: &random), dy: Double.random(in: -2...2, using: &random))
    let level = here.levels[0]
    let settings = InverseSearchSettings(finestLevel: 0, patchStride: 4, descentSteps: 12, warps: 1, reweightings: 3, sweeps: 4)
    var unrefined = settings
    unrefined.warps = 0
    let (search, start) = (FlowLevelSearch(size: size, settings: settings), FlowLevelSearch(size: size, settings: unrefined))
    start.run(here: level, there: there.levels[0], from: nil)
    search.run(here: level, there: there.levels[0], from: nil)
    var gridded = level
    gridded.stride = start.flow.stride
    var plain = PlainRefinement(
      here: FlowKernelTests.read(level.values, level), there: FlowKernelTests.read(there.levels[0].values, level),
      u: FlowKernelTests.read(start.flow.x, gridded), v: FlowKernelTests.read(start.flow.y, gridded))
    plain.run(iterations: 3, sweeps: 4)
    #expect(FlowKernelTests.difference(FlowKernelTests.read(search.flow.x, gridded), plain.u) < 2e-3, "seed \(seed)")
    #expect(FlowKernelTests.difference(FlowKernelTests.read(search.flow.y, gridded), plain.v) < 2e-3, "seed \(seed)")
  }

  @Test("a level's flow is enlarged bilinearly, and its ends go on in a line", arguments: [1, 2, 4], [(1, 1), (1, 5), (7, 1), (13, 9)])
  func expansion(scale: Int, side: (Int, Int)) {
    var random = RandomNumbers(seed: UInt64(scale))
    for rest in 0..<scale {
      let (width, height) = (side.0 * scale + rest, side.1 * scale + rest)
      // A linear field stays linear.
      let (a, b, c, d) = (
        Float.random(in: -1...1, using: &random), Float.random(in: -1...1, using: &random), Float.random(in: -1...1, using: &random),
        Float.random(in: -1...1, using: &random)
      )
      var x = (0..<(side.0 * side.1)).map { a * Float($0 % side.0) + b * Float($0 / side.0) }
      var y = (0..<(side.0 * side.1)).map { c * Float($0 % side.0) + d * Float($0 / side.0) }
      var row = [Float](repeating: 0, count: 2 * side.0)
      var field = [Float](repeating: 0, count: 2 * width * height)
      x.withUnsafeMutableBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          var planes = SegFlowPlanes(x: x.baseAddress, y: y.baseAddress, width: Int32(side.0), height: Int32(side.1), stride: Int32(side.0))
          seg_flow_expand(&planes, Int32(scale), &row, &field, Int32(width), Int32(height))
        }
      }
      for index in 0..<(width * height) {
        let px = side.0 == 1 ? 0 : (Float(index % width) + 0.5) / Float(scale) - 0.5
        let py = side.1 == 1 ? 0 : (Float(index / width) + 0.5) / Float(scale) - 0.5
        #expect(abs(field[2 * index] - Float(scale) * (a * px + b * py)) < 1e-3)
        #expect(abs(field[2 * index + 1] - Float(scale) * (c * px + d * py)) < 1e-3)
      }
    }
  }
}
