internal import Foundation
public import SegBase
public import SegPropagation
internal import SegVideo

/// How well given masks are carried on along the flow, without a network: a folder of videos, each with a folder of masks beside it.
///
/// `NAME.mp4` (or another video) belongs to `NAME-masks`, which holds a binary PNG mask for every frame.
public struct TrackEvaluation: Sendable {
  /// The folder of videos and masks.
  public var folder: String
  /// A mask is given every so many frames; nil: on the first frame only.
  public var interval: Int?
  /// Where the flow comes from.
  public var flow: FlowSource
  /// Frames of each video at most; nil for all.
  public var frameLimit: Int?

  /// Makes an evaluation of a folder.
  public init(folder: String, interval: Int?, flow: FlowSource = .dense, frameLimit: Int? = nil) {
    precondition(interval ?? 1 > 0, "intervals above zero")
    (self.folder, self.interval, self.flow, self.frameLimit) = (folder, interval, flow, frameLimit)
  }

  private static let masksEnding = "-masks"

  /// Runs the evaluation; `progress` gets the videos done and their number.
  /// - Throws: when the folder, a video or a mask cannot be read, or masks and frames differ in number or size.
  public func run(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws(InputError) -> TrackReport {
    let pairs = try videos()
    var report = TrackReport(interval: interval)
    for (index, pair) in pairs.enumerated() {
      try follow(pair.name, video: pair.video, masks: pair.masks, into: &report)
      progress(index + 1, pairs.count)
    }
    return report
  }

  private func videos() throws(InputError) -> [(name: String, video: String, masks: String)] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw InputError("the folder of tracks cannot be read", subject: folder)
    }
    let files = names.filter { !$0.hasSuffix(Self.masksEnding) && !$0.hasPrefix(".") }
    let pairs = names.filter { $0.hasSuffix(Self.masksEnding) }.compactMap { masks -> (String, String, String)? in
      let name = String(masks.dropLast(Self.masksEnding.count))
      guard let video = files.first(where: { ($0 as NSString).deletingPathExtension == name }) else { return nil }
      return (name, folder + "/" + video, folder + "/" + masks)
    }
    if pairs.isEmpty { throw InputError("no videos with masks in this folder", subject: folder, advice: "NAME.mp4 belongs to a folder NAME-masks") }
    return pairs
  }

  private func follow(_ name: String, video: String, masks: String, into report: inout TrackReport) throws(InputError) {
    let files = try LabelFiles(folder: masks)
    let source = try VideoSource(video, exportsMotionVectors: flow.needsMotionVectors)
    let scaler = FrameScaler()
    let propagation = MaskPropagation(flow: flow)
    var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgb24)
    for index in 0..<min(files.paths.count, frameLimit ?? .max) {
      guard let frame = try source.next() else {
        throw InputError("\(files.paths.count) masks for \(index) frames", subject: masks, advice: "there must be one mask a frame, in name order")
      }
      let truth = try files.labels(at: index)
      if truth.size.pixelCount == 0 { throw InputError("an empty mask", subject: files.paths[index]) }
      let started = ContinuousClock.now
      try scaler.scale(frame, into: &picture, size: source.information.displaySize, format: .rgb24, quality: .accurate)
      if index == 0 || interval.map({ index.isMultiple(of: $0) }) ?? false {
        propagation.give(truth, on: picture)
      } else {
        propagation.advance(
          to: picture, codec: flow.needsMotionVectors ? CodecMotion(vectors: frame.motionVectors, frameSize: frame.size) : nil)
        let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
        if propagation.mask.size != truth.size { throw InputError("masks of different sizes", subject: masks) }
        report.add(Self.overlap(propagation.mask, truth), of: name, milliseconds: milliseconds)
      }
    }
  }

  /// Intersection over union of a mask (not 0) and a true one (128 on); 1 where both are empty.
  static func overlap(_ mask: borrowing PixelImage, _ truth: borrowing PixelImage) -> Double {
    mask.withBytes { mask in
      truth.withBytes { truth in
        var (common, all) = (0, 0)
        for index in 0..<mask.count {
          let (isMask, isTrue) = (mask[index] != 0, truth[index] > 127)
          common += isMask && isTrue ? 1 : 0
          all += isMask || isTrue ? 1 : 0
        }
        return all == 0 ? 1 : Double(common) / Double(all)
      }
    }
  }
}
