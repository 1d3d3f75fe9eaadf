/** Runtime of agents that run outside Parley: a program, or a session on somebody's machine. They take their messages themselves. */
export const externalRuntime = "external";

/** Whether an agent takes its own messages, so that no process of Parley starts turns for it. */
export function isExternal({ runtime }: { runtime: string }): boolean {
  return runtime === externalRuntime;
}

/** Name in the list of who is there for an external agent that calls from time to time and does not wait; no participant can have it. */
export function callerName(agent: string): string {
  return `${agent}+calls`;
}
