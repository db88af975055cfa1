import Testing

@testable import SegRuntime

@Suite struct WinogradTilingTests {
  @Test("neighbouring tiles cover every row and column once")
  func dense() {
    let tiling = WinogradTiling(height: 9, width: 8, dilation: (1, 1))
    #expect(tiling.tops == [0, 4, 8] && tiling.lefts == [0, 4] && tiling.count == 6)
    #expect(WinogradTiling(height: 1, width: 3, dilation: (1, 1)).count == 1)
  }

  @Test("tiles of interleaved maps cover every place once", arguments: [1, 2, 3, 7, 16], [1, 2, 5, 16, 33])
  func interleaved(dilation: Int, length: Int) {
    let tiling = WinogradTiling(height: length, width: 1, dilation: (dilation, 1))
    let covered = tiling.tops.flatMap { top in (0..<WinogradTiling.side).map { top + $0 * dilation }.filter { $0 < length } }
    #expect(covered.sorted() == Array(0..<length))
  }
}
