import Glibc

/// A queue between threads that holds at most `capacity` elements: producers wait while it is full, consumers while it is empty.
///
/// Elements may be move-only. After `close` nothing more can be added; what is queued can still be taken. `removeAll` empties it, which a seek does.
/// Every method may be called on any thread. Waiting is by a condition variable, which `Synchronization` does not have, hence pthread.
public final class BoundedQueue<Element: ~Copyable & Sendable>: @unchecked Sendable {
  // Safe to share: every stored property is read and written with `mutex` held.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let slots: UnsafeMutablePointer<Element>
  private let capacity: Int
  private var head = 0
  private var used = 0
  private var closed = false

  /// Makes an empty queue for `capacity` elements, at least 1.
  public init(capacity: Int) {
    precondition(capacity > 0, "a queue holds at least one element")
    self.capacity = capacity
    slots = .allocate(capacity: capacity)
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    dropAll()
    slots.deallocate()
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// How many elements are queued now.
  public var count: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return used
  }

  /// Adds an element, waiting while the queue is full. Returns false, and drops the element, when the queue is closed.
  @discardableResult
  public func append(_ element: consuming Element) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while used == capacity && !closed { pthread_cond_wait(changed, mutex) }
    if closed { return false }
    (slots + (head + used) % capacity).initialize(to: element)
    used += 1
    pthread_cond_broadcast(changed)
    return true
  }

  /// Drops everything that is queued and adds `element`, without waiting: the consumer gets only the newest.
  /// Returns how many elements were dropped.
  @discardableResult
  public func replaceAll(with element: consuming Element) -> Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let dropped = used
    dropAll()
    if closed { return dropped }
    (slots + head).initialize(to: element)
    used = 1
    pthread_cond_broadcast(changed)
    return dropped
  }

  /// Adds an element if there is room now; otherwise gives it back.
  public func tryAppend(_ element: consuming Element) -> Element? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if used == capacity || closed { return element }
    (slots + (head + used) % capacity).initialize(to: element)
    used += 1
    pthread_cond_broadcast(changed)
    return nil
  }

  /// Takes the oldest element, waiting while there is none; nil when the queue is closed and empty.
  public func next() -> Element? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while used == 0 && !closed { pthread_cond_wait(changed, mutex) }
    return takeFirst()
  }

  /// Takes the oldest element, or nil at once when there is none.
  public func tryNext() -> Element? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return takeFirst()
  }

  /// Drops everything that is queued.
  public func removeAll() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    dropAll()
    pthread_cond_broadcast(changed)
  }

  /// Lets nothing more in and wakes everybody who waits. May be called more than once.
  public func close() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    closed = true
    pthread_cond_broadcast(changed)
  }

  private func takeFirst() -> Element? {
    if used == 0 { return nil }
    let element = (slots + head).move()
    head = (head + 1) % capacity
    used -= 1
    pthread_cond_broadcast(changed)
    return element
  }

  private func dropAll() {
    while used > 0 {
      (slots + head).deinitialize(count: 1)
      head = (head + 1) % capacity
      used -= 1
    }
  }
}
