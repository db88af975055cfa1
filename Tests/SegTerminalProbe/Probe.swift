import Glibc
import SegBase
import SegTerminal

/// A program for the tests to run in a pseudo-terminal: shows a moving picture with HUD and panels and reports keys in the header.
///
/// Arguments: `colours=none|16|256|24bit pixels=MODE frames=N fps=N hud=0|1 raw=FILE size=WxH ticks=1`. With `raw` the frames are RGBA bytes from a file,
/// shown without pacing; `ticks` counts frames in the header. Keys: `q` ends, `?` help, `g` legend, `n` notice, `x` traps, `t` throws.
@main struct Probe {
  static func main() {
    var options: [String: String] = [:]
    for argument in CommandLine.arguments.dropFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      options[parts[0]] = parts.count > 1 ? parts[1] : "1"
    }
    do {
      try run(options)
    } catch {
      say("probe: \(error)\n")
      exit(1)
    }
  }

  static func say(_ text: String) { _ = text.withCString { write(2, $0, strlen($0)) } }

  static func run(_ options: [String: String]) throws(InputError) {
    let depths: [String: ColourDepth] = ["none": .none, "16": .ansi16, "256": .indexed256, "24bit": .direct24]
    let screen = try TerminalScreen(
      colours: options["colours"].flatMap { depths[$0] }, pixelMode: PixelMode(rawValue: options["pixels"] ?? "half") ?? .halfBlock)
    defer { screen.close() }
    screen.tolerance = Int(options["tolerance"] ?? "") ?? 0
    if let raw = options["raw"] {
      try playRaw(raw, options, on: screen)
    } else {
      try play(options, on: screen)
    }
  }

  static func playRaw(_ path: String, _ options: [String: String], on screen: TerminalScreen) throws(InputError) {
    guard let file = fopen(path, "rb") else { throw InputError("cannot open", subject: path) }
    defer { fclose(file) }
    let sides = (options["size"] ?? "200x112").split(separator: "x").compactMap { Int($0) }
    var image = PixelImage(size: PixelSize(width: sides[0], height: sides[1]), format: .rgba32)
    var (bytes, encode, total, frames) = (0, 0, 0, 0)
    while true {
      let count = image.withMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
      if count < image.byteCount { break }
      let statistics = screen.present(image)
      bytes += statistics.bytes
      encode += statistics.encodeMicroseconds
      total += statistics.microseconds
      frames += 1
    }
    screen.close()
    say("frames \(frames), bytes \(bytes / max(1, frames)), encode \(encode / max(1, frames)) us, encode and write \(total / max(1, frames)) us\n")
  }

  static func play(_ options: [String: String], on screen: TerminalScreen) throws(InputError) {
    let (frames, pause) = (Int(options["frames"] ?? "") ?? Int.max, 1000 / (Int(options["fps"] ?? "") ?? 30))
    let (hud, ticks) = (options["hud"] != "0", options["ticks"] != nil)
    var image = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgba32)
    var (help, legend, notice, last, resumed) = (false, false, false, "none", 0)
    var frame = 0
    let accent = TextStyle(foreground: Colour(120, 200, 255), background: Colour(30, 34, 42), bold: true)
    let bar = TextStyle(foreground: Colour(200, 205, 215), background: Colour(30, 34, 42))
    while frame < frames {
      if hud {
        screen.setHeader([
          StyledLine(
            left: [StyledSpan(" ▶ street.mp4 ", accent), StyledSpan("key \(last)", bar)],
            right: [StyledSpan(ticks ? "frame \(frame) " : "resumed \(resumed) ", bar)], fill: bar)
        ])
        screen.setFooter([
          StyledLine(
            left: [StyledSpan(" 0:12", bar)], right: [StyledSpan("1:30 ", bar)],
            bar: ProgressBar(fraction: 0.25, filled: accent, rest: TextStyle(foreground: Colour(80, 86, 96), background: Colour(30, 34, 42))), fill: bar)
        ])
      }
      let key = TextStyle(foreground: Colour(120, 200, 255), bold: true)
      let lines = [("space", "pause"), ("m", "mask, contour, mask only, off"), ("q", "quit")]
      screen.show(
        panel: help ? Panel(title: "Keys", lines: lines.map { StyledLine(left: [StyledSpan($0.0, key)], right: [StyledSpan($0.1)]) }, border: key) : nil)
      screen.show(
        panel: legend
          ? Panel(
            title: "",
            lines: [StyledLine(left: [StyledSpan("■ ", TextStyle(foreground: Colour(128, 64, 128))), StyledSpan("road")], right: [StyledSpan("41 %")])])
          : nil, at: .upperRight)
      screen.show(panel: notice ? Panel(title: "Notice", lines: [StyledLine("dropped 3 frames")]) : nil, at: .lowerLeft)
      image.reshape(to: screen.pictureSize(for: PixelSize(width: 640, height: 360)), format: .rgba32)
      paint(&image, frame)
      screen.present(image)
      frame += 1
      if frame == frames { break }
      guard let event = screen.nextKey(timeout: pause) else { continue }
      last = "\(event)"
      switch event {
      case .character("q"): return
      case .character("?"): help.toggle()
      case .character("g"): legend.toggle()
      case .character("n"): notice.toggle()
      case .character("x"): fatalError("trap")
      case .character("t"): throw InputError("thrown", subject: "probe")
      case .character("b"): while true { usleep(100_000) }
      case .resumed: resumed += 1
      case .quit(let signal):
        screen.close()
        TerminalSignals.end(by: signal)
      default: break
      }
    }
  }

  /// A gradient that moves by one pixel a frame.
  static func paint(_ image: inout PixelImage, _ frame: Int) {
    let size = image.size
    image.withMutableBytes { bytes in
      for y in 0..<size.height {
        for x in 0..<size.width {
          let at = 4 * (y * size.width + x)
          bytes[at] = UInt8((x + frame) * 255 / max(1, size.width) & 0xFF)
          bytes[at + 1] = UInt8(y * 255 / max(1, size.height))
          bytes[at + 2] = UInt8((x / 8 + y / 8) % 2 * 120 + 60)
          bytes[at + 3] = 255
        }
      }
    }
  }
}
