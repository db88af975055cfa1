internal import CSegKernels
public import SegBase

/// Draws a network's labels on pictures. Keeps its tables and rows between frames; nothing is allocated per frame in the steady state.
///
/// Labels of any size are sampled at the centres of the shown pixels (nearest neighbour): pixel x of `width` shows label
/// floor((2x + 1) * labels / (2 width)). Blending is pixel + (colour - pixel) * weight / 128 with rounding, in gamma-encoded sRGB, the weight being
/// the opacity in 128ths. One thread at a time.
public struct Overlay: ~Copyable {
  private var columns: [Int32] = []
  private var columnsFor = (labels: -1, shown: -1)
  private var rows: [UInt8] = []
  private var fillTable = [UInt32](repeating: 0, count: 256)
  private var borderTable = [UInt32](repeating: 0, count: 256)
  private var preparedFor: OverlayStyle?

  /// Makes an overlay without anything prepared.
  public init() {}

  /// Draws labels on a frame in place.
  ///
  /// - Parameters:
  ///   - frame: RGBA pixels, drawn at their own size; alpha stays.
  ///   - labels: one class index a pixel (`gray8`), of any size with at least one pixel.
  ///   - style: what to draw. With the view `off` the frame is left alone.
  public mutating func compose(frame: inout PixelImage, labels: borrowing PixelImage, style: OverlayStyle) {
    precondition(frame.format == .rgba32 && labels.format == .gray8, "an overlay draws class indices on RGBA")
    let (shown, source) = (frame.size, labels.size)
    if style.view == .off || shown.pixelCount == 0 || source.pixelCount == 0 { return }
    prepare(style)
    prepareColumns(labels: source.width, shown: shown.width)
    let fills = style.view != .contour
    let borders = style.view == .contour || (style.view == .mask && style.contour)
    let (fillTable, borderTable, columns) = (fillTable, borderTable, columns)
    rows.withUnsafeMutableBufferPointer { rows in
      guard let rowBase = rows.baseAddress else { return }
      labels.withBytes { labelBytes in
        guard let labelBase = labelBytes.baseAddress else { return }
        frame.withMutableBytes { frameBytes in
          guard let frameBase = frameBytes.baseAddress else { return }
          let pixels = UnsafeMutableRawPointer(frameBase).assumingMemoryBound(to: UInt32.self)
          let sampled = { (row: Int, slot: Int) -> UnsafePointer<UInt8> in
            let labelRow = labelBase + row * source.width
            if source.width == shown.width { return labelRow }
            seg_overlay_sample(labelRow, columns, rowBase + slot * shown.width, shown.width)
            return UnsafePointer(rowBase + slot * shown.width)
          }
          var (row, slot) = (Overlay.sourceIndex(0, labels: source.height, shown: shown.height), 0)
          var here = sampled(row, slot)
          for y in 0..<shown.height {
            var below: UnsafePointer<UInt8>?
            if y + 1 < shown.height {
              let nextRow = Overlay.sourceIndex(y + 1, labels: source.height, shown: shown.height)
              if nextRow != row { slot ^= 1 }
              below = nextRow == row ? here : sampled(nextRow, slot)
              row = nextRow
            }
            let target = pixels + y * shown.width
            if fills { seg_overlay_blend(target, here, fillTable, shown.width) }
            if borders { seg_overlay_contour(target, here, below, borderTable, shown.width) }
            here = below ?? here
          }
        }
      }
    }
  }

  /// The label index that a shown pixel's centre lies in, along either axis.
  static func sourceIndex(_ pixel: Int, labels: Int, shown: Int) -> Int { (2 * pixel + 1) * labels / (2 * shown) }

  private mutating func prepareColumns(labels: Int, shown: Int) {
    if columnsFor == (labels, shown) { return }
    columnsFor = (labels, shown)
    columns = (0..<shown).map { Int32(Overlay.sourceIndex($0, labels: labels, shown: shown)) }
    rows = [UInt8](repeating: 0, count: 2 * shown)
  }

  private mutating func prepare(_ style: OverlayStyle) {
    if preparedFor == style { return }
    preparedFor = style
    let opacity = style.opacity.isNaN ? 0 : max(0, min(1, style.opacity))
    let weight = style.view == .maskOnly ? 128 : UInt32((opacity * 128).rounded())
    for label in 0..<256 {
      let drawn = label < style.palette.count && !style.hiddenClasses.contains(label)
      let colour = drawn ? style.palette[label].word & 0xFF_FFFF : 0
      fillTable[label] = colour | (drawn || style.view == .maskOnly ? weight << 24 : 0)
      borderTable[label] = colour | (drawn ? 128 << 24 : 0)
    }
  }
}
