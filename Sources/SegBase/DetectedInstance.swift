/// An object that a network found in a picture. Its mask lies beside it, under the same index.
public struct DetectedInstance: Hashable, Sendable {
  /// The class's index in the class list; the background has none.
  public var classIndex: Int
  /// How sure the network is, 0...1; with mask re-scoring the class's score times the predicted overlap of the mask.
  public var score: Float
  /// Where the object is.
  public var box: InstanceBox
  /// The number the object keeps from frame to frame, from 1; nil when it has none (yet).
  public var track: Int?

  /// Makes an instance.
  public init(classIndex: Int, score: Float, box: InstanceBox, track: Int? = nil) {
    (self.classIndex, self.score, self.box, self.track) = (classIndex, score, box, track)
  }
}
