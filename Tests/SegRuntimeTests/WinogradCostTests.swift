import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct WinogradCostTests {
  private func cost(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, dilation: Int = 1, lanes: Int) -> WinogradCost {
    var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 3, 3], floats: [Float](repeating: 0, count: outputs * inputs * 9)))
    (convolution.padding, convolution.dilation) = (Padding(dilation), (dilation, dilation))
    return WinogradCost(
      TiledShape(
        convolution, from: FeatureShape(height: height, width: width, channels: inputs), to: FeatureShape(height: height, width: width, channels: outputs)),
      lanes: lanes)
  }

  @Test("tiles are chosen where they were measured to be faster", arguments: [8, 16])
  func chosen(lanes: Int) {
    for (height, width, inputs, outputs) in [
      (128, 256, 18, 18), (64, 128, 36, 36), (16, 32, 144, 144), (64, 128, 32, 32), (69, 69, 256, 256), (138, 138, 256, 256), (18, 18, 512, 512),
      (35, 35, 256, 96), (256, 512, 16, 16), (8, 8, 64, 64),
    ] {
      #expect(cost(height, width, inputs, outputs, lanes: lanes).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
    #expect(cost(64, 128, 32, 32, dilation: 16, lanes: lanes).isWinogradFaster && cost(16, 32, 512, 512, dilation: 4, lanes: lanes).isWinogradFaster)
  }

  @Test("few channels, and small maps with many, are left to nine products", arguments: [8, 16])
  func left(lanes: Int) {
    for (height, width, inputs, outputs) in [(64, 64, 3, 64), (64, 64, 4, 4), (4, 4, 64, 64), (4, 4, 256, 256), (8, 8, 512, 512), (8, 8, 1024, 256)] {
      #expect(!cost(height, width, inputs, outputs, lanes: lanes).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
  }

  @Test("vectors of eight are used with AVX2 and no more, where a fifth less is filled up then")
  func lanes() {
    let hasNarrowOnly = seg_winograd_lanes(18) == 8
    for outputs: Int32 in [8, 18, 24, 36, 40] { #expect(seg_winograd_lanes(outputs) == (hasNarrowOnly ? 8 : 16), "\(outputs)") }
    for outputs: Int32 in [16, 32, 64, 72, 144, 256] { #expect(seg_winograd_lanes(outputs) == 16, "\(outputs)") }
  }

  @Test("an executable uses tiles for floats where they are faster, with the same bits on one and two threads")
  func executable() throws {
    var graph = RandomGraph(seed: 3)
    let input = graph.input(37, 50, 32)
    let first = try graph.activation(.relu, try graph.convolution(input, to: 40, kernel: (3, 3), padding: Padding(1), hasBias: true))
    let second = try graph.convolution(first, to: 40, kernel: (3, 3), padding: Padding(2), dilation: 2)
    let sum = try graph.activation(.relu, try graph.add(second, first))
    let third = try graph.activation(.sigmoid, try graph.convolution(sum, to: 32, kernel: (3, 3), padding: Padding(1)))
    graph.builder.output(third, name: "output")
    let built = graph.builder.build()
    for threads in [1, 2] { #expect(try greatestDifference(built, seed: 4, threads: threads) < 1e-5) }
    func tiled(_ precision: PrecisionPlan) throws -> [String] {
      try Executable(graph: built, precision: precision).profile().filter { $0.kind == "winograd 4x4" }.map(\.kind)
    }
    let isFast = seg_winograd_is_fast() != 0
    #expect(try tiled(.float32).count == (isFast ? 3 : 0))
    #expect(try tiled(PrecisionPlan(.bfloat16, fallback: .bfloat16)).isEmpty || !Processor.current.hasBFloat16)
    var random = RandomNumbers(seed: 5)
    let values = random.floats(built.shape(of: built.inputs[0]).count)
    let results = try [1, 2].map { threads in
      let executable = try Executable(graph: built, threads: threads)
      executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
      executable.run()
      return executable.withOutput("output") { found, _ in found.map(\.bitPattern) }
    }
    #expect(results[0] == results[1])
  }

  @Test("packed weights are counted, and so is what the library does for comparable rates")
  func counts() throws {
    var graph = RandomGraph(seed: 6)
    let input = graph.input(32, 32, 64)
    graph.builder.output(try graph.convolution(input, to: 64, kernel: (3, 3), padding: Padding(1)), name: "output")
    let executable = try Executable(graph: graph.builder.build())
    let step = try #require(executable.profile().first)
    #expect(step.precision == .float32 && step.gigaOperations == 2e-9 * 32 * 32 * 64 * 64 * 9)
    #expect(executable.weightByteCount >= (seg_winograd_is_fast() != 0 ? 36 : 9) * 64 * 64 * 4)
  }
}
