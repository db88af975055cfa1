public import SegBase
import SegGraph
public import SegRuntime

/// Where the outputs of a network that finds instances lie in memory, channels last, as `InstanceLayout` names them.
public struct InstanceOutputs {
  /// Class scores before the softmax of each level: rows x columns x anchors x classes, the background first.
  public let classScores: [UnsafeBufferPointer<Float>]
  /// Box offsets of each level: rows x columns x anchors x 4.
  public let boxOffsets: [UnsafeBufferPointer<Float>]
  /// Mask coefficients of each level: rows x columns x anchors x coefficients.
  public let coefficients: [UnsafeBufferPointer<Float>]
  /// Prototypes: rows x columns x coefficients.
  public let prototypes: UnsafeBufferPointer<Float>
  /// Keeps the memory.
  private let owner: Executable?

  /// Outputs that somebody else keeps in memory.
  public init(
    classScores: [UnsafeBufferPointer<Float>], boxOffsets: [UnsafeBufferPointer<Float>], coefficients: [UnsafeBufferPointer<Float>],
    prototypes: UnsafeBufferPointer<Float>
  ) {
    (self.classScores, self.boxOffsets, self.coefficients, self.prototypes) = (classScores, boxOffsets, coefficients, prototypes)
    owner = nil
  }

  /// The outputs of a network: made once, it shows what each run gave.
  public init(_ executable: Executable) {
    let levels = Self.levels(executable)
    // An output stays where it is as long as the executable lives, which `owner` sees to.
    let output = { (name: String) in executable.withOutput(name) { values, _ in values } }
    classScores = levels.indices.map { output("conf\($0)") }
    boxOffsets = levels.indices.map { output("loc\($0)") }
    coefficients = levels.indices.map { output("mask\($0)") }
    prototypes = output("proto")
    owner = executable
  }

  /// The sizes of the levels of a network, the finest first.
  public static func levels(_ executable: Executable) -> [PixelSize] {
    var levels: [PixelSize] = []
    while let shape = executable.outputShapes["conf\(levels.count)"] { levels.append(PixelSize(width: shape.width, height: shape.height)) }
    return levels
  }

  /// The size of a network's prototypes.
  public static func prototypeSize(_ executable: Executable) -> PixelSize {
    guard let shape = executable.outputShapes["proto"] else { preconditionFailure("a network that finds instances has prototypes") }
    return PixelSize(width: shape.width, height: shape.height)
  }
}
