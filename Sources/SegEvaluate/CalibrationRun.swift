public import SegBase
public import SegModels
import SegVideo

/// Calibrates a network on frames of a video or a folder of pictures, spread evenly over it.
public struct CalibrationRun: Sendable {
  /// The network.
  public var model: LoadedModel
  /// A video file or a folder of images.
  public var frames: String
  /// Frames to look at, at most.
  public var frameCount: Int
  /// The loss that is allowed, as a share; nil for the network's default.
  public var limit: Double?
  /// Threads the network may use.
  public var threads: Int
  /// Whether the report has the error of every map.
  public var measuresLayers = false

  /// Makes a run over 64 frames.
  public init(model: LoadedModel, frames: String, frameCount: Int = 64, limit: Double? = nil, threads: Int = 1) {
    (self.model, self.frames, self.frameCount, self.limit, self.threads) = (model, frames, frameCount, limit, threads)
  }

  /// What a run is at.
  public enum Phase: Sendable {
    /// Measuring ranges, frame by frame.
    case frames
    /// Measuring what single nodes lose.
    case nodes
  }

  /// Runs the calibration. `progress` is called on the calling thread; where it throws, so does this.
  /// - Throws: when no frame can be read or the network cannot be run.
  public func run(
    progress: (Phase, _ done: Int, _ total: Int) throws(InputError) -> Void = { _, _, _ in }
  ) throws(InputError) -> (table: CalibrationTable, report: CalibrationReport) {
    let source = try VideoSource(frames)
    let size = model.sizeRule.size(for: source.information.displaySize)
    let calibrator = try Calibrator(model, size: size, frames: frameCount, limit: limit, threads: threads)
    let spread = SpreadFrames(source.information, count: frameCount)
    let scaler = FrameScaler()
    var picture = PixelImage(size: size, format: .rgb24)
    var taken = 0
    for index in 0..<frameCount {
      try progress(.frames, index, spread.count)
      let time = spread.time(of: index)
      if let time { try source.seek(to: time) }
      guard let frame = try source.next() else {
        // Behind a place that cannot be decoded there may be others.
        if time != nil { continue }
        break
      }
      try scaler.scale(frame, into: &picture, size: size, format: .rgb24, quality: .accurate)
      calibrator.add(picture)
      taken += 1
    }
    if taken == 0 { throw InputError("none of its frames can be decoded", subject: frames) }
    try progress(.frames, spread.count, spread.count)
    return try calibrator.finish(measuresLayers: measuresLayers) { done, total throws(InputError) in try progress(.nodes, done, total) }
  }
}

/// Which frames of a video are looked at.
struct SpreadFrames {
  /// How many.
  let count: Int
  private let times: [MediaTime]

  /// Spreads `count` frames over a video; the first ones where its length is not known or it cannot be sought.
  init(_ information: MediaInformation, count: Int) {
    let available = information.frameCount ?? .max
    self.count = min(count, available)
    guard available > count, information.isSeekable, let duration = information.duration?.seconds, duration > 0 else {
      times = []
      return
    }
    // The middle of each of `count` equal parts.
    times = (0..<count).map { MediaTime(seconds: duration * (Double($0) + 0.5) / Double(count)) }
  }

  /// Where to go for a frame; nil for the next one.
  func time(of index: Int) -> MediaTime? { index < times.count ? times[index] : nil }
}
