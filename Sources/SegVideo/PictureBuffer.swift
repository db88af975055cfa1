internal import CFFmpeg
internal import SegBase

/// Owns a frame with its own padded rows, to be filled and given to an encoder or scaler.
///
/// libswscale and the encoders may read past a row's end, for which a `PixelImage` has no room.
struct PictureBuffer: ~Copyable {
  let frame: UnsafeMutablePointer<AVFrame>

  init(size: PixelSize, format: AVPixelFormat, subject: String) throws(InputError) {
    guard size.width > 0, size.height > 0, Int64(size.pixelCount) <= Decoder.maximumPixelCount else {
      throw InputError("a picture of \(size) cannot be written", subject: subject)
    }
    guard let frame = av_frame_alloc() else { throw InputError("out of memory", subject: subject) }
    frame.pointee.width = Int32(size.width)
    frame.pointee.height = Int32(size.height)
    frame.pointee.format = format.rawValue
    if av_frame_get_buffer(frame, 0) < 0 {
      var failed: UnsafeMutablePointer<AVFrame>? = frame
      av_frame_free(&failed)
      throw InputError("out of memory", subject: subject)
    }
    self.frame = frame
  }

  deinit {
    var pointer: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&pointer)
  }

  /// Copies rows into the first plane. Where the frame is wider or taller than the rows, their last pixel of `pixelBytes` bytes and the last row are repeated.
  borrowing func copyRows(_ bytes: UnsafeBufferPointer<UInt8>, bytesPerRow: Int, pixelBytes: Int = 0) {
    guard let source = bytes.baseAddress, let target = frame.pointee.data.0, bytesPerRow > 0 else { return }
    let stride = Int(frame.pointee.linesize.0)
    let rows = bytes.count / bytesPerRow
    for y in 0..<Int(frame.pointee.height) {
      let row = target + y * stride
      row.update(from: source + min(y, rows - 1) * bytesPerRow, count: bytesPerRow)
      if pixelBytes > 0 && Int(frame.pointee.width) * pixelBytes > bytesPerRow {
        (row + bytesPerRow).update(from: row + bytesPerRow - pixelBytes, count: pixelBytes)
      }
    }
  }

  /// Sets the colours of a PAL8 frame; entries that are not given are opaque black.
  borrowing func setPalette(_ palette: [Colour]) {
    guard let entries = frame.pointee.data.1 else { return }
    entries.withMemoryRebound(to: UInt32.self, capacity: 256) { words in
      for index in 0..<256 {
        let colour = index < palette.count ? palette[index] : Colour(0, 0, 0)
        words[index] = 0xFF00_0000 | UInt32(colour.red) << 16 | UInt32(colour.green) << 8 | UInt32(colour.blue)
      }
    }
  }
}
