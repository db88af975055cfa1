import SegBase
import SegGraph
import Synchronization

extension OutputLoss {
  /// The losses of several plans on the first `limit` pictures, in order: as many side by side as there are threads, each with one thread.
  ///
  /// `progress` is called on the calling thread with the number of plans that are done; where it throws, so does this. Throws when a plan cannot be run.
  func losses(
    of plans: [PrecisionPlan], threads: Int, limit: Int, progress: (Int) throws(InputError) -> Void
  ) throws(InputError) -> [Double] {
    let next = SharedCounter()
    let results = BoundedQueue<PlanLoss>(capacity: plans.count + threads)
    let workers = (0..<max(1, min(threads, plans.count))).map { _ in
      WorkerThread(name: "segplay loss") { [self] in
        while let index = next.next(below: plans.count) {
          do throws(InputError) {
            let loss = try loss(of: plans[index], threads: 1, limit: limit)
            if !results.append(.loss(loss, index: index)) { return }
          } catch {
            results.append(.failure(error))
            return
          }
        }
      }
    }
    defer {
      next.stop()
      results.close()
      for worker in workers { worker.join() }
    }
    var losses = [Double](repeating: 0, count: plans.count)
    for done in 0..<plans.count {
      switch results.next() {
      case .loss(let loss, let index): losses[index] = loss
      case .failure(let error): throw error
      case nil: preconditionFailure("the queue is open")
      }
      try progress(done + 1)
    }
    return losses
  }
}

/// What became of a plan.
private enum PlanLoss: Sendable {
  case loss(Double, index: Int)
  case failure(InputError)
}

/// Gives out numbers to threads.
private final class SharedCounter: Sendable {
  private let value = Atomic(0)

  /// The next number; nil when it is not below `end`.
  func next(below end: Int) -> Int? {
    let number = value.wrappingAdd(1, ordering: .relaxed).oldValue
    return number < end ? number : nil
  }

  /// Gives out no more numbers.
  func stop() { value.store(.max / 2, ordering: .relaxed) }
}
