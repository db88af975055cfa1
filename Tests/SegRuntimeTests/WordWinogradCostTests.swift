import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct WordWinogradCostTests {
  private func cost(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, dilation: Int = 1, _ precision: Precision = .int8, productsPerCycle: Int = 2)
    -> WordWinogradCost
  {
    var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 3, 3], floats: [Float](repeating: 0, count: outputs * inputs * 9)))
    (convolution.padding, convolution.dilation) = (Padding(dilation), (dilation, dilation))
    let (input, output) = (FeatureShape(height: height, width: width, channels: inputs), FeatureShape(height: height, width: width, channels: outputs))
    return WordWinogradCost(TiledShape(convolution, from: input, to: output), precision, productsPerCycle: productsPerCycle)
  }

  @Test("tiles are chosen where they were measured to be faster")
  func chosen() {
    for (height, width, inputs, outputs) in [
      (128, 256, 64, 64), (256, 512, 64, 128), (32, 64, 72, 72), (16, 32, 144, 144), (69, 69, 256, 256), (35, 35, 256, 256), (69, 69, 128, 128),
    ] {
      #expect(cost(height, width, inputs, outputs).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
    #expect(cost(16, 32, 256, 256, dilation: 2).isWinogradFaster && cost(16, 32, 512, 512, dilation: 4).isWinogradFaster)
  }

  @Test("few channels, and small maps with many, are left to nine products")
  func left() {
    for (height, width, inputs, outputs) in [
      (128, 256, 18, 18), (64, 128, 36, 36), (256, 512, 3, 64), (5, 5, 256, 256), (3, 3, 256, 256), (9, 9, 512, 512),
    ] {
      #expect(!cost(height, width, inputs, outputs).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
  }

  @Test("where one product starts in a cycle, fewer channels are enough")
  func halvedUnits() {
    for (channels, dilation) in [(32, 1), (32, 8), (64, 1)] {
      #expect(cost(64, 128, channels, channels, dilation: dilation, productsPerCycle: 1).isWinogradFaster, "\(channels) channels, dilation \(dilation)")
    }
    #expect(cost(128, 256, 16, 16, productsPerCycle: 1).isWinogradFaster && !cost(64, 128, 32, 32).isWinogradFaster)
    #expect(!cost(256, 512, 3, 64, productsPerCycle: 1).isWinogradFaster && !cost(3, 3, 256, 256, productsPerCycle: 1).isWinogradFaster)
  }

  @Test("bfloat16 wins earlier, as its products are of two and not four")
  func halves() {
    for (height, width, inputs, outputs) in [(128, 256, 18, 18), (64, 128, 36, 36), (128, 256, 256, 18), (18, 18, 256, 256)] {
      #expect(cost(height, width, inputs, outputs, .bfloat16).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
    #expect(!cost(256, 512, 3, 64, .bfloat16).isWinogradFaster && !cost(3, 3, 256, 256, .bfloat16).isWinogradFaster)
  }

  @Test("so is what wastes no vectors of outputs by the kernel for few channels", .enabled(if: ByteConvolution.isAvailable))
  func narrow() throws {
    func isFaster(_ inputs: Int, _ outputs: Int) throws -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 3, 3], floats: [Float](repeating: 1, count: outputs * inputs * 9)))
      convolution.padding = Padding(1)
      let input = TypedShape(shape: FeatureShape(height: 128, width: 256, channels: inputs), format: .unsigned8(scale: 1))
      let output = TypedShape(shape: FeatureShape(height: 128, width: 256, channels: outputs), format: .unsigned8(scale: 1))
      let tiles = try #require(WordWinogradConvolution(convolution, from: input, to: output, adding: nil))
      return tiles.isFaster(than: try #require(ByteConvolution(convolution, from: input, to: output, adding: nil)))
    }
    #expect(try isFaster(256, 64) && isFaster(72, 72) && !isFaster(256, 18))
  }

  @Test(
    "an executable uses tiles for bytes where they are faster, is as near to floats as with nine products, and gives the same bits on two threads",
    .enabled(if: ByteConvolution.isAvailable, "the processor has no wide products of bytes"))
  func executable() throws {
    var graph = RandomGraph(seed: 3)
    let input = graph.input(48, 64, 64)
    let first = try graph.activation(.relu, try graph.convolution(input, to: 64, kernel: (3, 3), padding: Padding(1), hasBias: true))
    let sum = try graph.add(try graph.convolution(first, to: 64, kernel: (3, 3), padding: Padding(2), dilation: 2), first, activation: .relu)
    graph.builder.output(try graph.convolution(sum, to: 20, kernel: (1, 1)), name: "output")
    let built = graph.builder.build()
    var random = RandomNumbers(seed: 5)
    let values = random.floats(built.shape(of: built.inputs[0]).count)
    let exposed = ReferenceInterpreter(graph: built.optimized().exposingValues()).run(inputs: [values])
    let plan = PrecisionPlan(.int8, ranges: exposed.mapValues { ValueRange(lowest: min($0.min() ?? 0, 0), highest: max($0.max() ?? 0, 0)) })
    let exact = try #require(ReferenceInterpreter(graph: built.optimized()).run(inputs: [values])["output"])
    let rounded = try #require(ReferenceInterpreter(graph: built.optimized().assigningFormats(plan)).run(inputs: [values])["output"])
    let results = try [1, 2].map { threads -> [Float] in
      let executable = try Executable(graph: built, threads: threads, precision: plan, kernels: [.narrow, .tiles])
      #expect(executable.steps.count { $0.kind == "winograd int8" } == 2, "\(executable.steps.map { ($0.name, $0.kind) })")
      executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
      for _ in 0..<2 { executable.run() }
      return executable.withOutput("output") { found, _ in Array(found) }
    }
    #expect(results[0] == results[1])
    func error(_ found: [Float]) -> Float { zip(found, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }
    #expect(error(results[0]) < 1.05 * error(rounded))
  }
}
