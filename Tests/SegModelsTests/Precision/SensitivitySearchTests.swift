import SegBase
import Testing

@testable import SegModels

@Suite struct SensitivitySearchTests {
  private static let nodes = (0..<20).map { "n\($0)" }

  /// Losses that add up; node i loses i.
  private func search(recipe: Set<String> = [], limit: Double) throws(InputError) -> (found: SensitivitySearch.Found, wholes: Int, alone: Int) {
    var counts = (wholes: 0, alone: 0)
    let loss = { (name: String) in Double(name.dropFirst()) ?? 0 }
    let found = try SensitivitySearch(candidates: Self.nodes, recipe: recipe, limit: limit).run { kept throws(InputError) in
      counts.wholes += 1
      return Self.nodes.filter { !kept.contains($0) }.reduce(0) { $0 + loss($1) }
    } alone: { nodes throws(InputError) in
      counts.alone += nodes.count
      return nodes.map(loss)
    }
    return (found, counts.wholes, counts.alone)
  }

  @Test("no node is measured where the whole network loses little enough") func nothingToDo() throws {
    let (found, wholes, alone) = try search(limit: 190)
    #expect(found == SensitivitySearch.Found(kept: [], losses: [:], loss: 190, lossAtFirst: 190))
    #expect(wholes == 1 && alone == 0)
  }

  @Test("the fewest of the worst are kept", arguments: [(189.0, 1), (171, 1), (170, 2), (100, 6), (45, 10), (1, 18), (0, 19)])
  func fewest(limit: Double, count: Int) throws {
    let (found, wholes, alone) = try search(limit: limit)
    #expect(found.kept == (0..<count).map { "n\(19 - $0)" })
    #expect(found.loss <= limit && found.lossAtFirst == 190)
    #expect(wholes <= 10 && alone == 20)
  }

  @Test("the recipe is kept first and not measured") func recipe() throws {
    let (found, _, alone) = try search(recipe: ["n3", "n19", "elsewhere"], limit: 150)
    #expect(found.kept == ["n3", "n19", "n18"])
    #expect(found.lossAtFirst == 168 && found.loss == 150 && alone == 18 && found.losses["n3"] == nil)
  }

  @Test("where nothing is enough, all are kept and the loss says so") func notEnough() throws {
    let found = try SensitivitySearch(candidates: ["a", "b", "c"], recipe: [], limit: 0.5).run { _ throws(InputError) in
      1
    } alone: { nodes throws(InputError) in
      nodes.map { _ in 0.1 }
    }
    #expect(found.kept == ["a", "b", "c"] && found.loss == 1)
  }
}
