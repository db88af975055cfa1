internal import SegBase
import Synchronization

/// Gives pictures to a `FrameWriter` on a thread of its own, so that encoding does not wait for the network, nor the network for encoding.
///
/// Its methods are for one thread. After an error nothing more is written, and the next call throws it.
final class WritingThread {
  private struct Picture: ~Copyable, Sendable {
    let image: PixelImage
    let index: Int
    let presentationTime: MediaTime
    let duration: MediaTime?
  }

  /// What the two threads share besides the queues.
  private struct Progress: Sendable {
    var written = 0
    var failure: InputError?
  }

  /// A writer that is used by the writing thread alone until that has ended.
  private struct Handover: @unchecked Sendable { let writer: any FrameWriter }

  private final class Shared: Sendable { let progress = Mutex(Progress()) }

  private let pictures = BoundedQueue<Picture>(capacity: 3)
  private let spare = BoundedQueue<PixelImage>(capacity: 4)
  private let shared = Shared()
  private let writer: any FrameWriter
  private let thread: WorkerThread
  private var isJoined = false

  init(_ writer: any FrameWriter) {
    self.writer = writer
    let (pictures, spare, shared, handover) = (pictures, spare, shared, Handover(writer: writer))
    thread = WorkerThread(name: "segplay write") {
      while let picture = pictures.next() {
        do throws(InputError) {
          try handover.writer.append(picture.image, index: picture.index, presentationTime: picture.presentationTime, duration: picture.duration)
          shared.progress.withLock { $0.written += 1 }
        } catch {
          shared.progress.withLock { $0.failure = error }
          pictures.close()
          pictures.removeAll()
          return
        }
        _ = spare.tryAppend(picture.image)
      }
    }
  }

  /// Copies a picture into the queue; waits while the writer is behind.
  func append(_ image: borrowing PixelImage, index: Int, presentationTime: MediaTime, duration: MediaTime?) throws(InputError) {
    var copy = spare.tryNext() ?? PixelImage(size: image.size, format: image.format)
    copy.copyPixels(of: image)
    pictures.append(Picture(image: copy, index: index, presentationTime: presentationTime, duration: duration))
    if let failure = shared.progress.withLock({ $0.failure }) { throw failure }
  }

  /// Copies a picture into the queue if the writer keeps up; returns false where it does not.
  func tryAppend(_ image: borrowing PixelImage, index: Int, presentationTime: MediaTime, duration: MediaTime?) throws(InputError) -> Bool {
    if let failure = shared.progress.withLock({ $0.failure }) { throw failure }
    var copy = spare.tryNext() ?? PixelImage(size: image.size, format: image.format)
    copy.copyPixels(of: image)
    return pictures.tryAppend(Picture(image: copy, index: index, presentationTime: presentationTime, duration: duration)) == nil
  }

  /// Writes what is queued, completes the output and returns how many pictures were written.
  func finish() throws(InputError) -> Int {
    pictures.close()
    join()
    let progress = shared.progress.withLock { $0 }
    if let failure = progress.failure { throw failure }
    try writer.finish()
    return progress.written
  }

  /// Ends the thread without completing the output; nothing is left to do where `finish` was called before.
  func abandon() {
    pictures.close()
    pictures.removeAll()
    join()
  }

  private func join() {
    if isJoined { return }
    isJoined = true
    thread.join()
  }
}
