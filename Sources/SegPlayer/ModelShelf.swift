import Glibc
package import SegBase
package import SegModels
import Synchronization

/// The models that keys choose from: loaded in the background when first wanted, kept afterwards.
package final class ModelShelf: Sendable {
  /// How far a model is.
  package enum State: Sendable {
    case idle
    case loading
    case loaded(LoadedModel)
    case failed(InputError)
  }

  /// What the models are loaded from, in the order of their keys (1 is the first).
  package let requests: [ModelRequest]
  private let states: Mutex<[State]>
  private let prepared: Mutex<[PreparedModel?]>

  /// Makes a shelf on which nothing is loaded yet.
  package init(_ requests: [ModelRequest]) {
    self.requests = requests
    states = Mutex(requests.map { _ in .idle })
    prepared = Mutex(requests.map { _ in nil })
  }

  /// How far the model at `index` is now.
  package func state(at index: Int) -> State { states.withLock { $0[index] } }

  /// Loads a model on the calling thread, unless that was done before.
  package func load(at index: Int) throws(InputError) -> LoadedModel {
    if case .loaded(let model) = state(at: index) { return model }
    do {
      let model = try LoadedModel.load(requests[index])
      states.withLock { $0[index] = .loaded(model) }
      return model
    } catch {
      states.withLock { $0[index] = .failed(error) }
      throw error
    }
  }

  /// Waits until a model that loads in the background is there.
  package func waitForLoad(at index: Int) throws(InputError) -> LoadedModel {
    while true {
      switch state(at: index) {
      case .idle: return try load(at: index)
      case .loading: usleep(1000)
      case .loaded(let model): return model
      case .failed(let error): throw error
      }
    }
  }

  /// What a model is compiled for ahead of its first frame.
  package struct Use: Sendable {
    /// The size of the video's frames.
    package var frame: PixelSize
    /// Threads the network may use.
    package var threads: Int

    /// Makes a description.
    package init(frame: PixelSize, threads: Int) { (self.frame, self.threads) = (frame, threads) }
  }

  /// Starts to load a model on a thread of its own, unless it is loaded or on its way. A failed one is tried again.
  /// With a use the model counts as loaded when it is compiled for it too, so that its first frame waits for nothing.
  package func loadInBackground(at index: Int, for use: Use? = nil) {
    let starts = states.withLock { states -> Bool in
      switch states[index] {
      case .loading, .loaded: return false
      case .idle, .failed:
        states[index] = .loading
        return true
      }
    }
    guard starts else { return }
    _ = WorkerThread(name: "segplay load") { [self] in
      guard let use else {
        _ = try? load(at: index)
        return
      }
      do throws(InputError) {
        let loaded = try LoadedModel.load(requests[index])
        let model = SegmentationModel(loaded, threads: use.threads)
        try model.prepare(for: model.inputSize(for: use.frame))
        prepared.withLock { $0[index] = PreparedModel(model: model) }
        states.withLock { $0[index] = .loaded(loaded) }
      } catch {
        states.withLock { $0[index] = .failed(error) }
      }
    }
  }

  /// The compiled model that waits at `index`, for the thread that will run it; nil when there is none or it was taken.
  package func takePrepared(at index: Int) -> SegmentationModel? { prepared.withLock { $0[index].take()?.model } }
}

/// A compiled model on its way from the thread that made it to the one that runs it.
private struct PreparedModel: @unchecked Sendable {
  // Safe: the loading thread lets go of the model when it hands it over, and only one caller takes it.
  let model: SegmentationModel
}
