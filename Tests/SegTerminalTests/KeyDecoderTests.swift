import SegTestSupport
import Testing

@testable import SegTerminal

@Suite struct KeyDecoderTests {
  static let sequences: [(String, [KeyEvent])] = [
    ("q", [.character("q")]), ("?", [.character("?")]), (" ", [.character(" ")]), ("é", [.character("é")]), ("漢", [.character("漢")]),
    ("🚗", [.character("🚗")]), ("\r", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{0C}", [.control("l")]), ("\u{03}", [.control("c")]),
    ("\u{1B}[A", [.arrow(.up, shifted: false)]), ("\u{1B}OB", [.arrow(.down, shifted: false)]), ("\u{1B}[1;2C", [.arrow(.right, shifted: true)]),
    ("\u{1B}[1;5D", [.arrow(.left, shifted: true)]), ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6~", [.pageDown]), ("\u{1B}[H", [.home]), ("\u{1B}OF", [.end]),
    ("\u{1B}[1~", [.home]), ("\u{1B}[8~", [.end]), ("\u{1B}[3~", [.delete]), ("\u{1B}[2~", [.insert]), ("\u{1B}[Z", [.backTab]),
    ("\u{1B}OP", [.function(1)]), ("\u{1B}[15~", [.function(5)]), ("\u{1B}[24~", [.function(12)]), ("\u{1B}[[C", [.function(3)]),
    ("\u{1B}[<0;12;7M", [.mouse(.left, column: 11, row: 6)]), ("\u{1B}[<64;1;1M", [.mouse(.wheelUp, column: 0, row: 0)]), ("\u{1B}[<0;12;7m", []),
    ("\u{1B}[M !!", [.mouse(.left, column: 0, row: 0)]), ("\u{1B}[32;1u", [.character(" ")]), ("\u{1B}[108;5u", [.control("l")]),
    ("\u{1B}m", [.character("m")]),
  ]

  @Test("keys of xterm, rxvt, the Linux console and kitty", arguments: sequences.indices) func decodes(index: Int) {
    let (text, keys) = KeyDecoderTests.sequences[index]
    #expect(KeyDecoderTests.keys([Array(text.utf8)]) == keys, "\(text.debugDescription)")
  }

  @Test("sequences may be split anywhere", arguments: sequences.indices) func decodesSplit(index: Int) {
    let (text, keys) = KeyDecoderTests.sequences[index]
    #expect(KeyDecoderTests.keys(text.utf8.map { [$0] }) == keys, "\(text.debugDescription)")
  }

  @Test(
    "replies of terminals are no keys",
    arguments: [
      "\u{1B}[?62;22c", "\u{1B}[>41;380;0c", "\u{1B}[24;80R", "\u{1B}[?2026;2$y", "\u{1B}]11;rgb:0000/0000/0000\u{1B}\\", "\u{1B}]10;rgb:ff/ff/ff\u{07}",
      "\u{1B}P>|XTerm(380)\u{1B}\\", "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}[4;960;1600t", "\u{1B}[0n", "\u{1B}[200~", "\u{1B}[201~", "\u{1B}[I", "\u{1B}[O",
    ])
  func dropsReplies(reply: String) {
    #expect(KeyDecoderTests.keys([Array((reply + "q").utf8)]) == [.character("q")])
    #expect(KeyDecoderTests.keys((reply + "q").utf8.map { [$0] }) == [.character("q")])
  }

  @Test func aLoneEscapeIsAKeyOnceNothingFollows() {
    var decoder = KeyDecoder()
    decoder.feed([0x1B])
    #expect(decoder.next() == nil && decoder.isWaiting)
    decoder.flush()
    #expect(decoder.next() == .escape && decoder.next() == nil && !decoder.isWaiting)
    decoder.feed([0x1B, 0x1B])
    decoder.flush()
    #expect(decoder.next() == .escape && decoder.next() == .escape)
  }

  @Test func aSlowReplyIsNotTakenApart() {
    var decoder = KeyDecoder()
    decoder.feed(Array("\u{1B}]11;rgb:00".utf8))
    decoder.flush()
    #expect(decoder.isWaiting)
    decoder.feed(Array("00/00/00\u{1B}\\n".utf8))
    #expect(decoder.next() == .character("n") && decoder.next() == nil)
    decoder.feed(Array("\u{1B}]11;rgb".utf8))
    decoder.flush(everything: true)
    #expect(!decoder.isWaiting && decoder.next() == nil)
  }

  @Test func randomBytesNeverTrapAndAlwaysEnd() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let likely = Array("\u{1B}[]OP_<;:0159~AMRu\\\u{07}\u{9B}é".utf8)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ -> UInt8 in
        Bool.random(using: &random) ? likely[Int.random(in: 0..<likely.count, using: &random)] : UInt8.random(in: 0...255, using: &random)
      }
      var decoder = KeyDecoder()
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...rest.count, using: &random)
        decoder.feed(rest.prefix(count))
        rest = rest.dropFirst(count)
        if Bool.random(using: &random) { decoder.flush() }
      }
      decoder.flush(everything: true)
      #expect(!decoder.isWaiting, "seed \(seed): \(bytes)")
      var keys = 0
      while decoder.next() != nil { keys += 1 }
      #expect(keys <= bytes.count, "seed \(seed): \(bytes)")
    }
  }

  @Test func anEndlessSequenceIsGivenUp() {
    var decoder = KeyDecoder()
    decoder.feed(Array("\u{1B}[".utf8))
    for _ in 0..<100 { decoder.feed(Array(repeating: UInt8(ascii: "1"), count: 100)) }
    while decoder.next() != nil {}
    decoder.feed(Array("q".utf8))
    var last: KeyEvent?
    while let key = decoder.next() { last = key }
    #expect(last == .character("q") || decoder.isWaiting == false)
  }

  static func keys(_ pieces: [[UInt8]]) -> [KeyEvent] {
    var decoder = KeyDecoder()
    var keys: [KeyEvent] = []
    for piece in pieces {
      decoder.feed(piece)
      while let key = decoder.next() { keys.append(key) }
    }
    decoder.flush()
    while let key = decoder.next() { keys.append(key) }
    return keys
  }
}
