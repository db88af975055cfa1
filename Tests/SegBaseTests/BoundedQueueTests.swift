import Foundation
import SegBase
import Synchronization
import Testing

@Suite struct BoundedQueueTests {
  @Test func keepsTheOrder() {
    let queue = BoundedQueue<Int>(capacity: 3)
    for value in 0..<3 { #expect(queue.append(value)) }
    #expect(queue.count == 3)
    for value in 0..<3 { #expect(queue.tryNext() == value) }
    #expect(queue.tryNext() == nil)
  }

  @Test func closedQueueGivesWhatIsLeftAndThenNil() {
    let queue = BoundedQueue<Int>(capacity: 2)
    queue.append(1)
    queue.close()
    #expect(!queue.append(2))
    #expect(queue.next() == 1)
    #expect(queue.next() == nil)
  }

  @Test func removeAllEmptiesIt() {
    let queue = BoundedQueue<Int>(capacity: 2)
    queue.append(1)
    queue.append(2)
    queue.removeAll()
    #expect(queue.count == 0)
    #expect(queue.append(3))
    #expect(queue.next() == 3)
  }

  @Test func threadsHandOverEveryElementOnce() async {
    let queue = BoundedQueue<Int>(capacity: 4)
    let total = 20_000
    let sum = Mutex(0)
    let done = DispatchSemaphore(value: 0)
    for _ in 0..<2 {
      Thread.detachNewThread {
        var local = 0
        while let value = queue.next() { local += value }
        sum.withLock { $0 += local }
        done.signal()
      }
    }
    Thread.detachNewThread {
      for value in 1...total { queue.append(value) }
      queue.close()
      done.signal()
    }
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        for _ in 0..<3 { done.wait() }
        continuation.resume()
      }
    }
    #expect(sum.withLock { $0 } == total * (total + 1) / 2)
  }

  @Test func moveOnlyElementsAreFreedWithTheQueue() {
    let live = Counter()
    do {
      let queue = BoundedQueue<Token>(capacity: 4)
      queue.append(Token(live))
      queue.append(Token(live))
      _ = queue.tryNext()
      #expect(live.value == 1)
    }
    #expect(live.value == 0)
  }
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add(_ amount: Int) { count.add(amount, ordering: .relaxed) }
}

private struct Token: ~Copyable, Sendable {
  let counter: Counter
  init(_ counter: Counter) {
    self.counter = counter
    counter.add(1)
  }
  deinit { counter.add(-1) }
}
