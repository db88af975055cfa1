import SegGraph
import Testing

@Suite struct FuseResizedSumTests {
  private let fine = FeatureShape(height: 8, width: 12, channels: 4)
  private let coarse = FeatureShape(height: 4, width: 6, channels: 4)

  private func enlarged(_ builder: inout GraphBuilder, _ value: ValueID, alignCorners: Bool = false, name: String = "up") throws -> ValueID {
    try builder.add(.resizeBilinear(height: 8, width: 12, alignCorners: alignCorners), name: name, inputs: [value])
  }

  private func add(_ builder: inout GraphBuilder, _ inputs: ValueID..., activation: Activation? = nil) throws -> ValueID {
    try builder.add(.add(activation: activation), name: "sum", inputs: inputs)
  }

  @Test("a chain of sums of enlarged maps becomes one node, which goes by the last sum's key")
  func chain() throws {
    var builder = GraphBuilder()
    let (base, one, two) = (builder.input(fine), builder.input(coarse), builder.input(FeatureShape(height: 2, width: 3, channels: 4)))
    let first = try add(&builder, base, try enlarged(&builder, one))
    let last = try add(&builder, first, try enlarged(&builder, two), activation: .relu)
    builder.output(last, name: "x")
    let graph = builder.build()
    let fused = graph.fusingResizedSums()
    #expect(fused.kinds == ["resizedSum"] && fused.problems() == [])
    #expect(fused.nodes[0].inputs == [base, one, two] && fused.nodes[0].outputs == [last])
    #expect(fused.valueKeys[last.index] == graph.valueKeys[last.index] && fused.nodes[0].name == "sum#2")
    guard case .resizedSum(ResizedSum(height: 8, width: 12, alignCorners: false, activation: .relu)) = fused.nodes[0].operation else {
      Issue.record("not what was added up")
      return
    }
    #expect(fused.fusingResizedSums().kinds == ["resizedSum"])
  }

  @Test("enlarged maps that something else reads are added as they are")
  func sharedMaps() throws {
    var builder = GraphBuilder()
    let (base, one, two) = (builder.input(fine), builder.input(coarse), builder.input(coarse))
    let shared = try enlarged(&builder, one)
    builder.output(try add(&builder, base, shared, try enlarged(&builder, two)), name: "x")
    builder.output(shared, name: "y")
    let fused = builder.build().fusingResizedSums()
    #expect(fused.kinds == ["resizeBilinear", "resizedSum"] && fused.problems() == [] && fused.nodes[1].inputs == [base, shared, two])
  }

  @Test("sums that are read twice or have an activation stay ahead of the last one")
  func innerSums() throws {
    for activation in [nil, Activation.relu] {
      var builder = GraphBuilder()
      let (base, one, two) = (builder.input(fine), builder.input(coarse), builder.input(coarse))
      let first = try add(&builder, base, try enlarged(&builder, one), activation: activation)
      builder.output(try add(&builder, first, try enlarged(&builder, two)), name: "x")
      if activation == nil { builder.output(first, name: "y") }
      let fused = builder.build().fusingResizedSums()
      #expect(fused.kinds == ["resizedSum", "resizedSum"] && fused.problems() == [])
    }
  }

  @Test("maps that shrink, other corners and other stages are left alone")
  func leftAlone() throws {
    var builder = GraphBuilder()
    let (base, large, small) = (builder.input(fine), builder.input(FeatureShape(height: 9, width: 6, channels: 4)), builder.input(coarse))
    builder.output(try add(&builder, base, try enlarged(&builder, large)), name: "shrunk")
    let corners = try enlarged(&builder, small, alignCorners: true)
    builder.output(try add(&builder, try enlarged(&builder, small), corners), name: "corners")
    let early = try enlarged(&builder, small)
    builder.stage = .deep
    builder.output(try add(&builder, base, early), name: "stages")
    let fused = builder.build().fusingResizedSums()
    #expect(fused.kinds == ["resizeBilinear", "add", "resizeBilinear", "resizedSum", "resizeBilinear", "add"] && fused.problems() == [])
  }

  @Test("a sum of more maps than kernels add up stays")
  func manyMaps() throws {
    for count in [8, 9] {
      var builder = GraphBuilder()
      var maps: [ValueID] = []
      for _ in 0..<count { maps.append(try enlarged(&builder, builder.input(coarse))) }
      builder.output(try builder.add(.add(activation: nil), name: "sum", inputs: maps), name: "x")
      #expect(builder.build().fusingResizedSums().kinds.last == (count == 8 ? "resizedSum" : "add"))
    }
  }
}
