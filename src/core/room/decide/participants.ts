import { utf8Bytes } from "../../grammar/directive.js";
import { parseName, suggestName } from "../../grammar/name.js";
import { compilePattern } from "../../text/pattern.js";
import type { ScriptRule } from "../../values/script.js";
import type { CommandOf, NewAgent } from "../command.js";
import type { EventOf, RoomEvent } from "../event.js";
import { LIMITS } from "../limits.js";
import type { OpenInvite } from "../open-invite.js";
import { type Issue, invalid, type Rejection } from "../rejection.js";
import { actorName, rejectionIfForbidden } from "../rights.js";
import { presentAgent, presentParticipant, type Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { endOfAgent, withdrawnAsks } from "./ending.js";
import { findUsableInvite, inviteInvalid, invitesEndedWith } from "./invites.js";
import { isOnlyOwner } from "./person-role.js";

/** Adds an agent. Needs the right `manageAgents`. */
export function decideAddAgent(room: Room, command: CommandOf<"agent.add">): Decision {
  const refused =
    rejectionIfForbidden(room, command.by, "manageAgents") ?? rejectionIfInvalidAgent(room, command.agent, []);
  return refused ? reject(refused) : accept(...agentsJoined([command.agent], actorName(command.by)));
}

/** The reason this agent cannot join, if any. `path` is its place in the request. */
export function rejectionIfInvalidAgent(room: Room, agent: NewAgent, path: (string | number)[]): Rejection | undefined {
  if (parseName(agent.name) !== agent.name) {
    return invalid(
      [...path, "name"],
      `“${agent.name}” is not a usable name: a lower-case letter, then letters, digits or “-” (at most 32), not a reserved word`,
    );
  }
  const known = room.participants.get(agent.name);
  if (known && (known.kind === "human" || known.leftVersion === undefined)) return nameTaken(room, agent.name);
  if (!known && room.participants.size >= LIMITS.maxParticipants) return tooManyParticipants;
  const tooLong = rejectionIfInvalidDisplayName(agent.displayName, path);
  if (tooLong) return tooLong;
  const unusable = rejectionIfInvalidScript(agent.script ?? [], [...path, "script"]);
  if (unusable) return unusable;
  return rejectionIfSpecTooLarge(agent, path) ?? rejectionIfInvalidInitial(agent, path);
}

function rejectionIfSpecTooLarge(
  { name, script, prompt }: Pick<NewAgent, "name" | "script" | "prompt">,
  path: (string | number)[],
): Rejection | undefined {
  const bytes = utf8Bytes(JSON.stringify([script, prompt]));
  if (bytes <= LIMITS.maxSpecBytes) return undefined;
  const most = `script and prompt of ${name} have ${bytes} bytes; ${LIMITS.maxSpecBytes} is the most`;
  return invalid([...path, "script"], most);
}

function rejectionIfInvalidInitial({ name, initial }: NewAgent, path: (string | number)[]): Rejection | undefined {
  if (!initial) return undefined;
  const at = [...path, "initialPrompt"];
  if (initial.body.trim() === "") return invalid(at, `the first message for ${name} is empty`);
  const bytes = utf8Bytes(initial.body);
  if (bytes <= LIMITS.maxBodyBytes) return undefined;
  return invalid(at, `the first message for ${name} has ${bytes} bytes; ${LIMITS.maxBodyBytes} is the most`);
}

/** Every pattern that cannot be used, so that all are corrected at once. */
function rejectionIfInvalidScript(script: readonly ScriptRule[], path: (string | number)[]): Rejection | undefined {
  const issues = script.flatMap(({ match }, index): Issue[] => {
    const compiled = match === undefined ? undefined : compilePattern(match);
    return compiled?.kind === "refused"
      ? [{ path: [...path, index, "match"], message: `this pattern ${compiled.reason}` }]
      : [];
  });
  const [first] = issues;
  return first && { code: "invalid", detail: `rule ${Number(first.path.at(-2)) + 1}: ${first.message}`, issues };
}

function rejectionIfInvalidDisplayName(
  displayName: string | undefined,
  path: (string | number)[],
): Rejection | undefined {
  const chars = displayName?.length ?? 0;
  if (chars <= LIMITS.maxDisplayNameChars) return undefined;
  return invalid(
    [...path, "displayName"],
    `it has ${chars} characters; a display name has at most ${LIMITS.maxDisplayNameChars}`,
  );
}

/** The events of agents that join: all of them are there before the first one is written to, by `by`. */
export function agentsJoined(agents: readonly NewAgent[], by: string): RoomEvent[] {
  const first = agents.flatMap(({ name, initial }): RoomEvent[] =>
    initial ? [{ type: "message.posted", ...initial, from: by, to: [name], class: "deliver", hop: 0 }] : [],
  );
  return [...agents.map(agentJoined), ...first];
}

function agentJoined(agent: NewAgent): RoomEvent {
  const { name, role, runtime, script, prompt, gate, model, effort, mode, budget } = agent;
  const opens = script?.some((rule) => rule.on === "start") ?? false;
  return {
    type: "participant.joined",
    name,
    displayName: agent.displayName ?? name,
    kind: "agent",
    role,
    runtime,
    ...(script && { script }),
    ...(prompt !== undefined && { prompt }),
    ...(gate !== undefined && { gate }),
    ...(model !== undefined && { model }),
    ...(effort !== undefined && { effort }),
    ...(mode !== undefined && { mode }),
    ...(budget && { budget }),
    ...(opens && { opening: true }),
  };
}

/** Changes what an agent works by. Needs `manageAgents`. */
export function decideConfigureAgent(room: Room, command: CommandOf<"agent.configure">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "manageAgents") ?? absentAgent(room, command.name);
  if (refused) return reject(refused);
  const { type: _type, by: _by, name, ...settings } = command;
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (given.length === 0) return accept();
  const unusable =
    rejectionIfInvalidScript(settings.script ?? [], ["script"]) ?? rejectionIfSpecTooLarge({ ...settings, name }, []);
  if (unusable) return reject(unusable);
  return accept({ type: "participant.configured", name, ...Object.fromEntries(given) });
}

/** Removes an agent: its turn is cancelled, its gates are withdrawn, its waiting messages expire. */
export function decideRemoveAgent(room: Room, command: CommandOf<"agent.remove">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "manageAgents") ?? absentAgent(room, command.name);
  if (refused) return reject(refused);
  const agent = presentAgent(room, command.name);
  const by = actorName(command.by);
  return accept(...(agent ? endOfAgent(room, agent, { by, reason: "left" }) : []), {
    type: "participant.left",
    name: command.name,
  });
}

/** The messages of its turn are delivered again at its new home; its memory stays behind. */
export function decideMoveAgent(room: Room, command: CommandOf<"agent.move">): Decision {
  const refused = rejectionIfForbidden(room, command.by, "manageAgents") ?? absentAgent(room, command.name);
  if (refused) return reject(refused);
  const agent = presentAgent(room, command.name);
  if (agent?.home === undefined) return accept();
  const { name, turn, home } = agent;
  const ended: RoomEvent[] = turn
    ? [
        ...withdrawnAsks(room, agent),
        { type: "turn.ended", turnId: turn.turnId, agent: name, outcome: "lost", lostBy: "router" },
      ]
    : [];
  return accept(...ended, { type: "participant.configured", name, leavesHome: home });
}

/** Removes a person, or lets one leave. An owner cannot be removed by others. */
export function decideRemovePerson(room: Room, command: CommandOf<"person.remove">): Decision {
  const person = presentParticipant(room, command.name);
  if (person?.kind !== "human") return reject(absent(command.name));
  const leaves = command.by.kind === "person" && command.by.name === command.name;
  const refused = leaves ? undefined : rejectionIfForbidden(room, command.by, "configure");
  if (refused) return reject(refused);
  if (isOnlyOwner(room, command.name)) {
    return reject({
      code: "limit_reached",
      detail: `${command.name} is the room's only owner and cannot leave; close the room instead`,
    });
  }
  const left: RoomEvent = {
    type: "participant.left",
    name: command.name,
    ...(!leaves && { reason: `removed by ${actorName(command.by)}` }),
  };
  return accept(...invitesEndedWith(room, command.name), left);
}

/** Lets a person in with an invite, under a free name. */
export function decideJoin(room: Room, command: CommandOf<"person.join">, context: DecideContext): Decision {
  const invite = findUsableInvite(room, command.inviteHash, context.nowMs);
  if (!invite) return reject(inviteInvalid);
  const name = parseName(command.name);
  if (name === undefined)
    return reject(
      invalid(["name"], "not a usable name: a letter, then letters, digits or “-” (at most 32), not a reserved word"),
    );
  const refused = rejectionIfNameTaken(room, name, invite);
  if (refused) return reject(refused);
  const displayName = (command.displayName ?? command.name).trim() || name;
  const tooLong = rejectionIfInvalidDisplayName(displayName, []);
  if (tooLong) return reject(tooLong);
  const joined: EventOf<"participant.joined"> = {
    type: "participant.joined",
    name,
    displayName,
    kind: "human",
    role: invite.role,
    inviteId: invite.inviteId,
    ...(room.participants.has(name) && { returns: true }),
  };
  return accept({ type: "invite.used", inviteId: invite.inviteId, name }, joined);
}

function rejectionIfNameTaken(room: Room, name: string, invite: OpenInvite): Rejection | undefined {
  const known = room.participants.get(name);
  if (invite.forName !== undefined) {
    return invite.forName === name ? undefined : invalid(["name"], `this code is for ${invite.forName} alone`);
  }
  if (known) return nameTaken(room, name);
  return room.participants.size >= LIMITS.maxParticipants ? tooManyParticipants : undefined;
}

/** The name is in use; suggests a free one. */
export function nameTaken(room: Room, name: string): Rejection {
  const suggestion = suggestName(name, (candidate) => room.participants.has(candidate));
  return {
    code: "name_taken",
    detail: `the name ${name} belongs to somebody else in this room; ${suggestion} is free`,
    suggestion,
  };
}

/** The room has had as many participants as it may have. */
export const tooManyParticipants: Rejection = {
  code: "limit_reached",
  detail: `a room takes at most ${LIMITS.maxParticipants} participants, those who left included`,
};

function absentAgent(room: Room, name: string): Rejection | undefined {
  return presentAgent(room, name) ? undefined : absent(name);
}

/** No such participant is in the room. */
export function absent(name: string): Rejection {
  return { code: "participant_not_found", detail: `${name} is not in this room` };
}
