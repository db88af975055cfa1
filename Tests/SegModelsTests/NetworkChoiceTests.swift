import SegBase
import Testing

@testable import SegModels

@Suite struct NetworkChoiceTests {
  @Test func aFamilyAloneIsItsFirstNetwork() throws {
    let choice = try NetworkChoice(named: "enet")
    #expect(choice.network.dialect == "davidtvs")
    #expect(choice.name == "enet:davidtvs")
  }

  @Test func everyNameLeadsBackToItsChoice() throws {
    for choice in NetworkChoice.all { #expect(try NetworkChoice(named: choice.name).name == choice.name) }
    #expect(Set(NetworkChoice.all.map(\.name)).count == NetworkChoice.all.count)
  }

  @Test(arguments: ["", "resnet", "enet:", "enet:w48", "enet:zh320:w48", ":enet"])
  func otherNamesAreRefused(name: String) {
    #expect(throws: InputError.self) { try NetworkChoice(named: name) }
  }
}
