internal import CSegTestSupport
internal import Foundation

/// A program that runs in a pseudo-terminal, with a `VirtualScreen` that follows what it sends.
public final class PseudoTerminal {
  /// What the terminal shows.
  public private(set) var screen: VirtualScreen
  /// Everything the program has sent.
  public private(set) var output: [UInt8] = []
  /// The program's process id.
  public let process: Int32
  private let master: Int32
  private var status: Int32?

  /// Starts a program; `environment` replaces the tests' own. TERM is xterm-256color with 24-bit colours unless it says otherwise.
  public init(_ path: String, _ arguments: [String] = [], columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]) throws {
    screen = VirtualScreen(columns: columns, rows: rows)
    var variables = ["TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    variables.merge(environment) { $1 }
    var argumentStrings: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var environmentStrings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    var descriptor: Int32 = -1
    process = seg_test_spawn_in_pty(path, &argumentStrings, &environmentStrings, Int32(columns), Int32(rows), &descriptor)
    master = descriptor
    for text in argumentStrings + environmentStrings { free(text) }
    if process < 0 { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      var ended: Int32 = 0
      waitpid(process, &ended, 0)
    }
    close(master)
  }

  /// Reads until `condition` holds; false when it does not within so many seconds, or the program has gone.
  @discardableResult
  public func wait(seconds: Double = 10, for condition: (PseudoTerminal) -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if condition(self) { return true }
      if !read() { return condition(self) }
    }
    return false
  }

  /// Sends keys.
  public func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Sends a signal.
  public func signal(_ number: Int32) { kill(process, number) }

  /// Gives the window another size; what the screen showed is lost.
  public func resize(columns: Int, rows: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: UInt16(columns * 8), ws_ypixel: UInt16(rows * 16))
    let modes = screen.modes
    screen = VirtualScreen(columns: columns, rows: rows)
    for mode in modes { screen.feed(Array("\u{1B}[?\(mode)h".utf8)) }
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// The terminal's local and output modes, to compare before and after.
  public var modes: [UInt32] {
    var modes = termios()
    tcgetattr(master, &modes)
    return [modes.c_lflag, modes.c_oflag, modes.c_iflag]
  }

  /// The modes of a pseudo-terminal that no program has changed.
  public static let freshModes: [UInt32] = {
    var (master, slave): (Int32, Int32) = (-1, -1)
    var modes = termios()
    if openpty(&master, &slave, nil, nil, nil) == 0 {
      tcgetattr(master, &modes)
      close(master)
      close(slave)
    }
    return [modes.c_lflag, modes.c_oflag, modes.c_iflag]
  }()

  /// Waits for the end. Returns the exit code, minus the signal that ended it, or nil when it still runs after so many seconds.
  /// Without `reading` the terminal takes nothing meanwhile.
  public func end(seconds: Double = 10, reading: Bool = true) -> Int? {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if reading { _ = read(milliseconds: 20) } else { usleep(20_000) }
      var ended: Int32 = 0
      if waitpid(process, &ended, WNOHANG) == process {
        status = ended
        while read(milliseconds: 20) {}
        return ended & 0x7F == 0 ? Int(ended >> 8 & 0xFF) : -Int(ended & 0x7F)
      }
    }
    return nil
  }

  /// Whether the program is stopped, as by Ctrl-Z, within so many seconds.
  public func isStopped(seconds: Double = 5) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      _ = read(milliseconds: 20)
      var state: Int32 = 0
      if waitpid(process, &state, WNOHANG | WUNTRACED) == process {
        if state & 0xFF == 0x7F { return true }
        status = state
        return false
      }
    }
    return false
  }

  /// Reads what is there; false when nothing came within the time or the other side is closed.
  private func read(milliseconds: Int32 = 50) -> Bool {
    var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    if poll(&ready, 1, milliseconds) <= 0 { return milliseconds == 50 }
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = Foundation.read(master, &buffer, buffer.count)
    if count <= 0 {
      // The other side is closed, for now or for good.
      usleep(5000)
      return false
    }
    output.append(contentsOf: buffer[..<count])
    screen.feed(buffer[..<count])
    return true
  }
}

extension PseudoTerminal {
  /// The path of an executable that was built with the tests.
  public static func product(_ name: String) -> String {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" } ?? URL(fileURLWithPath: CommandLine.arguments[0])
    let folder = bundle.deletingLastPathComponent()
    if FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent(name).path) { return folder.appendingPathComponent(name).path }
    #if DEBUG
      return SharedData.packageRoot.appendingPathComponent(".build/debug/\(name)").path
    #else
      return SharedData.packageRoot.appendingPathComponent(".build/release/\(name)").path
    #endif
  }
}
