/** Questions that one process of a fleet asks another, by its name. */
export interface FleetCalls {
  /**
   * The answer of the process named `node` to `request`; both are JSON values. Rejects with a `PortError` (`unavailable`) when there is no answer within
   * `timeoutMs`, or none that can be trusted: it MUST then be assumed that the request may still be carried out. MUST NOT repeat a request, and MUST NOT
   * accept an answer from anybody but a process of this fleet.
   */
  call(node: string, request: unknown, options: { timeoutMs: number }): Promise<unknown>;
  /** `answer` gets the requests of other processes from now on, until the returned function is called. MUST NOT be given any other request. */
  serve(answer: (from: string, request: unknown) => Promise<unknown>): () => void;
  /** Whether the others can reach this process. One that only asks is false. */
  isReachable(): boolean;
}
