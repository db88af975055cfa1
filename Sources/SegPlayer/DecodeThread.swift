package import SegBase
package import SegVideo

/// What the decode thread hands on. The generation counts seeks: what belongs to an older one is to be dropped.
package enum DecodedItem: ~Copyable, Sendable {
  /// The next frame in presentation order.
  case frame(VideoFrame, generation: Int)
  /// There are no more frames until a seek.
  case end(generation: Int)
  /// Decoding cannot go on.
  case failure(InputError, generation: Int)
}

/// Decodes a video on a thread of its own into a bounded queue, and seeks when told to.
///
/// The thread runs from `init` to `stop`. `next`, `seek` and `stop` are for one consumer thread.
package final class DecodeThread {
  private enum Command: Sendable {
    case seek(MediaTime, generation: Int)
    case stop
  }

  /// Frames that wait to be taken; three cover the jitter of a decoder without holding many large pictures.
  private static let queueCapacity = 3

  private let queue: BoundedQueue<DecodedItem>
  private let commands = BoundedQueue<Command>(capacity: 64)
  private let source: VideoSource
  private var thread: WorkerThread?
  private var generation = 0

  /// Starts decoding `source`, which must not be used elsewhere any more, except for `information`.
  package init(_ source: VideoSource) {
    self.source = source
    let queue = BoundedQueue<DecodedItem>(capacity: Self.queueCapacity)
    self.queue = queue
    let commands = commands
    thread = WorkerThread(name: "segplay decode") { Self.run(source, queue, commands) }
  }

  /// Takes the next frame of the newest generation if one is decoded; nil when none is ready.
  package func next() -> DecodedItem? {
    while let item = queue.tryNext() {
      switch consume item {
      case .frame(let frame, let itsGeneration): if itsGeneration == generation { return .frame(frame, generation: itsGeneration) }
      case .end(let itsGeneration): if itsGeneration == generation { return .end(generation: itsGeneration) }
      case .failure(let error, let itsGeneration): if itsGeneration == generation { return .failure(error, generation: itsGeneration) }
      }
    }
    return nil
  }

  /// Goes on from the frame that is shown at `time`. What was decoded before is dropped.
  package func seek(to time: MediaTime) {
    generation += 1
    // Emptied before the command is given: afterwards it may hold the first frames of the new place already.
    queue.removeAll()
    commands.replaceAll(with: .seek(time, generation: generation))
  }

  /// Ends the thread and waits for it. Frames that are queued are dropped.
  package func stop() {
    commands.replaceAll(with: .stop)
    source.interrupt()
    queue.close()
    queue.removeAll()
    thread?.join()
    thread = nil
  }

  private static func run(_ source: VideoSource, _ queue: BoundedQueue<DecodedItem>, _ commands: BoundedQueue<Command>) {
    var generation = 0
    var isWaiting = false
    while true {
      if let command = isWaiting ? commands.next() : commands.tryNext() {
        switch command {
        case .stop: return
        case .seek(let time, let itsGeneration):
          generation = itsGeneration
          isWaiting = false
          do {
            try source.seek(to: time)
          } catch {
            isWaiting = true
            queue.append(.failure(error, generation: generation))
            continue
          }
        }
      }
      do {
        if let frame = try source.next() {
          queue.append(.frame(frame, generation: generation))
        } else {
          isWaiting = true
          queue.append(.end(generation: generation))
        }
      } catch {
        isWaiting = true
        queue.append(.failure(error, generation: generation))
      }
    }
  }
}
