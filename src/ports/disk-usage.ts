/** What agents have on disk, counted from outside their sandboxes. */
export interface DiskUsage {
  /**
   * Bytes of disk that the folders of each of these sandboxes take, its home and its work folder together: allocated blocks, so a sparse file counts what is
   * written of it, and a file with two names counts once. MUST NOT follow links, leave the folders or run anything that lies in them, and MUST work while a
   * sandbox is paused or has ended. Undefined: that one could not be counted in time. An id without folders is left out.
   * Rejects with a `PortError` where nothing could be counted.
   */
  count(ids: readonly string[]): Promise<ReadonlyMap<string, number | undefined>>;
}
