import Foundation

// segmotionbench: answers Benchmarks/flow.py; with "warp" it prints times of warps; with "propagate VIDEO MASKS INTERVAL ultrafast|medium|codec|stale" it prints
// how well masks are carried on.
let arguments = CommandLine.arguments
if arguments.count == 1 {
  FlowServer.run()
} else if arguments[1] == "warp" {
  WarpTimes.run()
} else if arguments.count == 6, arguments[1] == "propagate", let interval = Int(arguments[4]), let source = Propagation.Source(rawValue: arguments[5]) {
  try Propagation.run(video: arguments[2], masks: arguments[3], interval: interval, source: source)
} else {
  print("usage: segmotionbench [warp | propagate VIDEO MASKS INTERVAL ultrafast|medium|codec|stale]")
  exit(64)
}
