internal import CFFmpeg
public import SegBase

/// An opened video, camera, folder of pictures or generator that gives its frames in order of presentation.
///
/// A source may be used by one thread at a time and handed from one thread to another; only `interrupt` may be called at any time from any thread.
/// Opening decodes the first frame, so that a file without a picture is refused at once.
public final class VideoSource: @unchecked Sendable {
  // Sendable so that it can be handed to a decode thread; the rule above is the caller's to keep.

  private enum Backend {
    case stream(StreamReader)
    case images(ImageSequence)
  }

  /// What is known of the video.
  public let information: MediaInformation
  private let subject: String
  private let flag: InterruptFlag
  private let backend: Backend
  private let orientation: Orientation
  private var clock: PresentationClock
  private var tracker = ReferenceTracker()
  /// Decoded but not yet given out; `second` comes after `first`.
  private var first: VideoFrame?
  private var second: VideoFrame?
  private var nextIndex = 0
  /// The last time given out, in microseconds; nil before the first frame.
  private var position: Int64?

  /// Opens a video.
  ///
  /// `location` is one of: a video or picture file; "-" for standard input; a folder of pictures, or a pattern of picture files ("dir/%05d.png", "dir/*.jpg");
  /// a device "v4l2:/dev/video0" (or just "/dev/video0"); a generator "lavfi:testsrc2=size=640x360:rate=30"; a URL that libavformat opens.
  /// A path that exists is always taken as a path. Pictures are `imageRate` a second. `threads` decode (0: one, or up to four for pictures larger than 1080p).
  /// With `exportsMotionVectors` frames have the motion vectors of their codec.
  /// Throws when there is no such input, it is damaged beyond use, it has no video stream, or no frame of it can be decoded.
  public init(_ location: String, imageRate: Double = 25, threads: Int = 0, exportsMotionVectors: Bool = false) throws(InputError) {
    precondition(imageRate > 0 && imageRate <= 1000 && threads >= 0, "rates and thread counts are positive")
    let flag = InterruptFlag()
    let place = try MediaLocation(location)
    subject = location == "-" ? "standard input" : location
    self.flag = flag
    var information = MediaInformation()
    switch place {
    case .images(let paths):
      let sequence = ImageSequence(paths)
      backend = .images(sequence)
      let rate = av_d2q(imageRate, 1_000_000)
      clock = PresentationClock(timeBase: AVRational(num: rate.den, den: rate.num), frameRate: rate, isNumbered: false, origin: 0)
      // A single picture is decoded by name, so that the reason is told when it cannot be.
      guard let (frame, index) = paths.count == 1 ? (try sequence.decode(paths[0]), 0) : sequence.next() else {
        throw InputError("none of the \(paths.count) pictures can be decoded", subject: subject, advice: "check them with an image viewer")
      }
      if paths.count == 1 { sequence.position = 1 }
      orientation = Orientation(matrix: seg_frame_display_matrix(frame))
      information.describe(frame, orientation: orientation, sampleAspectRatio: AVRational(num: 1, den: 1))
      information.describe(sequence, imageRate: imageRate)
      self.information = information
      first = makeFrame(frame, index: index)
      nextIndex = sequence.position
    default:
      let reader = try StreamReader(place, subject: subject, threads: Int32(clamping: threads), exportsMotionVectors: exportsMotionVectors, interrupt: flag)
      backend = .stream(reader)
      let demuxer = reader.demuxer
      clock = PresentationClock(
        timeBase: demuxer.stream.pointee.time_base, frameRate: demuxer.frameRate ?? AVRational(num: 25, den: 1), isNumbered: demuxer.lacksTimestamps)
      guard let frame = try reader.next() else {
        if demuxer.formatName == "image2" || demuxer.formatName.hasSuffix("_pipe") { throw FFmpegFailure.opening(subject, code: seg_error_invalid_data) }
        throw InputError("no frame of the video can be decoded", subject: subject, advice: "the file is damaged or was cut off: copy it again")
      }
      let container = seg_stream_display_matrix(demuxer.stream)
      orientation = Orientation(matrix: container ?? seg_frame_display_matrix(frame))
      information.describe(frame, orientation: orientation, sampleAspectRatio: demuxer.sampleAspectRatio(frame))
      information.describe(demuxer, firstTimestamp: VideoSource.timestamp(frame))
      self.information = information
      first = makeFrame(frame, index: 0)
      nextIndex = 1
    }
  }

  /// Packets, frames or picture files that could not be decoded so far; they are left out.
  public var corruptPackets: Int {
    switch backend {
    case .stream(let reader): reader.corruptPackets
    case .images(let sequence): sequence.corruptFiles
    }
  }

  /// Makes a blocking `next` or `seek`, now or later, stop: `next` then gives nil for ever. May be called from any thread.
  public func interrupt() { flag.raise() }

  /// The next frame in order of presentation; nil at the end or after `interrupt`. Broken packets are counted and left out.
  ///
  /// Throws when a device or a network stream fails; a file that is cut off just ends.
  public func next() throws(InputError) -> VideoFrame? {
    if flag.isRaised { return nil }
    var result = first.take()
    if result == nil { result = second.take() }
    if result == nil { result = try decode() }
    if let time = result?.presentationTime.microseconds { position = time }
    return result
  }

  /// Moves so that `next` gives the frame that is shown at `target`: the last one whose presentation time is not after it.
  ///
  /// A target before the first frame means the first frame, one after the end the last frame. Exact in every file whose packets can be decoded:
  /// decoding starts at the keyframe before. Throws when the input cannot go back to there (pipes, cameras).
  public func seek(to target: MediaTime) throws(InputError) {
    let wanted = max(0, target.microseconds)
    switch backend {
    case .images(let sequence):
      dropPending()
      clock.restart()
      // Where the wanted picture is broken, the one before it is shown longer.
      var index = min(sequence.paths.count - 1, Int(clamping: clock.frameIndex(at: wanted &+ 1)))
      while index >= 0 {
        sequence.position = index + 1
        if let frame = try? sequence.decode(sequence.paths[index]) {
          first = makeFrame(frame, index: index)
          return
        }
        index -= 1
      }
    case .stream(let reader): try seek(reader, to: wanted)
    }
  }

  private func seek(_ reader: StreamReader, to wanted: Int64) throws(InputError) {
    if !information.isSeekable {
      guard wanted >= (position ?? 0) || position == nil else {
        throw InputError("cannot go back in this input", subject: subject, advice: "save it to a file and play that")
      }
      _ = try advance(to: wanted, fromStart: true)
      return
    }
    dropPending()
    // Where the container lands after the target, it is asked for ever earlier places, at last for the start.
    let end = information.duration?.microseconds ?? .max
    for margin: Int64 in [0, 2_000_000, 10_000_000, 60_000_000] {
      if flag.isRaised { return }
      let from = max(0, min(wanted, end) &- margin)
      guard reader.seek(to: clock.timestamp(from)) else { break }
      clock.restart()
      tracker = ReferenceTracker()
      if try advance(to: wanted, fromStart: from == 0 && !reader.demuxer.canReopen) { return }
      dropPending()
      if from == 0 { break }
    }
    if flag.isRaised { return }
    guard try reader.rewind() else { throw InputError("cannot go back in this input", subject: subject, advice: "save it to a file and play that") }
    clock.restart()
    tracker = ReferenceTracker()
    nextIndex = 0
    _ = try advance(to: wanted, fromStart: true)
  }

  /// Decodes until the frame shown at `wanted` is the next to be given out. False when the first frame found is already later and `fromStart` is false,
  /// or when there is none.
  private func advance(to wanted: Int64, fromStart: Bool) throws(InputError) -> Bool {
    var shown: VideoFrame?
    while true {
      var candidate = first.take()
      if candidate == nil { candidate = second.take() }
      if candidate == nil { candidate = try decode() }
      guard let frame = candidate else { break }
      if frame.presentationTime.microseconds <= wanted {
        shown = consume frame
        continue
      }
      if shown == nil && !fromStart { return false }
      if shown == nil {
        first = consume frame
      } else {
        first = shown.take()
        second = consume frame
      }
      renumber(fromStart: fromStart)
      return true
    }
    first = shown.take()
    renumber(fromStart: fromStart)
    return first != nil
  }

  /// Works out the indexes of the pending frames from their times where they could not be counted.
  private func renumber(fromStart: Bool) {
    guard !fromStart, let time = first?.presentationTime.microseconds else { return }
    let index = Int(clamping: clock.frameIndex(at: time &+ clock.nominalDuration / 2))
    first?.index = index
    if second != nil { second?.index = index + 1 }
    nextIndex = index + (second == nil ? 1 : 2)
  }

  private func dropPending() {
    first = nil
    second = nil
  }

  private func decode() throws(InputError) -> VideoFrame? {
    switch backend {
    case .stream(let reader):
      guard let frame = try reader.next() else { return nil }
      defer { nextIndex += 1 }
      return makeFrame(frame, index: nextIndex)
    case .images(let sequence):
      guard let (frame, index) = sequence.next() else { return nil }
      return makeFrame(frame, index: index)
    }
  }

  /// Gives a decoded frame its time; `index` is the picture's number in a sequence.
  private func makeFrame(_ frame: UnsafeMutablePointer<AVFrame>, index: Int) -> VideoFrame {
    let own = Orientation(matrix: seg_frame_display_matrix(frame))
    switch backend {
    case .images:
      return VideoFrame(
        frame: frame, orientation: own, presentationTime: MediaTime(microseconds: clock.time(timestamp: Int64(index))),
        duration: MediaTime(microseconds: clock.nominalDuration), index: index)
    case .stream:
      let references = tracker.advance(frame.pointee.pict_type)
      let ticks = seg_frame_duration(frame)
      let length = ticks > 0 ? MediaTime(microseconds: av_rescale_q(ticks, clock.timeBase, AVRational(num: 1, den: 1_000_000))) : nil
      return VideoFrame(
        frame: frame, orientation: own.isUpright ? orientation : own,
        presentationTime: MediaTime(microseconds: clock.time(timestamp: VideoSource.timestamp(frame))), duration: length, index: index,
        references: references)
    }
  }

  private static func timestamp(_ frame: UnsafeMutablePointer<AVFrame>) -> Int64? {
    let timestamp = frame.pointee.best_effort_timestamp
    return timestamp == seg_no_timestamp ? nil : timestamp
  }
}
