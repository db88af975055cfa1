internal import CSegKernels
public import SegBase

/// Optical flow between consecutive frames by dense inverse search (Kroeger, Timofte, Dai, Van Gool: "Fast Optical Flow using Dense Inverse Search", ECCV 2016).
///
/// Give it one small grey picture after the other (`LumaPicture` makes them); the pyramid of each is built once and serves both as the current and as the
/// previous one. Nothing is allocated once it is made. One thread at a time.
public final class InverseSearchFlow {
  /// Between which of the two last pictures, and in which direction.
  public enum Direction: Sendable, Hashable {
    /// From each pixel of the current picture to its place in the previous one.
    case backward
    /// From each pixel of the previous picture to its place in the current one.
    case forward
  }

  /// How many vectors a field has.
  public enum Resolution: Sendable, Hashable {
    /// One for each pixel of the pictures.
    case picture
    /// One for each pixel of the finest level that is searched. All that was found is in it; chains of such fields are as much cheaper as they are smaller.
    case search
  }

  /// Size of the pictures.
  public let size: PixelSize
  /// Size of fields of the resolution `search`: a whole fraction of `size`, rounded down.
  public let searchSize: PixelSize
  /// What was asked for. Small pictures are searched on a finer level than that.
  public let settings: InverseSearchSettings

  private var current: FlowPyramid
  private var previous: FlowPyramid
  private var pictures = 0
  private let levels: [FlowLevelSearch]
  private var row: FloatStorage

  /// Makes room for pictures of `size`, at least 1x1.
  public init(size: PixelSize, settings: InverseSearchSettings = .ultrafast) {
    precondition(size.width > 0 && size.height > 0, "a picture has at least one pixel")
    precondition((0...2).contains(settings.finestLevel) && (1...8).contains(settings.patchStride), "settings in their ranges")
    precondition(settings.descentSteps >= 0 && settings.warps >= 0 && settings.reweightings >= 0 && settings.sweeps >= 0, "settings in their ranges")
    self.size = size
    self.settings = settings
    let (finest, coarsest) = InverseSearchFlow.levels(of: size, settings: settings)
    current = FlowPyramid(size: size, finest: finest, coarsest: coarsest)
    previous = FlowPyramid(size: size, finest: finest, coarsest: coarsest)
    searchSize = PixelSize(width: size.width >> finest, height: size.height >> finest)
    levels = (finest...coarsest).map { FlowLevelSearch(size: PixelSize(width: size.width >> $0, height: size.height >> $0), settings: settings) }
    row = FloatStorage(count: 2 * (size.width >> finest) + 32)
  }

  /// Pixels along the longer side that the finest level has at least, where the picture has them.
  private static let smallestFinest = 80

  /// The levels that are searched: the coarsest is as small as leaves about four patches along the longer side and one along the shorter.
  static func levels(of size: PixelSize, settings: InverseSearchSettings) -> (finest: Int, coarsest: Int) {
    let patch = Double(SEG_FLOW_PATCH)
    var finest = settings.finestLevel
    while finest > 0 && max(size.width, size.height) >> finest < smallestFinest { finest -= 1 }
    while finest > 0 && min(size.width, size.height) >> finest < Int(SEG_FLOW_PATCH) { finest -= 1 }
    var coarsest = 0
    while coarsest < 12 {
      let factor = Double(1 << (coarsest + 1))
      let longer = Double(max(size.width, size.height)) / factor
      let shorter = Double(min(size.width, size.height)) / factor
      // Halving stops at the level whose longer side is nearest to four patches.
      if longer * 2.0.squareRoot() < 4 * patch || shorter < patch { break }
      coarsest += 1
    }
    return (finest, max(finest, coarsest))
  }

  /// Whether there are two pictures to estimate flow between.
  public var hasPrevious: Bool { pictures > 1 }

  /// Takes the next picture, `gray8` of this size; the last one becomes the previous one.
  public func advance(to picture: borrowing PixelImage) {
    precondition(picture.format == .gray8 && picture.size == size, "a grey picture of the size it was made for")
    swap(&current, &previous)
    current.build(from: picture)
    pictures = min(2, pictures + 1)
  }

  /// Forgets the pictures, after a seek or a cut.
  public func restart() { pictures = 0 }

  /// Estimates the flow between the last two pictures into `field`, which gets the size of the resolution. There must be two (`hasPrevious`).
  public func estimate(_ direction: Direction = .backward, at resolution: Resolution = .picture, into field: inout FlowField) {
    precondition(hasPrevious, "two pictures come before the flow between them")
    field.reshape(to: resolution == .picture ? size : searchSize)
    var coarse: SegFlowPlanes?
    for index in levels.indices.reversed() {
      let level = levels[index]
      let (now, then) = (current.levels[index + current.finest], previous.levels[index + current.finest])
      level.run(here: direction == .backward ? now : then, there: direction == .backward ? then : now, from: coarse)
      coarse = level.flow
    }
    guard var finest = coarse else { return }
    let scale: Int32 = resolution == .picture ? 1 << Int32(current.finest) : 1
    seg_flow_expand(&finest, scale, row.start, field.storage.start, Int32(field.size.width), Int32(field.size.height))
  }
}
