internal import SegBase
internal import SegMotion
internal import SegPropagation

/// How often labels change though the picture does not: along flow that is consistent, the label of a pixel is compared with that of its place before.
///
/// The flow is measured on the pictures at the `medium` preset, whatever the schedule uses, so that figures of different schedules compare.
final class Flicker {
  private let motion = FrameMotion(source: .inverseSearch(.medium))
  private let warper = FlowWarper()
  private var previous = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  private var warped = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  private var filled = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  private var mask = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
  private var compared = 0
  private var changed = 0

  /// Takes the next frame's picture and its labels (gray8, of the picture's size).
  func add(_ picture: borrowing PixelImage, labels: borrowing PixelImage) {
    motion.advance(to: picture)
    if motion.hasPrevious && previous.size == labels.size {
      motion.needConsistency()
      warper.warpLabels(previous, along: motion.backward, into: &warped, filled: &filled)
      mask.setNearest(motion.consistent, size: labels.size)
      labels.withBytes { now in
        warped.withBytes { then in
          mask.withBytes { mask in
            for index in 0..<now.count where mask[index] != 0 {
              compared += 1
              if now[index] != then[index] { changed += 1 }
            }
          }
        }
      }
    }
    previous.copyPixels(of: labels)
  }

  /// Share of the compared pixels whose label changed, 0...1.
  var share: Double { compared == 0 ? 0 : Double(changed) / Double(compared) }
}
