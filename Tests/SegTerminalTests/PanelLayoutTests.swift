import Testing

@testable import SegTerminal

@Suite struct PanelLayoutTests {
  init() throws { try #require(TestLocale.isUTF8) }

  static let panel = Panel(
    title: "Keys", lines: [StyledLine(left: [StyledSpan("q")], right: [StyledSpan("quit")]), StyledLine("m mask"), StyledLine("? help")])

  static func text(_ panel: Panel, _ columns: Int, _ rows: Int, unicode: Bool = true) -> [String] {
    PanelLayout.cells(of: panel, size: CellSize(columns: columns, rows: rows), unicode: unicode).map { $0.map(\.text).joined() }
  }

  @Test func rowsGoToTheVideoFirstWhereTheTerminalIsSmall() {
    #expect(PanelLayout.rows(24, header: 1, footer: 2) == (1, 21, 2))
    #expect(PanelLayout.rows(3, header: 1, footer: 1) == (0, 2, 1))
    #expect(PanelLayout.rows(2, header: 1, footer: 1) == (0, 1, 1))
    #expect(PanelLayout.rows(1, header: 1, footer: 1) == (0, 1, 0))
    #expect(PanelLayout.rows(0, header: 1, footer: 1) == (0, 0, 0))
  }

  @Test func aPanelIsAsLargeAsItsTextAndStaysInTheArea() {
    let area = CellRectangle(left: 0, top: 1, size: CellSize(columns: 40, rows: 20))
    let centre = PanelLayout.rectangle(of: PanelLayoutTests.panel, at: .centre, in: area)
    #expect(centre == CellRectangle(left: 14, top: 8, size: CellSize(columns: 11, rows: 5)))
    let corner = PanelLayout.rectangle(of: PanelLayoutTests.panel, at: .upperRight, in: area)
    #expect(corner == CellRectangle(left: 29, top: 1, size: CellSize(columns: 11, rows: 5)))
    let notice = PanelLayout.rectangle(of: PanelLayoutTests.panel, at: .lowerLeft, in: area)
    #expect(notice == CellRectangle(left: 0, top: 16, size: CellSize(columns: 11, rows: 5)))
    for columns in 0...12 {
      for rows in 0...6 {
        let small = CellRectangle(left: 0, top: 0, size: CellSize(columns: columns, rows: rows))
        guard let rectangle = PanelLayout.rectangle(of: PanelLayoutTests.panel, at: .centre, in: small) else { continue }
        #expect(rectangle.intersection(small) == rectangle)
        let cells = PanelLayout.cells(of: PanelLayoutTests.panel, size: rectangle.size, unicode: true)
        #expect(cells.count == rectangle.size.rows)
        #expect(cells.allSatisfy { TextCells.width(of: $0) == rectangle.size.columns }, "\(columns)x\(rows)")
      }
    }
  }

  @Test func drawsBorderTitleAndLines() {
    #expect(PanelLayoutTests.text(PanelLayoutTests.panel, 11, 5) == ["╭─ Keys ──╮", "│ q  quit │", "│ m mask  │", "│ ? help  │", "╰─────────╯"])
    #expect(PanelLayoutTests.text(PanelLayoutTests.panel, 11, 5, unicode: false)[0] == "+- Keys --+")
  }

  @Test func showsWhereMoreLinesAre() {
    var panel = Panel(title: "", lines: (0..<9).map { StyledLine("line \($0)") })
    #expect(PanelLayoutTests.text(panel, 10, 5) == ["╭────────╮", "│ line 0 │", "│ line 1 │", "│ line 2 │", "╰───────▼╯"])
    panel.scroll = 3
    #expect(PanelLayoutTests.text(panel, 10, 5) == ["╭───────▲╮", "│ line 3 │", "│ line 4 │", "│ line 5 │", "╰───────▼╯"])
    panel.scroll = 100
    #expect(PanelLayoutTests.text(panel, 10, 5)[3] == "│ line 8 │")
    panel.scroll = -4
    #expect(PanelLayoutTests.text(panel, 10, 5)[1] == "│ line 0 │")
  }
}
