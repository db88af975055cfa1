/// How much work dense inverse search does.
public struct InverseSearchSettings: Sendable, Hashable {
  /// The finest level that is searched: 0 is the picture itself, each further one has half the size. 0 to 2.
  public var finestLevel: Int
  /// Pixels from one patch of 8 x 8 pixels to the next, on every level. 1 to 8.
  public var patchStride: Int
  /// Descent steps of each patch and level, over both passes.
  public var descentSteps: Int
  /// Times the variational refinement of each level brings the other picture here along the flow found so far; 0 for no refinement.
  public var warps: Int
  /// Times its robust weights are worked out for each warp.
  public var reweightings: Int
  /// Over-relaxation sweeps for each of those.
  public var sweeps: Int
  /// Grey values: a patch that differs by less after the first pass, as the root of the mean square, is left alone by the second. 0 moves all of them twice.
  public var goodFit: Float = 0

  /// For every frame of a playing video: a field at a quarter of the picture's resolution.
  public static let ultrafast = InverseSearchSettings(finestLevel: 2, patchStride: 4, descentSteps: 12, warps: 1, reweightings: 2, sweeps: 3)
  /// For export and evaluation: half the resolution, more patches, and a refinement that also smooths the field.
  public static let medium = InverseSearchSettings(finestLevel: 1, patchStride: 3, descentSteps: 25, warps: 2, reweightings: 3, sweeps: 5)
}
