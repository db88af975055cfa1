@preconcurrency import Glibc
import SegBase
import SegMotion

/// Runs dense inverse search on raw grey pictures, driven by Benchmarks/flow.py over standard input and output so that two libraries are timed in turns.
///
/// A request is a line "PRESET WIDTH HEIGHT REPEATS" followed by the current and the previous picture; the answer is a line of microseconds, the least over the
/// repeats, and the field as float32.
enum FlowServer {
  static func run() {
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 4, let width = Int(words[1]), let height = Int(words[2]), let repeats = Int(words[3]) else { fatalError("bad request: \(line)") }
      let size = PixelSize(width: width, height: height)
      let current = read(size)
      let previous = read(size)
      let flow = InverseSearchFlow(size: size, settings: words[0] == "medium" ? .medium : .ultrafast)
      var field = FlowField(size: size)
      var least = Double.infinity
      for _ in 0..<repeats {
        flow.advance(to: previous)
        let start = Stopwatch.now
        flow.advance(to: current)
        flow.estimate(.backward, into: &field)
        least = min(least, Stopwatch.now - start)
      }
      print(least)
      fflush(stdout)
      field.withVectors { _ = fwrite($0.baseAddress, 4, $0.count, stdout) }
      fflush(stdout)
    }
  }

  private static func read(_ size: PixelSize) -> PixelImage {
    var image = PixelImage(size: size, format: .gray8)
    image.withMutableBytes { if fread($0.baseAddress, 1, $0.count, stdin) != $0.count { fatalError("pictures end early") } }
    return image
  }
}
