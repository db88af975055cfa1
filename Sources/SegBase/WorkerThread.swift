import Glibc

/// A thread of the operating system for blocking or long work, which must not run on Swift's cooperative pool.
///
/// Signals are blocked on it, so that handlers and interrupted calls stay with the main thread.
public final class WorkerThread: @unchecked Sendable {
  // Safe to share: `handle` is written once before `init` returns, and `join` is for one caller.
  private var handle = pthread_t()
  private var isJoined = false

  /// Starts a thread that runs `body` once. `name` is what tools like top show, cut to 15 bytes.
  public init(name: String, body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Work(name: name, body: body))
    var everything = sigset_t()
    var before = sigset_t()
    sigfillset(&everything)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP] { sigdelset(&everything, fault) }
    pthread_sigmask(SIG_SETMASK, &everything, &before)
    let status = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
        work.takeName()
        work.body()
        return nil
      }, box.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    precondition(status == 0, "no thread could be started")
  }

  /// Waits until the thread has ended. To be called at most once.
  public func join() {
    precondition(!isJoined, "a thread is joined once")
    isJoined = true
    pthread_join(handle, nil)
  }

  deinit { if !isJoined { pthread_detach(handle) } }
}

private final class Work {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  /// Names the calling thread through /proc: pthread_setname_np is not imported without _GNU_SOURCE.
  func takeName() {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }
}
