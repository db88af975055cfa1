import CSegKernels
public import SegBase

/// The masks of a frame's instances at the size of the prototypes, and pictures of them at any other size.
///
/// A mask is the logistic function of the prototypes' sum weighted by its coefficients, cut to its box; it is interpolated bilinearly (corners not aligned),
/// and what is above a half then is the object (NETWORKS.md 2.8). Buffers are kept and grown; nothing is allocated per frame in the steady state.
/// Used by one thread at a time.
public final class InstanceMasks {
  /// Rows and columns of the prototypes.
  public let prototypeSize: PixelSize
  /// The masks as bits, in the order of the instances.
  public private(set) var bitmaps: MaskBitmaps
  /// How many masks there are.
  public var count: Int { crops.count }

  private let coefficientCount: Int
  private var spareBitmaps: MaskBitmaps
  private var crops: [SegMaskCrop] = []
  private var areas: [MaskCrop] = []
  private var coefficients = GrowingBuffer<Float>()
  private var values = GrowingBuffer<Float>()
  private var scratch = GrowingBuffer<Float>()
  private var scale: MaskScale?

  /// Makes an empty set.
  public init(prototypeSize: PixelSize, coefficientCount: Int) {
    precondition(prototypeSize.pixelCount > 0 && coefficientCount > 0, "prototypes of some size")
    (self.prototypeSize, self.coefficientCount) = (prototypeSize, coefficientCount)
    (bitmaps, spareBitmaps) = (MaskBitmaps(size: prototypeSize), MaskBitmaps(size: prototypeSize))
  }

  /// Replaces the masks by those of so many instances, whose boxes (left, top, right, bottom, as shares of the picture) and coefficients are asked for.
  func assemble(
    prototypes: UnsafeBufferPointer<Float>, count: Int, corners: (Int) -> SIMD4<Float>, coefficients read: (Int) -> UnsafePointer<Float>
  ) {
    precondition(prototypes.count == prototypeSize.pixelCount * coefficientCount, "prototypes of the size that was promised")
    areas.removeAll(keepingCapacity: true)
    crops.removeAll(keepingCapacity: true)
    for index in 0..<count { areas.append(MaskCrop(corners: corners(index), size: prototypeSize)) }
    let weights = coefficients.reserve(count * coefficientCount)
    let target = values.reserve(areas.reduce(0) { $0 + $1.valueCount })
    bitmaps.reset(count: count)
    let (maskWords, rowWords) = (bitmaps.stride, bitmaps.rowWords)
    bitmaps.withMutableWords { words in
      var used = 0
      for (index, area) in areas.enumerated() {
        (weights + index * coefficientCount).update(from: read(index), count: coefficientCount)
        var crop = SegMaskCrop()
        crop.coefficients = UnsafePointer(weights + index * coefficientCount)
        crop.values = target + used
        crop.bits = words.map { $0 + index * maskWords }
        (crop.top, crop.bottom, crop.left, crop.right) = (
          Int32(area.rows.lowerBound), Int32(area.rows.upperBound), Int32(area.columns.lowerBound), Int32(area.columns.upperBound)
        )
        if !area.isEmpty { (crop.first_block, crop.blocks) = (Int32(area.blocks.lowerBound), Int32(area.blocks.count)) }
        used += area.valueCount
        crops.append(crop)
      }
      crops.withUnsafeBufferPointer { crops in
        var work = SegMaskAssembly()
        (work.prototypes, work.crops, work.count) = (prototypes.baseAddress, crops.baseAddress, Int32(count))
        (work.height, work.width) = (Int32(prototypeSize.height), Int32(prototypeSize.width))
        (work.channels, work.row_words) = (Int32(coefficientCount), Int32(rowWords))
        work.scratch = scratch.reserve((prototypeSize.width + MaskCrop.blockWidth - 1) / MaskCrop.blockWidth * MaskCrop.blockWidth * coefficientCount)
        seg_assemble_masks(&work)
      }
    }
  }

  /// Puts the masks into another order: the new place `index` gets the mask that was at `order[index]`. Masks that are not named are dropped.
  func reorder(_ order: [Int]) {
    swap(&bitmaps, &spareBitmaps)
    bitmaps.reset(count: order.count)
    for (index, old) in order.enumerated() { bitmaps.copy(old, of: spareBitmaps, to: index) }
    crops = order.map { crops[$0] }
    areas = order.map { areas[$0] }
  }

  /// Draws all masks as indices: 0 where there is none, 1 for the first instance and so on; the first is on top. Gives the picture that size and format
  /// (`gray8`). Instances for which `isHidden` holds are left out.
  public func makeMap(size: PixelSize, into map: inout PixelImage, isHidden: (Int) -> Bool = { _ in false }) {
    precondition(count <= 255, "indices fit a byte")
    map.reshape(to: size, format: .gray8)
    let scale = scale(to: size)
    map.withMutableBytes { labels in
      labels.update(repeating: 0)
      for index in crops.indices.reversed() where !isHidden(index) { scale.paint(crops[index], value: UInt8(index + 1), into: labels) }
    }
  }

  /// Draws the mask of one instance: `value` inside, 0 elsewhere. Gives the picture that size and format (`gray8`).
  public func makeMask(of index: Int, size: PixelSize, value: UInt8 = 255, into mask: inout PixelImage) {
    mask.reshape(to: size, format: .gray8)
    let scale = scale(to: size)
    mask.withMutableBytes { labels in
      labels.update(repeating: 0)
      scale.paint(crops[index], value: value, into: labels)
    }
  }

  /// Writes the values of a mask, rows x columns of the prototypes, zeros outside its box.
  func writeValues(of index: Int, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(target.count == prototypeSize.pixelCount, "room for a mask")
    target.update(repeating: 0)
    let (crop, area) = (crops[index], areas[index])
    if area.isEmpty { return }
    let rowLength = area.blocks.count * MaskCrop.blockWidth
    for row in area.rows {
      let source = crop.values + (row - area.rows.lowerBound) * rowLength - area.blocks.lowerBound * MaskCrop.blockWidth
      for column in area.columns { target[row * prototypeSize.width + column] = source[column] }
    }
  }

  private func scale(to size: PixelSize) -> MaskScale {
    if let scale, scale.size == size { return scale }
    let scale = MaskScale(from: prototypeSize, to: size)
    self.scale = scale
    return scale
  }
}
