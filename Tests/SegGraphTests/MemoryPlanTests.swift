import SegGraph
import Testing

@Suite struct MemoryPlanTests {
  private let shape = FeatureShape(height: 8, width: 8, channels: 4)
  private let everything = MemoryPlan.Abilities(canWriteParts: { _ in true }, canReadParts: { _, _ in true }, canOverwrite: { _, _ in true })

  @Test func partsOfAJoinLieInTheResult() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let left = try builder.add(.activation(.relu), name: "left", inputs: [input])
    let right = try builder.add(.activation(.tanh), name: "right", inputs: [input])
    let joined = try builder.add(.concatenate, name: "join", inputs: [left, right])
    let padded = try builder.add(.padChannels(to: 12), name: "pad", inputs: [joined])
    builder.output(padded, name: "x")
    let plan = MemoryPlan(builder.build(), abilities: everything)
    #expect([left, right, joined, padded].map { plan.placements[$0.index].pixelStride } == [12, 12, 12, 12])
    #expect(plan.placements[right.index].offset - plan.placements[left.index].offset == 16)
    #expect(plan.byteCount == 64 * 4 * 4 + 64 * 12 * 4)
  }

  @Test func whatIsReadTwiceByAJoinOrKeptIsCopied() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let left = try builder.add(.activation(.relu), name: "left", inputs: [input])
    let joined = try builder.add(.concatenate, name: "join", inputs: [left, left, input])
    builder.output(joined, name: "x")
    let plan = MemoryPlan(builder.build(), abilities: everything)
    #expect(plan.placements[left.index].pixelStride == 12 && plan.placements[input.index].pixelStride == 4)
  }

  @Test func aNodeOverwritesOnlyWhatNothingNeeds() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let one = try builder.add(.activation(.relu), name: "one", inputs: [input])
    let two = try builder.add(.activation(.relu), name: "two", inputs: [one])
    let three = try builder.add(.activation(.relu), name: "three", inputs: [two])
    builder.output(try builder.add(.add(activation: nil), name: "add", inputs: [two, three]), name: "x")
    let plan = MemoryPlan(builder.build(), abilities: everything)
    let places = [input, one, two, three].map { plan.placements[$0.index].offset }
    #expect(places[1] == places[2] && places[0] != places[1] && places[3] != places[2])
    #expect(MemoryPlan(builder.build(), abilities: MemoryPlan.Abilities()).byteCount > plan.byteCount)
  }

  @Test func valuesInAFormOfTheirOwnTakeItsBytesAndOverwriteOneAnotherOnly() throws {
    var builder = GraphBuilder()
    var values = [builder.input(shape)]
    for index in 1...4 { values.append(try builder.add(.activation(.relu), name: "\(index)", inputs: [values[index - 1]])) }
    builder.output(values[4], name: "x")
    var abilities = everything
    abilities.ownByteCount = { [values[2].index, values[3].index].contains($0) ? 4096 : nil }
    let plan = MemoryPlan(builder.build(), abilities: abilities)
    let places = values.map { plan.placements[$0.index].offset }
    #expect(places[2] == places[3] && places[1] != places[2] && places[3] != places[4])
    // The input, the value before or behind, and those of 4096 bytes.
    #expect(plan.byteCount == 2 * 64 * 4 * 4 + 4096)
  }

  @Test func aValueThatIsReadLaterThanByItsReadersKeepsItsPlaceUntilThen() throws {
    var builder = GraphBuilder()
    var values = [builder.input(shape)]
    for index in 1...5 { values.append(try builder.add(.activation(.relu), name: "\(index)", inputs: [values[index - 1]])) }
    builder.output(values[5], name: "x")
    var abilities = MemoryPlan.Abilities()
    let without = MemoryPlan(builder.build(), abilities: abilities)
    #expect(without.placements[values[3].index].offset == without.placements[values[1].index].offset)
    // The third node makes the second as well, from what the second reads.
    abilities.isReadUntil = { $0 == values[1].index ? 2 : nil }
    let plan = MemoryPlan(builder.build(), abilities: abilities)
    #expect(Set(values[1...3].map { plan.placements[$0.index].offset }).count == 3)
    #expect(plan.placements[values[4].index].offset == plan.placements[values[1].index].offset || plan.byteCount > without.byteCount)
    // Nor is it overwritten by one in between.
    abilities.canOverwrite = { _, _ in true }
    let inPlace = MemoryPlan(builder.build(), abilities: abilities)
    #expect(inPlace.placements[values[1].index].offset != inPlace.placements[values[2].index].offset)
  }
}
