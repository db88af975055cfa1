import SegBase
import SegPropagation
import SegVideo

/// A frame that was decoded ahead of its time.
final class AheadFrame {
  let frame: VideoFrame

  init(_ frame: consuming VideoFrame) { self.frame = frame }
}

/// Playing with masks that wait for frames to come: those are offered to the network in order, none left out, ahead of the one that is shown next.
extension Player {
  /// Frames ahead of the pending one at most: as many as may wait for their masks, and one to go on with.
  private static let aheadCapacity = LookAheadSequence.largestDelay + 2

  /// Takes decoded frames, offers the next one to the network when that has room, and makes the first one pending.
  func fillAhead() throws(InputError) {
    while ahead.count < Self.aheadCapacity, let frame = try nextFrame() { ahead.append(AheadFrame(frame)) }
    if inference.hasRoom {
      if aheadOffered < ahead.count {
        inference.offer(ahead[aheadOffered].frame, generation: generation, shown: display.shownSize)
        aheadOffered += 1
      } else if hasEnded && !isEndOffered {
        inference.offerEnd()
        isEndOffered = true
      }
    }
    if pending == nil && aheadOffered > 0 {
      pending = ahead.removeFirst().frame.reference()
      aheadOffered -= 1
    }
  }

  /// Drops what was decoded ahead, for a seek.
  func forgetAhead() {
    ahead.removeAll()
    (aheadOffered, isEndOffered) = (0, false)
  }

  /// Offers everything that is not shown yet anew, to another model or schedule.
  func offerAhead() {
    // What the network gives from before is of another generation.
    generation += 1
    shownGeneration = shownGeneration.map { _ in generation }
    nextMask = nil
    if let frame = pending.take() { ahead.insert(AheadFrame(frame), at: 0) }
    (aheadOffered, isEndOffered) = (0, false)
    if !ahead.isEmpty { return }
    switch current {
    case .some(let frame): inference.offer(frame, generation: generation, shown: display.shownSize)
    case .none: break
    }
  }
}
