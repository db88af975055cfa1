import SegBase
import Testing

@testable import SegTerminal

@Suite struct PixelModeTests {
  @Test("cells and pixels agree", arguments: PixelMode.allCases) func cellsOfPixels(mode: PixelMode) {
    let cells = CellSize(columns: 7, rows: 3)
    #expect(mode.cells(for: mode.pixels(for: cells)) == cells)
    let pixels = mode.pixels(for: cells)
    if pixels.height / cells.rows > 1 { #expect(mode.cells(for: PixelSize(width: pixels.width, height: pixels.height + 1)).rows == 4) }
  }

  @Test func halfBlocksAreSquareInCellsTwiceAsHighAsWide() {
    #expect(PixelMode.halfBlock.pixelAspect() == 1)
    #expect(PixelMode.quadrant.pixelAspect() == 0.5)
    #expect(PixelMode.sextant.pixelAspect() == 0.75)
    #expect(PixelMode.braille.pixelAspect() == 1)
    #expect(PixelMode.ascii.pixelAspect() == 0.5)
  }

  @Test func everyModeFillsTheSamePartOfTheScreen() {
    let area = CellSize(columns: 200, rows: 60)
    for mode in PixelMode.allCases where mode.isOffered {
      let size = PixelSize(width: 640, height: 360).fitting(in: mode.pixels(for: area), pixelAspect: mode.pixelAspect())
      let cells = mode.cells(for: size)
      #expect(cells.columns == 200 && (56...57).contains(cells.rows), "\(mode): \(size)")
    }
  }
}
