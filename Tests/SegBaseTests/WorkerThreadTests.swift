import Glibc
import SegBase
import Synchronization
import Testing

@Suite struct WorkerThreadTests {
  @Test func joinWaitsForTheWork() {
    let done = Shared()
    let thread = WorkerThread(name: "a name longer than fifteen bytes") {
      usleep(20_000)
      done.flag.store(true, ordering: .sequentiallyConsistent)
    }
    thread.join()
    let isDone = done.flag.load(ordering: .sequentiallyConsistent)
    #expect(isDone)
  }

  @Test func newestElementReplacesTheOthers() {
    let queue = BoundedQueue<Int>(capacity: 2)
    queue.append(1)
    queue.append(2)
    #expect(queue.replaceAll(with: 3) == 2)
    #expect(queue.next() == 3)
    #expect(queue.count == 0)
  }

  @Test func fullQueueGivesTheElementBack() {
    let queue = BoundedQueue<Int>(capacity: 1)
    #expect(queue.tryAppend(1) == nil)
    #expect(queue.tryAppend(2) == 2)
  }
}

private final class Shared: Sendable {
  let flag = Atomic(false)
}
