import SegBase
import SegModels
import SegSchedule
import Testing

@testable import SegPropagation

@Suite struct BetweenKeysTests {
  private func pass(_ between: BetweenKeys, ownFlow: Bool = false, _ model: LoadedModel) throws -> Pass {
    var settings = SequenceSettings(policy: .fixed(interval: 5))
    (settings.between, settings.usesOwnFlow) = (between, ownFlow)
    return try settings.passBetween(model)
  }

  @Test("a network gets what it was made for unless something else is asked for")
  func choice() throws {
    let enet = try LoadedModel.random(architecture: .enet, classCount: 3)
    let video = try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge-video", variant: "resnet50")
    #expect(try pass(.auto, enet) == .propagate)
    #expect(try pass(.partial, enet) == .partial)
    #expect(try pass(.auto, video) == .partial)
    #expect(try pass(.partial, ownFlow: true, video) == .partial)
    #expect(try pass(.propagate, video) == .propagate)
  }

  @Test("what a network does not have is an error with its name")
  func errors() throws {
    let enet = try LoadedModel.random(architecture: .enet, classCount: 3)
    let flow = try #require(throws: InputError.self) { try pass(.partial, ownFlow: true, enet) }
    #expect(flow.problem == "ENet davidtvs has no flow network of its own")
    let hrnet = try LoadedModel.random(architecture: .hrnet)
    let partial = try #require(throws: InputError.self) { try pass(.partial, hrnet) }
    #expect(partial.problem.hasSuffix("has no partial pass that pays"))
    #expect(try pass(.auto, hrnet) == .propagate)
  }

  @Test("what looks ahead has neither partial passes nor instances")
  func lookingAhead() throws {
    var settings = SequenceSettings(policy: .fixed(interval: 5))
    settings.looksAhead = true
    let edge = try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2")
    #expect(throws: InputError.self) { _ = try settings.sequence(edge) }
    settings.between = .partial
    #expect(throws: InputError.self) { _ = try settings.sequence(try LoadedModel.random(architecture: .enet, classCount: 3)) }
  }
}
