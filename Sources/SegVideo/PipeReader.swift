internal import CFFmpeg
internal import Glibc

/// Reads a file descriptor for libavformat so that a read that waits can be interrupted, which its own `pipe:` and `file:` cannot.
final class PipeReader {
  /// The context to give to libavformat as `pb`.
  private(set) var context: UnsafeMutablePointer<AVIOContext>?
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private let interrupt: InterruptFlag

  /// Wraps a descriptor; when it is a regular file it can be sought in. Nil when memory runs out.
  init?(descriptor: Int32, ownsDescriptor: Bool, interrupt: InterruptFlag) {
    self.descriptor = descriptor
    self.ownsDescriptor = ownsDescriptor
    self.interrupt = interrupt
    let size = 64 * 1024
    guard let buffer = av_malloc(size) else { return nil }
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    context = avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(size), 0, Unmanaged.passUnretained(self).toOpaque(),
      { opaque, bytes, count in
        guard let opaque, let bytes else { return seg_error_end }
        return Unmanaged<PipeReader>.fromOpaque(opaque).takeUnretainedValue().read(bytes, count)
      }, nil,
      isFile
        ? { opaque, offset, whence in
          guard let opaque else { return -1 }
          return Unmanaged<PipeReader>.fromOpaque(opaque).takeUnretainedValue().seek(offset, whence)
        } : nil)
    if context == nil {
      av_free(buffer)
      return nil
    }
  }

  deinit {
    if let context { av_free(context.pointee.buffer) }
    avio_context_free(&context)
    if ownsDescriptor { close(descriptor) }
  }

  private func read(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int32) -> Int32 {
    while !interrupt.mustStop {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, 100)
      if ready < 0 && errno != EINTR { return -errno }
      if ready <= 0 { continue }
      let got = Glibc.read(descriptor, bytes, Int(count))
      if got > 0 { return Int32(got) }
      if got == 0 { return seg_error_end }
      if errno != EINTR && errno != EAGAIN { return -errno }
    }
    return seg_error_exit
  }

  private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
    if whence & AVSEEK_SIZE != 0 {
      var status = stat()
      return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : -1
    }
    let position = lseek(descriptor, Int(offset), whence & 3)
    return position < 0 ? Int64(-errno) : Int64(position)
  }
}
