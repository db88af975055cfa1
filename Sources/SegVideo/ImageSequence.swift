internal import CFFmpeg
internal import Glibc
internal import SegBase

/// Decodes picture files one by one; the files may be of different kinds and sizes. One thread at a time.
final class ImageSequence {
  let paths: [String]
  /// The next file to decode.
  var position = 0
  /// Files that could not be decoded so far.
  private(set) var corruptFiles = 0
  private(set) var codec = AV_CODEC_ID_NONE
  private var decoder: Decoder?
  private var packet: UnsafeMutablePointer<AVPacket>?

  init(_ paths: [String]) {
    MediaLog.install()
    self.paths = paths
    packet = av_packet_alloc()
  }

  deinit { av_packet_free(&packet) }

  /// Decodes the next file that can be decoded and says which it was; nil after the last. The caller owns the frame.
  func next() -> (frame: UnsafeMutablePointer<AVFrame>, index: Int)? {
    while position < paths.count {
      let index = position
      position += 1
      if let frame = try? decode(paths[index]) { return (frame, index) }
      corruptFiles += 1
    }
    return nil
  }

  /// Decodes one file. The caller owns the frame.
  func decode(_ path: String) throws(InputError) -> UnsafeMutablePointer<AVFrame> {
    guard let packet else { throw InputError("out of memory", subject: path) }
    try load(path, into: packet)
    defer { av_packet_unref(packet) }
    let bytes = UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size))
    guard let kind = ImageFiles.codec(firstBytes: bytes) else {
      throw InputError("not a picture", subject: path, advice: "give a PNG, JPEG, BMP, PNM, TIFF or WebP file")
    }
    let decoder = try self.decoder(kind, path)
    decoder.flush()
    // Without this the PNG decoder adds the picture before.
    packet.pointee.flags |= AV_PKT_FLAG_KEY
    var code = decoder.send(packet)
    if code >= 0 { code = decoder.send(nil) }
    if code >= 0, case .frame(let frame) = try decoder.receive() { return frame }
    throw InputError("the picture cannot be decoded", subject: path, advice: "the file is damaged, or larger than \(Decoder.maximumPixelCount >> 20) Mpixel")
  }

  private func decoder(_ kind: AVCodecID, _ path: String) throws(InputError) -> Decoder {
    if let decoder, codec == kind { return decoder }
    let opened = try Decoder(codec: kind, parameters: nil, timeBase: AVRational(num: 1, den: 1_000_000), threads: 1, subject: path)
    codec = kind
    decoder = opened
    return opened
  }

  private func load(_ path: String, into packet: UnsafeMutablePointer<AVPacket>) throws(InputError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FFmpegFailure.opening(path, code: -errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw InputError("not a file", subject: path) }
    if status.st_size == 0 { throw InputError("the file is empty", subject: path, advice: "copy it again") }
    if status.st_size > ImageFiles.maximumByteCount {
      throw InputError("the picture's file is too large", subject: path, advice: "at most \(ImageFiles.maximumByteCount >> 20) MB are read")
    }
    if av_new_packet(packet, Int32(status.st_size)) < 0 { throw InputError("out of memory", subject: path) }
    var done = 0
    while done < Int(status.st_size) {
      let count = read(descriptor, packet.pointee.data + done, Int(status.st_size) - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      done += count
    }
    av_shrink_packet(packet, Int32(done))
  }
}
