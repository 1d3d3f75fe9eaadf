/**
 * Prevents a command that was handed to another process from counting twice. Its commit has one id in the process it came from and another in the one
 * that was asked; both are looked up among the commits after `afterVersion` before it is decided again. The ids differ because the two commits may differ.
 */
export interface Once {
  /** Id of the commit if this process decides it. */
  commitId: string;
  /** Id of the commit if the other process decided it. */
  otherId: string;
  /** Version of the room when the command was handed over. */
  afterVersion: number;
}
