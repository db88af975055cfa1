import COneDNN
import CSegKernels
public import SegBase
public import SegGraph

/// A network ready to run: weights packed, memory planned, nothing allocated by a run.
///
/// Used by one thread at a time, and best by the same one always: OpenMP keeps a team of threads for each calling thread. Two executables are independent.
public final class Executable {
  /// How many threads a run uses, the calling one included.
  public let threads: Int
  /// Bytes of the block that holds every map.
  public let arenaByteCount: Int
  /// Bytes of packed weights and other constants.
  public let weightByteCount: Int
  /// Shapes of the outputs by name.
  public let outputShapes: [String: FeatureShape]

  private let inputs: [UnsafeMutableBufferPointer<Float>]
  private let outputs: [String: UnsafeBufferPointer<Float>]
  private let strips: Strips?
  let steps: [Step]
  private let arena: UnsafeMutableRawPointer
  private let constants: ConstantStore

  /// An output that is made in strips, and what of.
  private struct Strips {
    let output: String
    let convolution: any StripMaker
    let input: UnsafeMutableRawPointer
  }

  /// Prepares `graph` for runs on `threads` threads, in the arithmetic of `precision` (single precision where that is
  /// bfloat16 and the processor has none); one thread starts no others. Inputs and outputs are floats.
  ///
  /// The output `inStrips` is made a few rows at a time while `withRows` lends it, where a convolution makes it and the library has fast code for that: the
  /// whole of it is then never in memory, and `withOutput` has it not.
  ///
  /// Throws what the inference library cannot do, with the node's name.
  public convenience init(graph: Graph, threads: Int = 1, precision: PrecisionPlan = .float32, inStrips: String? = nil) throws(InputError) {
    try self.init(graph: graph, threads: threads, precision: precision, inStrips: inStrips, kernels: .all)
  }

  /// Whether a convolution of bfloat16 may have an odd number of input channels here: for `Graph.assigningFormats`.
  public static func readsOddChannels(_ node: Node, of graph: Graph) -> Bool { ShortConvolutions.readsOddChannels(node, of: graph) }

  /// The same with the choice among some of the kernels of our own only.
  init(graph: Graph, threads: Int = 1, precision: PrecisionPlan = .float32, inStrips: String? = nil, kernels: ShortKernels) throws(InputError) {
    precondition(threads > 0, "at least one thread")
    seg_set_threads(Int32(threads))
    var prepared = graph.optimized().assigningFormats(Processor.current.adapted(precision)) { ShortConvolutions.readsOddChannels($0, of: $1, among: kernels) }
    let (engine, constants) = (try Engine(), ConstantStore())
    var cut: (output: String, convolution: any StripMaker, input: ValueID)?
    if let inStrips, let (rest, last) = prepared.withoutFinalConvolution(of: inStrips) {
      let input = TypedShape(shape: rest.shape(of: last.input), format: rest.values[last.input.index].format)
      var convolution: (any StripMaker)? = kernels.contains(.narrow) ? ByteStripConvolution(last, from: input, threads: threads, constants) : nil
      if convolution == nil, case .matrix(let kernel)? = ShortConvolutions.Kind(last.node, of: prepared, among: kernels) {
        convolution = MatrixStripConvolution(last, by: kernel, threads: threads, constants)
      }
      if convolution == nil, kernels.contains(.places) { convolution = PlaceStripConvolution(last, from: input, threads: threads, constants) }
      if convolution == nil { convolution = try StripConvolution(engine, last, from: input, constants) }
      if let convolution { (prepared, cut) = (rest, (inStrips, convolution, last.input)) }
    }
    let shortConvolutions = ShortConvolutions(prepared, among: kernels)
    let plan = MemoryPlan(prepared, abilities: StepBuilder.abilities(prepared, shortConvolutions, threads: threads))
    let arenaBytes = plan.byteCount + Int(SEG_READABLE_BEYOND)
    let arena = UnsafeMutableRawPointer.allocate(byteCount: arenaBytes, alignment: ArenaPlanner.alignment)
    arena.initializeMemory(as: UInt8.self, repeating: 0, count: arenaBytes)
    var builder: StepBuilder
    do throws(InputError) {
      builder = StepBuilder(consume prepared, plan, shortConvolutions, arena: arena, engine, constants, threads: threads)
      try builder.addAll()
    } catch {
      arena.deallocate()
      throw error
    }
    builder.bind()
    let graph = builder.graph
    inputs = graph.inputs.map { UnsafeMutableBufferPointer(start: builder.map($0).data, count: graph.shape(of: $0).count) }
    let whole = graph.outputs.filter { $0.name != cut?.output }
    outputs = Dictionary(
      uniqueKeysWithValues: whole.map { ($0.name, UnsafeBufferPointer(start: builder.map($0.value).data, count: graph.shape(of: $0.value).count)) })
    var shapes = Dictionary(uniqueKeysWithValues: whole.map { ($0.name, graph.shape(of: $0.value)) })
    strips = cut.map { cut in
      shapes[cut.output] = cut.convolution.shape
      return Strips(output: cut.output, convolution: cut.convolution, input: builder.address(cut.input))
    }
    outputShapes = shapes
    (steps, self.arena, self.constants, self.threads, arenaByteCount) = (builder.steps, arena, constants, threads, plan.byteCount)
    weightByteCount = constants.byteCount + (cut?.convolution.weightByteCount ?? 0) + builder.packedByteCount
  }

  deinit { arena.deallocate() }

  /// Lets `body` write an input in place: height x width x channels, rows from the top. What is written stays until it is overwritten.
  public func withInput(_ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) { body(inputs[index]) }

  /// Runs the network on what the inputs hold, but for an output that is made in strips.
  public func run() {
    seg_set_threads(Int32(threads))
    for step in steps { step.run(threads: Int32(threads)) }
  }

  /// Whether the output of that name is made in strips.
  public func isInStrips(_ name: String) -> Bool { strips?.output == name }

  /// Lends `body` an output of the last run from the top to the bottom: a few rows at a time, made for this, where it is in strips, else all of them at once.
  /// `body` is given which rows they are, and width x channels numbers for each. The name must be one of `outputShapes`.
  public func withRows(of name: String, _ body: (Range<Int>, UnsafeBufferPointer<Float>) -> Void) {
    guard let strips, strips.output == name else { return withOutput(name) { values, shape in body(0..<shape.height, values) } }
    seg_set_threads(Int32(threads))
    strips.convolution.run(from: strips.input, body)
  }

  /// Writes the labels that `maker` makes of an output of the last run, in strips where it is made so, without the scores in memory where that can be done.
  public func makeLabels(of name: String, by maker: LabelMaker, ignoring: Int? = nil, into labels: UnsafeMutableBufferPointer<UInt8>) {
    if let strips, strips.output == name, strips.convolution.makeLabels(from: strips.input, maker, ignoring: ignoring, into: labels) { return }
    withRows(of: name) { rows, scores in maker.makeLabels(from: scores, rows: rows, ignoring: ignoring, into: labels, threads: threads) }
  }

  /// Calls `body` with an output of the last run, height x width x channels, and its shape. The name must be one of `outputShapes`, and not be in strips.
  public func withOutput<Result>(_ name: String, _ body: (UnsafeBufferPointer<Float>, FeatureShape) -> Result) -> Result {
    guard let output = outputs[name], let shape = outputShapes[name] else { preconditionFailure("no output of that name") }
    return body(output, shape)
  }

  /// Runs once and returns what each step took, in order.
  public func profile() -> [StepProfile] {
    seg_set_threads(Int32(threads))
    let clock = ContinuousClock()
    var profiles = steps.map { step in
      let time = clock.measure { step.run(threads: Int32(threads)) }
      return StepProfile(
        name: step.name, kind: step.kind, precision: step.precision, milliseconds: time / .milliseconds(1), gigaOperations: step.gigaOperations)
    }
    if let strips {
      let (convolution, time) = (strips.convolution, clock.measure { strips.convolution.run(from: strips.input) { _, _ in } })
      profiles.append(
        StepProfile(
          name: convolution.name, kind: convolution.implementation, precision: convolution.precision, milliseconds: time / .milliseconds(1),
          gigaOperations: convolution.gigaOperations))
    }
    return profiles
  }
}
