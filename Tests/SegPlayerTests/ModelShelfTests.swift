import Foundation
import SegBase
import SegModels
import SegPlayer
import SegTestSupport
import Testing

@Suite struct ModelShelfTests {
  private static let bundled = SharedData.packageRoot.appendingPathComponent("Sources/SegModels/Resources/enet-street.safetensors").path

  private func name(_ state: ModelShelf.State) -> String {
    switch state {
    case .idle: "idle"
    case .loading: "loading"
    case .loaded: "loaded"
    case .failed: "failed"
    }
  }

  private func settled(_ shelf: ModelShelf, _ index: Int) throws -> String {
    try TestVideo.wait("model \(index)") { name(shelf.state(at: index)) == "loading" ? nil : name(shelf.state(at: index)) }
  }

  @Test func nothingIsLoadedBeforeItIsWanted() {
    let shelf = ModelShelf([ModelRequest(weightsPath: "/nowhere"), ModelRequest(weightsPath: Self.bundled)])
    #expect((0..<2).map { name(shelf.state(at: $0)) } == ["idle", "idle"])
    #expect(ModelShelf([]).requests.isEmpty)
  }

  @Test func loadsInTheBackgroundOnlyWhatIsAskedFor() throws {
    let shelf = ModelShelf([ModelRequest(weightsPath: "/nowhere"), ModelRequest(weightsPath: Self.bundled)])
    shelf.loadInBackground(at: 1)
    shelf.loadInBackground(at: 1)
    #expect(try settled(shelf, 1) == "loaded")
    #expect(name(shelf.state(at: 0)) == "idle")
    shelf.loadInBackground(at: 1)
    #expect(name(shelf.state(at: 1)) == "loaded")
    #expect(try shelf.waitForLoad(at: 1).classes.count == shelf.load(at: 1).classes.count)
  }

  @Test func waitingGivesTheModelThatIsOnItsWayOrLoadsIt() throws {
    for startsBefore in [false, true] {
      let shelf = ModelShelf([ModelRequest(weightsPath: Self.bundled)])
      if startsBefore { shelf.loadInBackground(at: 0) }
      #expect(try shelf.waitForLoad(at: 0).classes.count > 1)
      #expect(name(shelf.state(at: 0)) == "loaded")
    }
  }

  @Test func aFailureIsKeptAndTriedAgain() throws {
    try TestVideo.withFolder { folder in
      let path = folder + "/model.safetensors"
      let shelf = ModelShelf([ModelRequest(weightsPath: path)])
      shelf.loadInBackground(at: 0)
      #expect(try settled(shelf, 0) == "failed")
      let error = #expect(throws: InputError.self) { try shelf.waitForLoad(at: 0) }
      #expect(error?.subject == path)
      #expect(throws: InputError.self) { try shelf.load(at: 0) }
      try FileManager.default.copyItem(atPath: Self.bundled, toPath: path)
      #expect(name(shelf.state(at: 0)) == "failed")
      shelf.loadInBackground(at: 0)
      #expect(try settled(shelf, 0) == "loaded")
      try FileManager.default.removeItem(atPath: path)
      #expect(try shelf.load(at: 0).classes.count > 1)
    }
  }
}
