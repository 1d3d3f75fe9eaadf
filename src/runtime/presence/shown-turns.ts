import type { Activity } from "../../core/room/activity.js";

/** A turn under way, and the node that runs it. */
export interface ShownTurn {
  node: string;
  turnId: string;
}

/** The turns of a room that are shown, by agent. A value: each transition returns the next one, or the same where nothing changes. */
export type ShownTurns = ReadonlyMap<string, ShownTurn>;

/** No turn is shown. */
export const noTurns: ShownTurns = new Map();

/** After an activity of an agent on `node`: its turn is under way, or it has ended. The end of an earlier turn changes nothing. */
export function turnsAfter(turns: ShownTurns, activity: Activity, node: string): ShownTurns {
  if (activity.type === "activity.deciding") return turns;
  const { type, agent, turnId } = activity;
  const shown = turns.get(agent);
  const isSame = shown?.turnId === turnId;
  if (type === "activity.ended") return isSame ? without(turns, agent) : turns;
  return isSame && shown.node === node ? turns : new Map(turns).set(agent, { node, turnId });
}

/** After a node is gone: the turns of the others, and the ends of its own, to be shown. */
export function turnsWithoutNode(turns: ShownTurns, gone: string): { turns: ShownTurns; ended: Activity[] } {
  const isThere = ([, { node }]: [string, ShownTurn]) => node !== gone;
  const left = new Map([...turns].filter(isThere));
  return { turns: left, ended: endsOf(new Map([...turns].filter((entry) => !isThere(entry)))) };
}

/** The ends of all these turns. */
export function endsOf(turns: ShownTurns): Activity[] {
  return Array.from(turns, ([agent, { turnId }]) => ({ type: "activity.ended", agent, turnId }));
}

function without(turns: ShownTurns, agent: string): ShownTurns {
  const left = new Map(turns);
  left.delete(agent);
  return left;
}
