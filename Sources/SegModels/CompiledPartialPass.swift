import SegBase
public import SegGraph
import SegRuntime

/// Deep features of a keyframe that another frame is to be given.
public struct CarriedFeatures {
  /// Which of the network's carried maps this is, from 0.
  public let index: Int
  /// Rows, columns and channels.
  public let shape: FeatureShape
  /// The values in that order.
  public let values: UnsafeBufferPointer<Float>
}

/// Writes what a frame is given in place of its own deep features: `output` is a map of the features' shape.
public typealias FeatureCarrier = (_ features: CarriedFeatures, _ output: UnsafeMutableBufferPointer<Float>) -> Void

/// A network's pass between keyframes, compiled for one input size beside the full pass whose features it carries over. Used by one thread at a time.
final class CompiledPartialPass {
  /// The pass; its outputs are those of the full one.
  let executable: Executable
  private let key: Executable
  private let carried: [String]
  private let motion: PartialPass.Motion
  private var state = KeyState.none

  private enum KeyState {
    /// No keyframe has passed yet.
    case none
    /// The keyframe's features have not been given to the pass yet.
    case fresh
    /// They have been.
    case taken
  }

  /// Compiles the pass of a model; `key` runs the full graph. Throws as `LoadedModel.compile` does.
  init(_ model: LoadedModel, _ graphs: PassGraphs, key: Executable, threads: Int, precision: PrecisionPlan = .float32) throws(InputError) {
    executable = try model.compile(graphs.partial, threads: threads, precision: precision)
    (self.key, carried, motion) = (key, graphs.carried, graphs.motion)
  }

  /// Notes that the full pass has run: its features are the ones that are carried over from here on.
  func didRunKey() { state = .fresh }

  /// Whether a keyframe has passed.
  var hasKey: Bool { state != .none }

  /// Lets `fill` write the picture and `carry` the deep features, and runs; a keyframe must have passed.
  ///
  /// A network with a flow of its own takes the keyframe's features as they are, once a keyframe; `carry` is not called then.
  func run(fill: (UnsafeMutableBufferPointer<Float>) -> Void, carry: FeatureCarrier) {
    precondition(hasKey, "a keyframe comes first")
    executable.withInput(0, fill)
    if motion == .opticalFlow || state == .fresh {
      for (index, name) in carried.enumerated() {
        key.withOutput(name) { values, shape in
          executable.withInput(index + 1) { target in
            if motion == .learned {
              _ = target.update(fromContentsOf: values)
            } else {
              carry(CarriedFeatures(index: index, shape: shape, values: values), target)
            }
          }
        }
      }
      state = .taken
    }
    executable.run()
  }
}
