extension SeriesCurve {
    /// Draws one series from what is stored. A stretch takes the finest that there is: samples, else the shortest rollup.
    /// Where nothing came it is a gap; between two samples at their usual distance it is none, however short the step.
    ///
    /// - Parameters:
    ///   - instance: The instance's name.
    ///   - metric: The metric's id.
    ///   - chunks: Native chunks of the source, in any order.
    ///   - rollups: Rollups of the source, of any tiers.
    ///   - start: Unix nanoseconds.
    ///   - end: Unix nanoseconds; the last stretch may go beyond.
    ///   - step: Nanoseconds of a stretch, at least 1 ms.
    /// - Throws: Nothing: a record that is damaged counts as one that is not there. Ask ``ChunkReader`` to know of it.
    public init(
        of instance: String, _ metric: String, chunks: [ChunkReader], rollups: [RollupReader],
        from start: Int64,
        to end: Int64, step: Int64
    ) {
        fatalError()
    }
}
