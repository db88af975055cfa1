import Foundation
import SegBase
import Testing

@testable import SegModels

@Suite struct ModelCatalogueTests {
  private static func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segplay-catalogue-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
    return folder.path
  }

  @Test func manifestsComeAfterTheBundledModelInTheOrderOfTheirNames() throws {
    let folder = try Self.folder(["b.model": "weights = b.pth", "a.model": "name = first\nweights = a.pth", "notes.txt": "x", ".model": "x", ".c.model": "x"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let catalogue = ModelCatalogue(folder: folder)
    #expect(catalogue.entries.map(\.name) == ["enet-street", "first", "b"])
    #expect(catalogue.requests.map(\.displayName) == ["enet-street", "first", "b"])
    #expect(try catalogue.request(named: "first")?.weightsPath == folder + "/a.pth")
    #expect(try catalogue.request(named: folder + "/b.model")?.weightsPath == folder + "/b.pth")
    #expect(try catalogue.request(named: "c") == nil)
  }

  @Test func aManifestThatIsNotUnderstoodIsListedWithItsProblem() throws {
    let folder = try Self.folder(["bad.model": "colour = red"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let catalogue = ModelCatalogue(folder: folder)
    #expect(catalogue.entries.count == 2)
    #expect(catalogue.entries[1].problem?.description.contains("unknown key") == true)
    #expect(catalogue.requests.count == 1)
    #expect(throws: InputError.self) { try catalogue.request(named: "bad") }
  }

  @Test func withoutAFolderThereIsTheBundledModel() {
    #expect(ModelCatalogue(folder: nil).entries.map(\.name) == ["enet-street"])
    #expect(ModelCatalogue(folder: "/no/such/folder").entries.map(\.name) == ["enet-street"])
  }

  @Test func theUsersFolderFollowsTheEnvironment() {
    #expect(ModelCatalogue.userFolder(environment: ["XDG_DATA_HOME": "/d", "HOME": "/h"]) == "/d/segplay/models")
    #expect(ModelCatalogue.userFolder(environment: ["XDG_DATA_HOME": "relative", "HOME": "/h"]) == "/h/.local/share/segplay/models")
    #expect(ModelCatalogue.userFolder(environment: [:]) == nil)
  }
}
