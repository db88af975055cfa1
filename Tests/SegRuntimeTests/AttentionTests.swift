import SegGraph
import SegRuntime
import SegTestSupport
import Testing

/// Gathering by regions and attention, against the reference.
@Suite struct AttentionTests {
  @Test("regions of every count gather features of every count", arguments: [1, 2, 6, 7, 16, 19, 33], [1, 15, 16, 17, 40, 130])
  func gathering(regions: Int, channels: Int) throws {
    for (height, width) in [(1, 1), (5, 7), (17, 41)] {
      for isPart in [false, true] {
        var graph = RandomGraph(seed: UInt64(regions * channels))
        var (features, logits) = (graph.input(height, width, channels), graph.input(height, width, regions))
        let wide = ScaleShift(scale: [Float](repeating: 9, count: regions), shift: [Float](repeating: -20, count: regions))
        logits = try graph.operation(.scaleShift(wide), logits)
        if isPart {
          features = try graph.isPart(try graph.activation(.leakyRelu(slope: 0.5), features), name: "features")
          logits = try graph.isPart(logits, name: "logits")
        }
        let gathered = try graph.operation(.gatherRegions, features, logits)
        graph.builder.output(isPart ? try graph.isPart(gathered, name: "after") : gathered, name: "x")
        for threads in [1, 2] { #expect(try greatestDifference(graph.builder.build(), seed: 3, threads: threads) < 3e-6, "\(height)x\(width)") }
      }
    }
  }

  @Test("queries attend to every count of keys", arguments: [1, 2, 16, 19, 40], [(1, 1), (15, 17), (16, 16), (33, 5), (64, 70)])
  func attention(keys: Int, channels: (Int, Int)) throws {
    for (height, width) in [(1, 1), (3, 6), (9, 13)] {
      for isPart in [false, true] {
        var graph = RandomGraph(seed: UInt64(keys))
        var maps = [graph.input(height, width, channels.0), graph.input(1, keys, channels.0), graph.input(1, keys, channels.1)]
        if isPart {
          for index in maps.indices { maps[index] = try graph.isPart(try graph.activation(.leakyRelu(slope: 0.5), maps[index]), name: "before \(index)") }
        }
        let attended = try graph.operation(.attend(scale: 0.7), maps[0], maps[1], maps[2])
        graph.builder.output(isPart ? try graph.isPart(attended, name: "after") : attended, name: "x")
        for threads in [1, 2] { #expect(try greatestDifference(graph.builder.build(), seed: 3, threads: threads) < 3e-6, "\(height)x\(width)") }
      }
    }
  }

  @Test("how many threads gather does not change the result")
  func threadsDoNotMatter() throws {
    var graph = RandomGraph(seed: 4)
    graph.builder.output(try graph.operation(.gatherRegions, graph.input(37, 53, 48), graph.input(37, 53, 19)), name: "x")
    let built = graph.builder.build()
    let results = try [1, 2, 3].map { threads in
      let executable = try Executable(graph: built, threads: threads)
      for index in 0...1 {
        executable.withInput(index) { input in
          var random = RandomNumbers(seed: UInt64(index))
          _ = input.update(fromContentsOf: random.floats(input.count))
        }
      }
      executable.run()
      return executable.withOutput("x") { values, _ in Array(values) }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}
