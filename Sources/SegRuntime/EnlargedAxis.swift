import CSegKernels
import SegGraph
import SegTensor

/// One axis of a convolution of an enlarged map: which places of the small map each result is made of.
struct EnlargedAxis {
  /// A place of the small map, for a tap of the kernel.
  struct Share: Hashable {
    let tap, place: Int
    let share: Float
  }

  /// Which axis it is.
  enum Direction { case rows, columns }

  /// For each place of the output its shares: at most two for each tap, none where the tap is outside, and none of zero.
  let shares: [[Share]]
  /// Places of the small map.
  let length: Int
  /// Shares that a place of the output has at most.
  let mostShares: Int

  init(_ convolution: Convolution, _ size: Enlargement, _ direction: Direction, from input: FeatureShape) {
    let isRows = direction == .rows
    let taps = convolution.weight.shape[isRows ? 2 : 3]
    let (before, after) = isRows ? (convolution.padding.top, convolution.padding.bottom) : (convolution.padding.left, convolution.padding.right)
    let dilation = isRows ? convolution.dilation.vertical : convolution.dilation.horizontal
    let large = isRows ? size.height : size.width
    let length = isRows ? input.height : input.width
    var places = [SegTap](repeating: SegTap(), count: large)
    seg_resize_taps(&places, Int32(large), Int32(length), size.alignCorners ? 1 : 0)
    let outputs = large + before + after - (taps - 1) * dilation
    shares = (0..<outputs).map { output in
      (0..<taps).flatMap { tap -> [Share] in
        let place = output - before + tap * dilation
        guard places.indices.contains(place) else { return [] }
        let between = places[place]
        let both = [
          Share(tap: tap, place: Int(between.first), share: 1 - between.weight), Share(tap: tap, place: Int(between.second), share: between.weight),
        ]
        return between.first == between.second ? [Share(tap: tap, place: Int(between.first), share: 1)] : both.filter { $0.share != 0 }
      }
    }
    (self.length, mostShares) = (length, 2 * taps)
  }

  /// The shares in the kernel's form, `mostShares` for each place of the output, and how many count; `step` floats from one place to the next and `tapStep`
  /// from one tap to the next. `move` says where a place lies.
  func shares(_ constants: ConstantStore, step: Int, tapStep: Int, move: (Int) -> Int) -> (UnsafePointer<SegShare>, UnsafePointer<Int32>) {
    let made = constants.allocate(shares.count * mostShares, of: SegShare.self)
    for (output, list) in shares.enumerated() {
      for (index, share) in list.enumerated() {
        made[output * mostShares + index] = SegShare(offset: Int32(move(share.place) * step + share.tap * tapStep), share: share.share)
      }
    }
    return (UnsafePointer(made), constants.copy(shares.map(\.count)))
  }
}
