import CSegKernels
public import SegBase

/// Masks of one size as bits, for comparing them: a row takes whole 64-bit words, the leftmost pixel is the lowest bit.
///
/// The memory is kept when masks are replaced, so that one value can serve every frame.
public struct MaskBitmaps: Sendable {
  /// The size of each mask.
  public let size: PixelSize
  /// Words of a row.
  public let rowWords: Int
  /// How many masks there are.
  public private(set) var count = 0
  private var words: [UInt64] = []

  /// Makes an empty set of masks.
  public init(size: PixelSize) { (self.size, rowWords) = (size, (size.width + 63) / 64) }

  /// Words of a mask.
  var stride: Int { rowWords * size.height }

  /// Changes the number of masks; all become empty.
  mutating func reset(count: Int) {
    let needed = count * stride
    if words.count < needed { words = [UInt64](repeating: 0, count: needed) }
    words.withUnsafeMutableBufferPointer { $0[0..<needed].update(repeating: 0) }
    self.count = count
  }

  /// Adds a mask of the pixels for which `contains` holds.
  public mutating func append(_ contains: (_ x: Int, _ y: Int) -> Bool) {
    let base = appendOne() * stride
    for y in 0..<size.height {
      for word in 0..<rowWords {
        var bits: UInt64 = 0
        for x in word * 64..<min(word * 64 + 64, size.width) where contains(x, y) { bits |= 1 << UInt64(x - word * 64) }
        words[base + y * rowWords + word] = bits
      }
    }
  }

  /// Adds a mask that is to be written and returns its index.
  mutating func appendOne() -> Int {
    let end = (count + 1) * stride
    if words.count < end { words.append(contentsOf: repeatElement(0, count: end - words.count)) }
    count += 1
    return count - 1
  }

  /// Whether a pixel lies in a mask.
  public func contains(_ mask: Int, x: Int, y: Int) -> Bool { words[mask * stride + y * rowWords + x / 64] >> UInt64(x % 64) & 1 == 1 }

  /// Pixels of a mask.
  public func area(_ mask: Int) -> Int { withWords { Int(seg_bits_count($0 + mask * stride, stride)) } }

  /// Pixels common to a mask and another set's mask that is moved right by `x` and down by `y` pixels. Both sets must have masks of one size.
  public func common(_ mask: Int, _ other: MaskBitmaps, _ otherMask: Int, x: Int = 0, y: Int = 0) -> Int {
    precondition(size == other.size && (0..<count).contains(mask) && (0..<other.count).contains(otherMask), "masks of one size")
    // A mask that is moved out of the picture altogether has nothing in common with any.
    if abs(x) >= size.width || abs(y) >= size.height { return 0 }
    return withWords { left in
      other.withWords { right in
        Int(seg_bits_common(left + mask * stride, right + otherMask * stride, Int32(size.height), Int32(rowWords), Int32(x), Int32(y)))
      }
    }
  }

  /// Copies a mask from another set of the same size over one of this.
  mutating func copy(_ otherMask: Int, of other: MaskBitmaps, to mask: Int) {
    let (from, to) = (otherMask * stride, mask * stride)
    for index in 0..<stride { words[to + index] = other.words[from + index] }
  }

  /// Calls `body` with the words of all masks, for writing.
  mutating func withMutableWords<Result>(_ body: (UnsafeMutablePointer<UInt64>?) -> Result) -> Result {
    words.withUnsafeMutableBufferPointer { body($0.baseAddress) }
  }

  private func withWords(_ body: (UnsafePointer<UInt64>) -> Int) -> Int {
    words.withUnsafeBufferPointer { words in words.baseAddress.map(body) ?? 0 }
  }
}
