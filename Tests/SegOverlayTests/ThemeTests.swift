import Foundation
import SegBase
import SegTestSupport
import Testing

@testable import SegOverlay

@Suite struct ThemeTests {
  static func problem(_ text: String) -> String? {
    do throws(InputError) {
      _ = try Theme.parse(Array(text.utf8), file: "x.theme")
      return nil
    } catch {
      return error.description
    }
  }

  @Test func readsEveryKey() throws {
    let text = """
      # comment
      name = Night
      accent=#0a0B0c
        text = none
      dim = 808080

      warning = #ff0000
      background = #010203
      opacity = 0.25
      contour = yes
      brighten = no
      """
    let theme = try Theme.parse(Array(text.utf8), file: "themes/x.theme")
    #expect(
      theme
        == Theme(
          name: "Night", accent: Colour(10, 11, 12), text: nil, dim: Colour(128, 128, 128), warning: Colour(255, 0, 0), background: Colour(1, 2, 3),
          opacity: 0.25, contour: true, brighten: false))
  }

  @Test func absentKeysAreTheDefaultsAndTheNameIsTheFiles() throws {
    var expected = Theme.builtIn[0]
    expected.name = "mine"
    #expect(try Theme.parse([], file: "folder/mine.theme") == expected)
  }

  @Test(
    "errors name the line",
    arguments: [
      ("accent", "x.theme:1: not `key = value`"), ("\n\nfoo = 1", "x.theme:3: unknown key `foo`"), ("accent = blue", "x.theme:1: `blue` is no colour"),
      ("opacity = 1.5", "x.theme:1: `1.5` is no opacity"), ("opacity = nan", "x.theme:1: `nan` is no opacity"),
      ("contour = perhaps", "x.theme:1: `perhaps` is neither"),
      ("dim = none\ndim = none", "x.theme:2: `dim` is set twice"), ("name =", "x.theme:1: a name has"), ("accent = #12345", "no colour"),
      ("dim = +12345", "no colour"),
      ("= 3", "unknown key ``"),
    ])
  func namesTheLine(text: String, words: String) {
    #expect(ThemeTests.problem(text)?.contains(words) == true, "\(ThemeTests.problem(text) ?? "accepted")")
  }

  @Test func refusesWhatIsNoText() {
    #expect(throws: InputError.self) { try Theme.parse([0xFF, 0xFE], file: "x") }
    #expect(throws: InputError.self) { try Theme.parse(Array(repeating: UInt8(ascii: "#"), count: Theme.largestFile + 1), file: "x") }
  }

  @Test func randomTextNeverTraps() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let pieces = ["name", "accent", "=", " ", "\n", "\r\n", "#", "ffffff", "0.5", "yes", "é", "\0", "opacity", "\u{85}", "==", "none"]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...30, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
      _ = ThemeTests.problem(text)
    }
  }

  @Test("the themes in the folder are those in the program", arguments: Theme.builtIn.map(\.name)) func folderAgrees(name: String) throws {
    let url = SharedData.packageRoot.appendingPathComponent("Themes/\(name).theme")
    #expect(try Theme.parse([UInt8](Data(contentsOf: url)), file: url.path) == Theme.named(name))
  }

  @Test func everyFileInTheFolderIsInTheProgram() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: SharedData.packageRoot.appendingPathComponent("Themes").path)
    #expect(Set(files.filter { $0.hasSuffix(".theme") }) == Set(Theme.builtIn.map { "\($0.name).theme" }))
  }
}
