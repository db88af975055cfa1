import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Maps of bytes as planes of four channels, in plain code.
private struct PlaneBytes {
  let shape: FeatureShape
  private let planes: SegBytePlanes

  init(_ shape: FeatureShape) { (self.shape, planes) = (shape, shape.bytePlanes) }

  var byteCount: Int { planes.byte_count }

  private func place(_ row: Int, _ column: Int, _ channel: Int) -> Int {
    row * planes.row_bytes + channel / 4 * planes.plane_bytes + 64 + 4 * column + channel % 4
  }

  private func places() -> [Int] {
    (0..<shape.height).flatMap { row in (0..<shape.width).flatMap { column in (0..<shape.channels).map { place(row, column, $0) } } }
  }

  /// Channels-last bytes as planes, with zeros around them and ones where no channel is.
  func spread(_ bytes: [UInt8]) -> [UInt8] {
    var made = [UInt8](repeating: 0, count: byteCount)
    for row in 0..<shape.height {
      for column in 0..<shape.width { for channel in 0..<4 * Int(planes.planes) { made[place(row, column, channel)] = 1 } }
    }
    for (byte, place) in zip(bytes, places()) { made[place] = byte }
    return made
  }

  /// The opposite.
  func gathered(_ bytes: [UInt8]) -> [UInt8] { places().map { bytes[$0] } }

  func hasZerosAround(_ bytes: [UInt8]) -> Bool {
    var isAround = [Bool](repeating: true, count: byteCount)
    for row in 0..<shape.height {
      for column in 0..<shape.width { for channel in 0..<4 * Int(planes.planes) { isAround[place(row, column, channel)] = false } }
    }
    return zip(bytes, isAround).allSatisfy { $0 == 0 || !$1 }
  }
}

/// Convolutions of bytes by the kernel of our own.
@Suite(.enabled(if: ByteConvolution.isAvailable, "the processor has no wide products of bytes")) struct ByteConvolutionTests {
  /// A convolution of random shape, formats and post-operations, with what it reads.
  private struct Case {
    var convolution: Convolution
    let input, output: TypedShape
    let added: ElementFormat?
    let isInPlace: Bool
    let inputBytes, addedBytes: [UInt8]
    /// Which maps lie as planes.
    let planeMaps: PlaneMaps

    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      let inputs = number(0...5) == 0 ? number(61...70) : number(1...45)
      let outputs = [16 * number(1...4), number(60...80), number(1...40), number(1...40)][number(0...3)]
      let kernel = number(0...2) == 0 ? (1, 1) : (number(1...5), number(1...5))
      let stride = (number(1...3), number(1...3)), dilation = number(0...3) == 0 ? (number(1...3), number(1...3)) : (1, 1)
      let padding =
        kernel == (1, 1) && number(0...2) > 0 ? Padding(0) : Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
      // Widths of whole vectors write in place.
      let width = number(0...2) == 0 ? 16 * number(1...5) : number(1...90)
      let height = number(1...9)
      let size = (
        (height - 1) * stride.0 + (kernel.0 - 1) * dilation.0 + 1 - padding.top - padding.bottom + number(0...stride.0 - 1),
        (width - 1) * stride.1 + (kernel.1 - 1) * dilation.1 + 1 - padding.left - padding.right + number(0...stride.1 - 1)
      )
      input = TypedShape(shape: FeatureShape(height: max(size.0, 1), width: max(size.1, 1), channels: inputs), format: random.byteFormat())
      let shape = FeatureShape(
        height: (input.shape.height + padding.top + padding.bottom - (kernel.0 - 1) * dilation.0 - 1) / stride.0 + 1,
        width: (input.shape.width + padding.left + padding.right - (kernel.1 - 1) * dilation.1 - 1) / stride.1 + 1, channels: outputs)
      var weights = random.floats(outputs * inputs * kernel.0 * kernel.1, in: -0.2...0.2)
      if number(0...2) == 0 {
        // Runs of output channels for which some places of the window are zero, as transposed convolutions and pruning make them.
        let run = [1, 4, 12, 16][number(0...3)]
        for first in Swift.stride(from: 0, to: outputs, by: run) {
          for place in 0..<kernel.0 * kernel.1 where number(0...2) > 0 {
            for output in first..<min(first + run, outputs) {
              for inner in 0..<inputs { weights[(output * inputs + inner) * kernel.0 * kernel.1 + place] = 0 }
            }
          }
        }
      }
      convolution = Convolution(
        weight: Tensor(shape: [outputs, inputs, kernel.0, kernel.1], floats: weights), bias: Tensor(shape: [outputs], floats: random.floats(outputs)))
      (convolution.stride, convolution.dilation, convolution.padding) = (stride, dilation, padding)
      added = number(0...1) == 0 ? random.byteFormat() : nil
      output = TypedShape(shape: shape, format: added == nil && number(0...2) == 0 ? .float32 : random.byteFormat())
      convolution.postOperations = [random.straightActivation(channels: outputs), added == nil ? nil : .add(inputIndex: 1), random.straightActivation(channels: outputs)].compactMap { $0 }
      func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }
      inputBytes = bytes(input.shape.count)
      addedBytes = bytes(shape.count)
      func isUnsigned(_ format: ElementFormat?) -> Bool { if case .unsigned8? = format { Bool.random(using: &random) } else { false } }
      let canReadPlanes = ByteConvolution(convolution, from: input, to: output, adding: added)?.canReadPlanes == true
      planeMaps = PlaneMaps(input: canReadPlanes && isUnsigned(input.format), added: isUnsigned(added), output: isUnsigned(output.format))
      isInPlace = planeMaps.added == planeMaps.output && Bool.random(using: &random)
    }

    /// What the kernel writes when the rows are worked on in `strips` parts, channels-last, and behind it sixteen bytes that it must leave alone; nil where it
    /// left anything but zeros around planes.
    func bytes(strips: Int) throws -> [UInt8]? {
      let constants = ConstantStore()
      let read = constants.copy(planeMaps.input ? PlaneBytes(input.shape).spread(inputBytes) : inputBytes)
      let planes = PlaneBytes(output.shape)
      let count = planeMaps.output ? planes.byteCount : output.shape.count * output.format.byteCount
      let written = constants.allocate(count + 16, of: UInt8.self)
      for index in 0..<count + 16 { written[index] = 0xA5 }
      let addedMap = planeMaps.added ? planes.spread(addedBytes) : addedBytes
      if isInPlace { for (index, byte) in addedMap.enumerated() { written[index] = byte } }
      let beside = isInPlace ? written : UnsafeMutablePointer(mutating: constants.copy(addedMap))
      var made = try #require(ByteConvolution(convolution, from: input, to: output, adding: added))
      made.planeMaps = planeMaps
      var arguments = made.arguments(
        from: SegTypedMap(UnsafeMutablePointer(mutating: read), input), to: SegTypedMap(written, output),
        adding: added.map { SegTypedMap(beside, TypedShape(shape: output.shape, format: $0)) }, constants)
      arguments.strips = Int32(strips)
      arguments.scratch = constants.allocate(strips * arguments.strip_bytes, of: UInt8.self)
      // Whatever was in the scratch before must not matter.
      for index in 0..<strips * arguments.strip_bytes { arguments.scratch[index] = UInt8(truncatingIfNeeded: index &* 37) }
      seg_byte_convolution(&arguments, 0, Int32(strips))
      let found = Array(UnsafeBufferPointer(start: written, count: count + 16))
      guard planeMaps.output else { return found }
      return planes.hasZerosAround(found) ? planes.gathered(found) + found.suffix(16) : nil
    }

    /// The results in exact arithmetic, in units of the output's scale, before they are rounded.
    func expected() -> [Double] {
      let unit = output.format.scale
      let sums = ConvolutionSums(convolution, from: input.format, in: unit)
      guard case .bytes(let weights) = sums.weights else { return [] }
      let (height, width, inputs) = (input.shape.height, input.shape.width, input.shape.channels)
      let (rows, columns) = (convolution.weight.shape[2], convolution.weight.shape[3])
      var results: [Double] = []
      for row in 0..<output.shape.height {
        for column in 0..<output.shape.width {
          for channel in 0..<output.shape.channels {
            var sum = 0
            for tapRow in 0..<rows {
              let y = row * convolution.stride.vertical - convolution.padding.top + tapRow * convolution.dilation.vertical
              for tapColumn in 0..<columns {
                let x = column * convolution.stride.horizontal - convolution.padding.left + tapColumn * convolution.dilation.horizontal
                guard y >= 0, y < height, x >= 0, x < width else { continue }
                for inner in 0..<inputs {
                  sum +=
                    input.format.number(inputBytes[(y * width + x) * inputs + inner])
                    * Int(weights[((channel * inputs + inner) * rows + tapRow) * columns + tapColumn])
                }
              }
            }
            var value = Double(sum) * Double(sums.scales[channel]) + Double(sums.bias[channel])
            for operation in convolution.postOperations {
              switch operation {
              case .add:
                let format = added ?? .float32
                value += Double(format.number(addedBytes[results.count])) * Double(format.scale) / Double(unit)
              case .activation(let activation): value = activation.applied(to: value, channel: channel, unit: Double(unit))
              }
            }
            results.append(value)
          }
        }
      }
      return results
    }
  }

  @Test("results are the exact ones, rounded, whatever the shape, the formats and what follows", arguments: UInt64(0)..<500)
  func exact(seed: UInt64) throws {
    let drawn = Case(seed: seed)
    let found = try #require(try drawn.bytes(strips: 1), "seed \(seed): something is around the planes")
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 }, "seed \(seed): the kernel wrote beyond the output")
    let expected = drawn.expected()
    var wrong = 0
    switch drawn.output.format {
    case .float32:
      found.withUnsafeBytes { bytes in
        for (index, value) in expected.enumerated() {
          // Sums of up to 2^24 are exact; what follows is a few roundings.
          let float = Double(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
          if !(abs(float - value) <= 1e-6 * max(abs(value), 10)) { wrong += 1 }
        }
      }
    case .signed8:
      for (index, value) in expected.enumerated() where !isNearest(Double(Int8(bitPattern: found[index])), value, -128...127) { wrong += 1 }
    default:
      for (index, value) in expected.enumerated() where !isNearest(Double(found[index]), value, 0...255) { wrong += 1 }
    }
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(expected.count) wrong, \(drawn.input) to \(drawn.output), \(drawn.planeMaps)")
  }

  /// Whether `found` is `value` rounded and cut off; halfway between two bytes the last digits of single precision decide.
  private func isNearest(_ found: Double, _ value: Double, _ limits: ClosedRange<Double>) -> Bool {
    let inside = min(max(value, limits.lowerBound), limits.upperBound)
    return limits.contains(found) && abs(found - inside) <= 0.5 + 1e-3
  }

  @Test("results do not depend on the number of strips", arguments: UInt64(0)..<40)
  func strips(seed: UInt64) throws {
    let drawn = Case(seed: seed &+ 1000)
    let whole = try drawn.bytes(strips: 1)
    for strips in [2, 3, 7] { #expect(try drawn.bytes(strips: strips) == whole, "seed \(seed), \(strips) strips") }
  }

  /// Blocks of two convolutions with what they began with added, as HRNet has them, and a convolution with a stride of two.
  private func network(_ seed: UInt64, channels: Int) throws -> Graph {
    var graph = RandomGraph(seed: seed)
    let input = graph.input(19, 63, 3)
    var map = try graph.activation(.relu, graph.convolution(input, to: channels, kernel: (3, 3), padding: Padding(1), hasBias: true))
    for _ in 0..<2 {
      let inner = try graph.activation(.relu, graph.convolution(map, to: channels, kernel: (3, 3), padding: Padding(1), hasBias: true))
      map = try graph.add(graph.convolution(inner, to: channels, kernel: (3, 3), padding: Padding(1), hasBias: true), map, activation: .relu)
    }
    graph.builder.output(try graph.convolution(map, to: 2 * channels, kernel: (3, 3), stride: 2, padding: Padding(1), hasBias: true), name: "output")
    return graph.builder.build()
  }

  @Test("networks give what the reference gives, on one thread and on two", arguments: [18, 20, 36], UInt64(0)..<3)
  func wholeNetworks(channels: Int, seed: UInt64) throws {
    let graph = try network(seed, channels: channels)
    var random = RandomNumbers(seed: seed &+ 50)
    let values = random.floats(graph.shape(of: graph.inputs[0]).count)
    let exposed = ReferenceInterpreter(graph: graph.optimized().exposingValues()).run(inputs: [values])
    let ranges = exposed.mapValues { ValueRange(lowest: min($0.min() ?? 0, 0), highest: max($0.max() ?? 0, 0)) }
    let plan = PrecisionPlan(.int8, ranges: ranges)
    let formatted = graph.optimized().assigningFormats(plan)
    // What is between two of them, and what is only added beside that; the last reads every other column.
    #expect(ByteConvolutions(formatted).planeValues.count >= 3, "seed \(seed)")
    let expected = try #require(ReferenceInterpreter(graph: formatted).run(inputs: [values])["output"])
    let results = try [1, 2].map { threads -> [Float] in
      let executable = try Executable(graph: graph, threads: threads, precision: plan)
      #expect(executable.steps.count { $0.kind == "narrow int8" } >= 5)
      executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
      for _ in 0..<2 { executable.run() }
      return executable.withOutput("output") { found, _ in Array(found) }
    }
    #expect(results[0] == results[1], "seed \(seed)")
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let differences = zip(results[0], expected).map { abs($0 - $1) / scale }
    // One byte to the other side now and then, which is one part in 255 of a number.
    #expect(differences.reduce(0, +) / Float(differences.count) < 1e-3 && differences.allSatisfy { $0 < 2e-2 }, "seed \(seed)")
  }
}
