internal import CFFmpeg
internal import SegBase

/// Reads and decodes the video stream of a container, frame after frame. One thread at a time.
final class StreamReader {
  let demuxer: Demuxer
  private let subject: String
  private let threads: Int32
  private let exportsMotionVectors: Bool
  private let interrupt: InterruptFlag
  private var decoder: Decoder
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var holdsPacket = false
  private var isDraining = false
  private var skipsToKeyframe = 0
  /// Packets and frames that could not be decoded so far.
  private(set) var corruptPackets = 0

  /// Broken packets in a row after which the rest is taken as lost.
  private static let patience = 4096

  init(_ location: MediaLocation, subject: String, threads: Int32, exportsMotionVectors: Bool, interrupt: InterruptFlag) throws(InputError) {
    demuxer = try Demuxer(location, subject: subject, interrupt: interrupt)
    self.subject = subject
    self.interrupt = interrupt
    self.threads = threads
    self.exportsMotionVectors = exportsMotionVectors
    decoder = try StreamReader.makeDecoder(demuxer, threads, exportsMotionVectors, subject)
    packet = av_packet_alloc()
  }

  deinit { av_packet_free(&packet) }

  private static func makeDecoder(_ demuxer: Demuxer, _ threads: Int32, _ exportsMotionVectors: Bool, _ subject: String) throws(InputError) -> Decoder {
    let stream = demuxer.stream
    guard let parameters = stream.pointee.codecpar else { throw InputError("no video stream", subject: subject) }
    // One thread costs the least processor time in all (2 threads: 5 to 7 % more); only pictures larger than 1080p may need more to keep up.
    let isLarge = Int64(parameters.pointee.width) * Int64(parameters.pointee.height) > 1920 * 1088
    let threads = threads > 0 ? threads : isLarge ? min(4, av_cpu_count()) : 1
    return try Decoder(
      codec: parameters.pointee.codec_id, parameters: parameters, timeBase: stream.pointee.time_base, threads: threads,
      exportsMotionVectors: exportsMotionVectors, subject: subject)
  }

  /// The next frame, which the caller owns, with the stream's timestamps; nil at the end or when interrupted.
  func next() throws(InputError) -> UnsafeMutablePointer<AVFrame>? {
    var failures = 0
    while !interrupt.isRaised && failures < StreamReader.patience {
      switch try decoder.receive() {
      case .frame(let frame):
        if frame.pointee.decode_error_flags != 0 || frame.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 { corruptPackets += 1 }
        return frame
      case .end: return nil
      case .corrupt:
        failures += 1
        corruptPackets += 1
      case .needsPacket:
        if isDraining { return nil }
        if try !feed() { failures += 1 }
      }
    }
    return nil
  }

  /// Gives the decoder one packet. False when the packet was broken.
  private func feed() throws(InputError) -> Bool {
    guard let packet else { throw InputError("out of memory", subject: subject) }
    if !holdsPacket {
      switch try demuxer.read(into: packet) {
      case .packet: holdsPacket = true
      case .end:
        isDraining = true
        return decoder.send(nil) >= 0
      case .interrupted: return true
      case .corrupt:
        corruptPackets += 1
        return false
      }
    }
    if skipsToKeyframe > 0 {
      if packet.pointee.flags & AV_PKT_FLAG_KEY == 0 {
        skipsToKeyframe -= 1
        dropPacket(packet)
        return true
      }
      skipsToKeyframe = 0
    }
    let wasMarked = packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
    let code = decoder.send(packet)
    // The decoder wants a frame taken first: the packet is kept and sent again.
    if code == seg_error_again { return false }
    dropPacket(packet)
    if code < 0 || wasMarked { corruptPackets += 1 }
    return code >= 0
  }

  private func dropPacket(_ packet: UnsafeMutablePointer<AVPacket>) {
    av_packet_unref(packet)
    holdsPacket = false
  }

  /// Moves to the last keyframe at or before `timestamp`. False when the container cannot.
  func seek(to timestamp: Int64) -> Bool {
    guard demuxer.seek(to: timestamp) else { return false }
    forget()
    decoder.flush()
    skipsToKeyframe = 1000
    return true
  }

  /// Goes back to the first frame by opening the input again. False when that is impossible.
  func rewind() throws(InputError) -> Bool {
    guard demuxer.canReopen else { return false }
    forget()
    try demuxer.reopen()
    decoder = try StreamReader.makeDecoder(demuxer, threads, exportsMotionVectors, subject)
    return true
  }

  private func forget() {
    if let packet { dropPacket(packet) }
    isDraining = false
    skipsToKeyframe = 0
  }

  /// The stored pixel format.
  var pixelFormat: AVPixelFormat { decoder.pixelFormat }
}
