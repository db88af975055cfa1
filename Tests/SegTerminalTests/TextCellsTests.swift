import Testing

@testable import SegTerminal

@Suite struct TextCellsTests {
  static func text(_ cells: [TextCell]) -> String { cells.map(\.text).joined() }

  init() throws { try #require(TestLocale.isUTF8) }

  @Test("a line is exactly as wide as asked", arguments: 0...60) func fillsTheWidth(columns: Int) {
    let line = StyledLine(
      left: [StyledSpan(" ▶ 街角 street.mp4 "), StyledSpan("ENet\t512x1024")], right: [StyledSpan("30 fps "), StyledSpan("12 ms ")],
      bar: ProgressBar(fraction: 0.3))
    #expect(TextCells.width(of: TextCells.layOut(line, columns: columns)) == columns)
    #expect(TextCells.width(of: TextCells.layOut(StyledLine(left: [StyledSpan("漢字漢字漢字")]), columns: columns)) == columns)
  }

  @Test func textThatDoesNotFitEndsInAnEllipsis() {
    #expect(TextCellsTests.text(TextCells.layOut(StyledLine("0123456789"), columns: 6)) == "01234…")
    #expect(TextCellsTests.text(TextCells.layOut(StyledLine("漢字漢字"), columns: 6)) == "漢字… ")
    #expect(TextCellsTests.text(TextCells.layOut(StyledLine("ab"), columns: 2)) == "ab")
  }

  @Test func rightTextGoesPieceByPieceFromItsLeftEnd() {
    let line = StyledLine(left: [StyledSpan("title")], right: [StyledSpan("one "), StyledSpan("two")])
    #expect(TextCellsTests.text(TextCells.layOut(line, columns: 14)) == "title  one two")
    #expect(TextCellsTests.text(TextCells.layOut(line, columns: 11)) == "title   two")
    #expect(TextCellsTests.text(TextCells.layOut(line, columns: 8)) == "title   ")
  }

  @Test func aLongTitleLeavesTheRightTextStanding() {
    let line = StyledLine(left: [StyledSpan(String(repeating: "a", count: 50))], right: [StyledSpan("1:30")])
    #expect(TextCellsTests.text(TextCells.layOut(line, columns: 20)) == "aaaaaaaaaaaaaa… 1:30")
  }

  @Test func controlCharactersAreNeverSent() {
    let cells = TextCells.cells(of: StyledSpan("a\u{1B}[2Jb\nc\u{9B}d\u{202E}e\r\n"))
    #expect(TextCellsTests.text(cells) == "a?[2Jb?c?d?e?")
    #expect(cells.allSatisfy { $0.width == 1 })
  }

  @Test func combiningMarksStayWithTheirLetterAndAreLimited() {
    let cells = TextCells.cells(of: StyledSpan("e\u{301}" + "a" + String(repeating: "\u{301}", count: 50)))
    #expect(cells.count == 2 && cells[0].text.unicodeScalars.count == 2 && cells[1].text.unicodeScalars.count == 5)
    #expect(TextCells.cells(of: StyledSpan("\u{301}")).isEmpty)
  }

  @Test func theBarIsFilledByItsFraction() {
    for (fraction, filled) in [(0.0, 0), (0.5, 5), (1.0, 10), (7.0, 10), (Double.nan, 0)] {
      let bar = ProgressBar(fraction: fraction, filled: TextStyle(bold: true), rest: TextStyle(dim: true))
      let cells = TextCells.layOut(StyledLine(left: [], bar: bar), columns: 12)
      #expect(cells.filter { $0.style.bold }.count == filled, "\(fraction)")
    }
  }
}
