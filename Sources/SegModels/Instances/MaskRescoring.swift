public import SegRuntime

/// Predicts how well masks cover their objects (YOLACT++): a small network from a mask's values at the prototypes' size to the overlap for each class.
///
/// Used by one thread at a time.
public struct MaskRescoring {
  /// Lets `fill` write the input (rows x columns, 0...1), runs, and calls `read` with one number a class, the background left out.
  public typealias Prediction = (_ fill: (UnsafeMutableBufferPointer<Float>) -> Void, _ read: (UnsafeBufferPointer<Float>) -> Void) -> Void

  private let predict: Prediction

  /// Makes one of any prediction.
  public init(_ predict: @escaping Prediction) { self.predict = predict }

  /// Makes one of a network with one input and the output "iou".
  public init(_ executable: Executable) {
    predict = { fill, read in
      executable.withInput(0, fill)
      executable.run()
      executable.withOutput("iou") { values, _ in read(values) }
    }
  }

  /// The predicted overlap of a mask with an object of a class.
  func overlap(of mask: Int, in masks: InstanceMasks, classIndex: Int) -> Float {
    var overlap: Float = 0
    predict({ masks.writeValues(of: mask, into: $0) }) { values in
      precondition(classIndex < values.count, "an overlap for every class")
      overlap = values[classIndex]
    }
    return overlap
  }
}
