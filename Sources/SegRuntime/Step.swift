import CSegKernels
import SegGraph

/// One thing an executable does, with the addresses it works on.
enum StepWork {
  case convolution(ConvolutionPrimitive)
  /// A convolution of a map that is enlarged on the way.
  case enlarged(EnlargedConvolution)
  /// A kernel that works on rows: its arguments live in the executable's constants.
  case rows(SegRowKernel, UnsafeRawPointer, Int32)
  /// A kernel whose rows depend on each other, run on the calling thread.
  case whole(SegRowKernel, UnsafeRawPointer, Int32)
}

/// A step with what a profile says about it.
struct Step {
  let name: String
  let kind: String
  /// The arithmetic of a convolution.
  var precision: Precision?
  let gigaOperations: Double
  let work: StepWork

  /// Does the work on `threads` threads.
  func run(threads: Int32) {
    switch work {
    case .convolution(let primitive): primitive.run()
    case .enlarged(let convolution): convolution.run(threads: threads)
    case .rows(let kernel, let arguments, let rows): seg_run_rows(kernel, arguments, rows, threads)
    case .whole(let kernel, let arguments, let rows): kernel(arguments, 0, rows)
    }
  }
}
