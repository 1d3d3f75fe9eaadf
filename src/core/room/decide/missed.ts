import { GROUP_HUMANS, GROUP_ROOM, type RoomNames } from "../../grammar/known.js";
import { missedNames } from "../../grammar/missed.js";
import type { SayBlock } from "../command.js";
import type { EventOf, RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import type { OpenTurn } from "../open-turn.js";
import type { AgentMember, Room } from "../room.js";

/** Names this block addresses in vain, each once per turn. Later messages of the turn may still reach them. */
export function missedIn(command: SayBlock, { known, turn }: { known: RoomNames; turn: OpenTurn }): RoomEvent[] {
  const { agent, turnId, text } = command;
  const told = turn.missed ?? [];
  return missedNames(text, { known, sender: agent })
    .filter(({ name }) => !told.some(([before]) => before === name))
    .slice(0, LIMITS.maxMissedNames - told.length)
    .map(({ name, line }) => ({ type: "message.missed", agent, turnId, name, line }));
}

/** Tells an agent, once and not twice in a row, whom its turn named and sent nothing. */
export function noteOfMissed(room: Room, agent: AgentMember, turn: OpenTurn): EventOf<"message.bounced">[] {
  const missed = (turn.missed ?? []).filter(([name]) => isPresent(room, name) && !wasReached(room, name, turn));
  if (missed.length === 0 || agent.toldMissed) return [];
  const names = missed.map(([name]) => name);
  return [
    {
      type: "message.bounced",
      messageId: `missed-${turn.turnId}`,
      to: agent.name,
      reason: "nobody",
      detail: detailOf(missed),
      wakes: !agent.bounced,
      turnId: turn.turnId,
      missed: names,
    },
  ];
}

function isPresent(room: Room, name: string): boolean {
  if (GROUP_ROOM.has(name) || GROUP_HUMANS.has(name)) return true;
  const participant = room.participants.get(name);
  return participant !== undefined && participant.leftVersion === undefined;
}

function wasReached(room: Room, name: string, { reached = [] }: OpenTurn): boolean {
  if (reached.includes("room") || reached.includes(name)) return true;
  if (GROUP_ROOM.has(name)) return false;
  const isPerson = room.participants.get(name)?.kind === "human";
  if (GROUP_HUMANS.has(name))
    return reached.some((one) => one === "human" || room.participants.get(one)?.kind === "human");
  return isPerson && reached.includes("human");
}

function detailOf(missed: readonly [name: string, line: string][]): string {
  const names = missed.map(([name]) => `@${name}`).join(", ");
  const lines = [...new Set(missed.map(([, line]) => line))].slice(0, 3);
  const shown = lines.map((line) => `“${line}”`).join(" and ");
  const [first] = missed;
  return `Your turn named ${names} where a name sends nothing (${shown}) and sent them no message. A message is a line that starts with the name, in no list, heading, table or open code fence: “@${first?.[0]} …”. If you meant to write to them, send it now; if not, end the turn.`;
}
