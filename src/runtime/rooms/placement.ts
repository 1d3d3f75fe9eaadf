import type { Room } from "../../core/room/room.js";

/**
 * Which pool runs the mailbox of an agent. An agent runs where its home is: its files and its memory are on that node's machine, so only
 * that node works on its pool. One that had no turn yet is run by whichever node that has its runtime is first; that node is its home.
 */
export type PoolOf = (room: Room, name: string) => string;

/** Pools of a single process. */
export const onOneProcess: PoolOf = () => "agent";

/** Pools of a fleet: agents at their home node, others where their runtime is. */
export const inFleet: PoolOf = (room, name) => {
  const agent = room.participants.get(name);
  if (agent?.kind !== "agent") return "agent";
  return agent.home === undefined ? runtimePool(agent.runtime) : homePool(agent.home);
};

/** The pool of agents at home on this node. */
export function homePool(node: string): string {
  return `agent@${node}`;
}

/** The pool of agents without a home. */
export function runtimePool(runtime: string): string {
  return `agent+${runtime}`;
}

const homePrefix = homePool("");

/** The node whose agents are read in this pool; undefined if it is not one of a home. */
export function homeOfPool(pool: string): string | undefined {
  return pool.startsWith(homePrefix) ? pool.slice(homePrefix.length) : undefined;
}
