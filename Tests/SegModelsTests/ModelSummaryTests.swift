import SegBase
import Testing

@testable import SegModels

@Suite struct ModelSummaryTests {
  @Test func arithmeticAndParametersAreThoseOfTheGraph() throws {
    let model = try NetworkChoice(named: "enet").random(classCount: 20)
    let summary = try ModelSummary(model, size: PixelSize(width: 1024, height: 512))
    #expect(summary.parameters == 351_804)
    #expect(summary.passes.map { ModelSummary.number($0.gigaMultiplyAccumulates) } == ["4.056"])
    #expect(summary.input == "512x1024")
    #expect(summary.classes == 20)
    #expect(summary.lines.first { $0.name == "GMACs" }?.value == "4.056")
    #expect(!summary.lines.contains { $0.name == "GMACs run here" })
  }

  @Test func withoutASizeItIsTheNativeOne() throws {
    #expect(try ModelSummary(NetworkChoice(named: "enet").random(classCount: 12)).input == "360x480")
  }

  @Test func aSizeThatDoesNotSuitIsRefused() throws {
    let model = try NetworkChoice(named: "enet:zh320").random()
    #expect(throws: InputError.self) { try ModelSummary(model, size: PixelSize(width: 100, height: 100)) }
  }

  @Test(arguments: [(0.0, "0.000"), (0.0004, "0.000"), (1.2866, "1.287"), (80.5699, "80.570"), (294.5, "294.500")])
  func numbersHaveThreeDecimals(value: Double, text: String) { #expect(ModelSummary.number(value) == text) }
}
