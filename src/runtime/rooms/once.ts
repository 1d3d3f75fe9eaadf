/**
 * Keeps a command that was handed to another process from counting twice: its commit has one id in the process it came from and another in the one that was asked. Both
 * are looked for among the commits after `afterVersion` before it is decided again. The ids differ because the two commits may differ.
 */
export interface Once {
  /** Of the commit if it is decided here. */
  commitId: string;
  /** Of the commit if the other process decided it. */
  otherId: string;
  /** Version of the room when the command was handed over. */
  afterVersion: number;
}
