import Glibc
public import SegBase
import SegGraph
import SegRuntime
public import SegTensor

/// Runs a network on tensors as they are, without preprocessing, and gives its outputs as they are.
///
/// Outputs by name, all float32:
/// - networks that give every pixel a class: "logits" (1, classes, rows, columns), rows and columns as the network gives them;
/// - networks that find instances: "loc" (1, anchors, 4), "conf" (1, anchors, classes) after the softmax, "mask" (1, anchors, coefficients) after tanh, the
///   anchors in the order level, row, column, anchor; "proto" (1, rows, columns, coefficients); and the pyramid "p3" ... "p7" (1, channels, rows, columns).
/// With a second frame every name begins with "key." for the first frame, a keyframe, and with "nonkey." for the second, which is run between keyframes.
public struct RawInference {
  private let model: LoadedModel
  private let threads: Int
  private static let largestSide = 16384

  /// Whose mean and variance the backbone of a second frame is normalised by.
  public enum Statistics: String, Sendable, Hashable, CaseIterable {
    /// The frame's own, as in the reference outputs that were computed with the original code: it makes the backbone of these frames anew, and what is new
    /// begins in training mode.
    case frame
    /// Those in the checkpoint, as the original's programs and playback have it.
    case checkpoint
  }

  /// Makes a runner that may use `threads` threads, at least 1.
  public init(_ model: LoadedModel, threads: Int = 1) {
    precondition(threads > 0, "at least one thread")
    (self.model, self.threads) = (model, threads)
  }

  /// Runs the network on a frame (1, 3, height, width), and on the frame after it when one is given, normalised by `statistics` in the backbone.
  ///
  /// Throws when a shape is another or does not suit the network, and when there is a second frame though the network has no pass between keyframes.
  public func run(_ input: Tensor, next: Tensor? = nil, statistics: Statistics = .checkpoint) throws(InputError) -> NamedTensors {
    let size = try checkedSize(input)
    if let next {
      if model.network.buildPartial == nil {
        throw InputError("\(model.name) has no pass for frames between keyframes", advice: "leave out the second frame, or use a YolactEdge video checkpoint")
      }
      guard try checkedSize(next) == size else { throw InputError("the second frame must be as large as the first") }
    }
    let full = try model.compile(try model.graph(for: size), threads: threads)
    Self.fill(full, input)
    full.run()
    let outputs = Self.outputs(of: full, model.instanceLayout)
    guard let next, var graph = try model.partialGraph(for: size) else { return outputs }
    if statistics == .frame { graph = graph.normalizingByOwnStatistics { $0.name.hasPrefix("backbone.") } }
    let partial = try model.compile(graph, threads: threads)
    Self.fill(partial, next)
    for index in 1..<graph.inputs.count {
      full.withOutput("cache\(index - 1)") { values, _ in partial.withInput(index) { _ = $0.update(fromContentsOf: values) } }
    }
    partial.run()
    var both = outputs.renamed { "key." + $0 }
    let between = Self.outputs(of: partial, model.instanceLayout)
    for name in between.names { both["nonkey." + name] = between[name] }
    return both
  }

  private func checkedSize(_ input: Tensor) throws(InputError) -> PixelSize {
    guard input.shape.count == 4, input.shape[0] == 1, input.shape[1] == 3, input.count > 0 else {
      throw InputError("an input of shape \(LoadReport.shape(input.shape)) does not suit \(model.name)", advice: "it must be 1x3xHxW")
    }
    let size = PixelSize(width: input.shape[3], height: input.shape[2])
    if size.width > Self.largestSide || size.height > Self.largestSide { throw InputError("an input of \(size) is too large") }
    return size
  }

  /// Writes planes (channel, row, column) as the network's first input (row, column, channel).
  static func fill(_ executable: Executable, _ planes: Tensor) {
    let values = planes.floats()
    let pixels = values.count / 3
    executable.withInput(0) { target in
      for pixel in 0..<pixels { for channel in 0..<3 { target[pixel * 3 + channel] = values[channel * pixels + pixel] } }
    }
  }

  /// What the last run of a network gave, by the names and in the shapes of this type's description; no layout for one that gives every pixel a class.
  static func outputs(of executable: Executable, _ layout: InstanceLayout?) -> NamedTensors {
    var outputs = NamedTensors()
    guard let layout else {
      outputs["logits"] = planes(executable, "logits")
      return outputs
    }
    outputs["loc"] = anchors(executable, "loc", values: 4)
    outputs["conf"] = anchors(executable, "conf", values: layout.classCount, isSoftmaxed: true)
    outputs["mask"] = anchors(executable, "mask", values: layout.coefficientCount)
    outputs["proto"] = executable.withOutput("proto") { values, shape in
      Tensor(shape: [1, shape.height, shape.width, shape.channels], floats: Array(values))
    }
    for name in levels(executable, "p", from: 3) { outputs[name] = planes(executable, name) }
    return outputs
  }

  /// The outputs "<prefix><first>", "<prefix><first + 1>", ... in order.
  private static func levels(_ executable: Executable, _ prefix: String, from first: Int = 0) -> [String] {
    var names: [String] = []
    while executable.outputShapes["\(prefix)\(first + names.count)"] != nil { names.append("\(prefix)\(first + names.count)") }
    return names
  }

  /// An output as (1, channels, rows, columns).
  private static func planes(_ executable: Executable, _ name: String) -> Tensor {
    executable.withOutput(name) { values, shape in
      let (pixels, channels) = (shape.height * shape.width, shape.channels)
      return Tensor(shape: [1, channels, shape.height, shape.width], elementType: .float32) { target in
        let planes = target.bindMemory(to: Float.self)
        for pixel in 0..<pixels { for channel in 0..<channels { planes[channel * pixels + pixel] = values[pixel * channels + channel] } }
      }
    }
  }

  /// The outputs of all levels one after another as (1, anchors, values).
  private static func anchors(_ executable: Executable, _ prefix: String, values count: Int, isSoftmaxed: Bool = false) -> Tensor {
    var joined: [Float] = []
    for name in levels(executable, prefix) { executable.withOutput(name) { values, _ in joined.append(contentsOf: values) } }
    if isSoftmaxed { for start in stride(from: 0, to: joined.count, by: count) { softmax(&joined, start..<start + count) } }
    return Tensor(shape: [1, joined.count / count, count], floats: joined)
  }

  private static func softmax(_ values: inout [Float], _ range: Range<Int>) {
    let largest = values[range].max() ?? 0
    var sum: Float = 0
    for index in range {
      values[index] = expf(values[index] - largest)
      sum += values[index]
    }
    for index in range { values[index] /= sum }
  }
}
