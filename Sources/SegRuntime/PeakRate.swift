public import SegBase
public import SegGraph
internal import SegTensor

/// How fast this machine's convolutions can be, as a measure for those of a network.
public enum PeakRate {
  /// 10⁹ operations a second of a convolution that suits the library well (5x5, 128 to 128 channels, 32x32 places), the best of several runs on this thread.
  ///
  /// Takes about a tenth of a second. Throws when the library cannot make it.
  public static func measure(_ precision: Precision) throws(InputError) -> Double {
    var builder = GraphBuilder()
    let channels = 128
    let input = builder.input(FeatureShape(height: 32, width: 32, channels: channels))
    let weights = (0..<channels * channels * 25).map { Float($0 % 17 - 8) / 1024 }
    var convolution = Convolution(weight: Tensor(shape: [channels, channels, 5, 5], floats: weights))
    convolution.padding = Padding(2)
    let first = try builder.add(.convolution(convolution), name: "first", inputs: [input])
    builder.output(try builder.add(.convolution(convolution), name: "second", inputs: [first]), name: "output")
    let range = ValueRange(lowest: -1, highest: 1)
    let executable = try Executable(graph: builder.build(), precision: PrecisionPlan(precision, ranges: ["input": range, "first": range]))
    executable.withInput(0) { values in for index in values.indices { values[index] = Float(index % 13 - 6) / 8 } }
    var best = 0.0
    for _ in 0..<12 { best = max(best, executable.profile().first { $0.name == "first" && $0.precision != nil }?.gigaOperationsPerSecond ?? 0) }
    return best
  }
}
