/// How the bytes of a `PixelImage` are laid out.
public enum PixelFormat: Sendable, Hashable {
  /// One byte a pixel: a grey value or a class index.
  case gray8
  /// Three bytes a pixel: red, green, blue.
  case rgb24
  /// Four bytes a pixel: red, green, blue, alpha (255: opaque, not premultiplied).
  case rgba32

  /// Bytes a pixel takes.
  public var bytesPerPixel: Int {
    switch self {
    case .gray8: 1
    case .rgb24: 3
    case .rgba32: 4
    }
  }
}

/// A picture in memory: rows from the top, no padding between rows, 64-byte aligned, freed by its one owner.
///
/// The buffer is kept when the picture is resized to something that fits in it, so that one picture can be reused for every frame of a video.
public struct PixelImage: ~Copyable, @unchecked Sendable {
  // Safe to send: the storage has a single owner, and nothing else keeps its address.

  /// Layout of a pixel.
  public private(set) var format: PixelFormat
  /// Width and height in pixels.
  public private(set) var size: PixelSize
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int

  /// Makes a picture of `size` whose bytes are all zero.
  public init(size: PixelSize, format: PixelFormat) {
    self.size = size
    self.format = format
    capacity = max(64, size.pixelCount * format.bytesPerPixel)
    storage = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
    storage.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
  }

  deinit { storage.deallocate() }

  /// Bytes from one row to the next.
  public var bytesPerRow: Int { size.width * format.bytesPerPixel }

  /// Bytes of the whole picture.
  public var byteCount: Int { size.pixelCount * format.bytesPerPixel }

  /// Gives the picture another size and format. Its contents are undefined afterwards; memory is allocated only when it must grow.
  public mutating func reshape(to size: PixelSize, format: PixelFormat) {
    let needed = size.pixelCount * format.bytesPerPixel
    if needed > capacity {
      storage.deallocate()
      capacity = needed
      storage = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
      storage.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
    }
    self.size = size
    self.format = format
  }

  /// Calls `body` with the picture's bytes, row after row.
  public borrowing func withBytes<Result: ~Copyable, Failure: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(start: storage.assumingMemoryBound(to: UInt8.self), count: byteCount))
  }

  /// Calls `body` with the picture's bytes for writing, row after row.
  public mutating func withMutableBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeMutableBufferPointer(start: storage.assumingMemoryBound(to: UInt8.self), count: byteCount))
  }

  /// Becomes a copy of `other`: its size, format and bytes. Memory is allocated only when it must grow.
  public mutating func copyPixels(of other: borrowing PixelImage) {
    reshape(to: other.size, format: other.format)
    storage.copyMemory(from: other.storage, byteCount: other.byteCount)
  }

  /// A picture of its own with the same size, format and bytes.
  public borrowing func copy() -> PixelImage {
    let image = PixelImage(size: size, format: format)
    image.storage.copyMemory(from: storage, byteCount: byteCount)
    return image
  }
}
