public import SegBase

/// What is known about a frame before it is decided which pass it gets: plain numbers, each cheap to measure.
///
/// Every share is 0...1. Numbers out of range, infinite or not numbers are taken as the nearest sensible one (`bounded`), so no decoder or flow can upset the
/// scheduler. Signals that a source lacks stay zero or nil.
public struct FrameSignals: Sendable, Hashable {
  /// Measures against the keyframe itself, for those who have them; the scheduler otherwise adds up the measures from frame to frame.
  public struct SinceKey: Sendable, Hashable {
    /// Number of the keyframe they are about. They are used only while it is the scheduler's key as well.
    public var frame: Int
    /// `histogramDistance` between this frame and the keyframe; nil where it was not measured.
    public var histogramDistance: Double?
    /// Share of this frame's pixels that no chain of consistent flow joins to the keyframe; nil where it was not measured.
    public var inconsistentShare: Double?

    /// Makes the measures against keyframe number `frame`.
    public init(frame: Int, histogramDistance: Double? = nil, inconsistentShare: Double? = nil) {
      self.frame = frame
      self.histogramDistance = histogramDistance
      self.inconsistentShare = inconsistentShare
    }
  }

  /// Number of the frame in the video, from 0; dropped frames leave gaps.
  public var frame: Int
  /// Presentation time.
  public var time: MediaTime
  /// Seconds until the next frame is due, at the speed that is played; 0 where it is unknown.
  public var duration: Double
  /// Whether what was computed before no longer applies: a seek, another size of the picture, another model.
  public var isDiscontinuity = false
  /// Half the sum of absolute differences between the normalised luma histograms (64 bins) of this frame and the previous one.
  public var histogramDistance = 0.0
  /// Mean absolute difference of luma between this frame and the previous one, as a share of the full range.
  public var meanAbsoluteDifference = 0.0
  /// Mean length of the flow from the previous frame, as a share of the picture's width.
  public var flowMagnitude = 0.0
  /// Share of pixels whose forward and backward flow to the previous frame differ by more than 1.5 pixels, or that come from outside the picture.
  public var inconsistentShare = 0.0
  /// Share of the picture that the encoder coded without reference to another frame; nil where it is unknown and for frames that are coded so as a whole.
  public var intraShare: Double?
  /// Measures against the keyframe.
  public var sinceKey: SinceKey?

  /// Makes the signals of a frame in which nothing has changed.
  public init(frame: Int, time: MediaTime, duration: Double) {
    self.frame = frame
    self.time = time
    self.duration = duration
  }

  /// The same signals with every number in its range.
  public var bounded: FrameSignals {
    var result = self
    result.frame = Self.bounded(frame)
    result.duration = duration.bounded(to: 0...3600)
    result.histogramDistance = histogramDistance.bounded(to: 0...1)
    result.meanAbsoluteDifference = meanAbsoluteDifference.bounded(to: 0...1)
    result.flowMagnitude = flowMagnitude.bounded(to: 0...1)
    result.inconsistentShare = inconsistentShare.bounded(to: 0...1)
    result.intraShare = intraShare?.bounded(to: 0...1)
    result.sinceKey?.frame = Self.bounded(sinceKey?.frame ?? 0)
    result.sinceKey?.histogramDistance = sinceKey?.histogramDistance?.bounded(to: 0...1)
    result.sinceKey?.inconsistentShare = sinceKey?.inconsistentShare?.bounded(to: 0...1)
    return result
  }

  /// The signals without those that come from the flow, for frames whose flow is not computed.
  public var withoutFlow: FrameSignals {
    var result = self
    result.flowMagnitude = 0
    result.inconsistentShare = 0
    result.sinceKey?.inconsistentShare = nil
    return result
  }

  /// Numbers of frames stay where differences of two cannot overflow.
  private static func bounded(_ number: Int) -> Int { max(-(1 << 60), min(1 << 60, number)) }
}
