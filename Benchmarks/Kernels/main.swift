import Glibc

/// What can be measured, by name.
let benchmarks: [String: () throws -> Void] = ["instances": InstanceBenchmark.run, "steps": StepBenchmark.run]

let names = CommandLine.arguments.dropFirst()
for name in names.isEmpty ? benchmarks.keys.sorted()[...] : names {
  guard let benchmark = benchmarks[name] else {
    print("no benchmark \(name); there are: \(benchmarks.keys.sorted().joined(separator: ", "))")
    exit(64)
  }
  try benchmark()
}
