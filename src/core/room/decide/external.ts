import { type Directive, parseDirectives } from "../../grammar/directive.js";
import { externalRuntime, isExternal } from "../../values/external-runtime.js";
import type { GateOption, RoomEvent } from "../event.js";
import type { ExternalAsk, ExternalMessage, ExternalSay, ExternalWithdraw } from "../external-command.js";
import type { OpenTurn } from "../open-turn.js";
import type { Rejection } from "../rejection.js";
import { type AgentMember, presentAgent, type Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { withdrawnGates } from "./ending.js";
import { absent } from "./participants.js";
import { namesOfRoom } from "./post.js";
import { speechEvents } from "./say.js";
import type { TurnSpeech } from "./speech.js";
import { mayStart, turnNotOpen, turnStarted } from "./turns.js";

/** Where the turns of external agents run, as the log has it: no node of Parley. */
const outside = { node: externalRuntime, boot: externalRuntime };
const urgentEveryMs = 60_000;
const urgentTimes = 3;

/** Like a block of any agent's text, in the open turn or in a turn of its own that ends with it. */
export function decideExternalSay(room: Room, command: ExternalSay, context: DecideContext): Decision {
  const { said } = command;
  const key = keyOf(command, said, context);
  const ttlSeconds = "text" in said ? undefined : said.ttlSeconds;
  const expires = ttlSeconds === undefined ? {} : { expiresAtMs: context.nowMs + ttlSeconds * 1_000 };
  const directives = "text" in said ? parseDirectives(said.text, namesOfRoom(room)) : [directiveOf(said)];
  if (directives.length === 0) return reject(sendsNothing);
  return speak(room, command, { context, key, directives, more: { ofMessage: { ...expires, ...(key && { key }) } } });
}

/** A question that no turn waits for: the answer is a message to the agent, as that of `GATE:`. */
export function decideExternalAsk(room: Room, command: ExternalAsk, context: DecideContext): Decision {
  const { body, options, isUrgent, expiresInSeconds } = command;
  const { nowMs } = context;
  const ofQuestion = {
    ...(options && { options: options.map((option): GateOption => ({ ...option })) }),
    ...(isUrgent && {
      why: `${command.agent} asks, and it is urgent`,
      reminder: { atMs: nowMs + urgentEveryMs, everyMs: urgentEveryMs, timesLeft: urgentTimes },
    }),
    ...(expiresInSeconds !== undefined && { expiresAtMs: nowMs + expiresInSeconds * 1_000 }),
  };
  const directives: Directive[] = [{ names: ["human"], body: body.trim(), offset: 0, prefix: "gate" }];
  const key = keyOf(command, { body, options, expiresInSeconds }, context);
  return speak(room, command, { context, key, directives, more: { ofQuestion } });
}

/** Its own question or held message that nobody has decided. */
export function decideExternalWithdraw(room: Room, { agent, gateId }: ExternalWithdraw): Decision {
  const gate = room.gates.get(gateId);
  if (gate?.from !== agent || gate.kind === "continue")
    return reject({ code: "gate_not_found", detail: "you have no open question or held message of this id" });
  return accept(...withdrawnGates(room, agent, (open) => open === gate));
}

interface Speaking {
  context: DecideContext;
  key: Key | undefined;
  directives: readonly Directive[];
  more: Pick<TurnSpeech, "ofMessage" | "ofQuestion">;
}

function speak(room: Room, command: ExternalSay | ExternalAsk, speaking: Speaking): Decision {
  const agent = presentAgent(room, command.agent);
  if (!agent || !isExternal(agent)) return reject(absent(command.agent));
  const block = `${command.outputId}.0`;
  const before = saidUnder(room, { agent, block, key: speaking.key });
  if (before) return before;
  const { turn } = agent;
  if (command.within !== undefined && turn?.turnId !== command.within) return turnNotOpen;
  if (turn?.halted) return reject(tooMany);
  const events = (within: OpenTurn) =>
    speechEvents(speechOf({ room, agent, turn: within, block }, speaking), speaking.directives);
  if (turn) return accept(...events(turn));
  if (!mayStart(room)) return reject(notNow(room));
  const brief = briefTurn(room, agent, { turnId: command.turnId, nowMs: speaking.context.nowMs });
  return accept(
    turnStarted(agent, { turnId: brief.turnId, ...outside, spontaneous: true, messages: [] }),
    ...events(brief),
    { type: "turn.ended", turnId: brief.turnId, agent: agent.name, outcome: "done" },
  );
}

function speechOf(at: Pick<TurnSpeech, "room" | "agent" | "turn" | "block">, { context, more }: Speaking): TurnSpeech {
  return { ...at, repeats: false, context, steps: {}, ...more };
}

/** The turn that this commit begins and ends, as its start will make it. */
function briefTurn(room: Room, { retry }: AgentMember, { turnId, nowMs }: { turnId: string; nowMs: number }): OpenTurn {
  const posted = retry?.posted ?? [];
  return {
    turnId,
    version: room.version + 1,
    startedAtMs: nowMs,
    ...outside,
    attempt: (retry?.attempt ?? 0) + 1,
    opening: false,
    taken: [],
    hop: 0,
    posted,
    postedBefore: posted.length,
    asks: [],
    askedBefore: [],
  };
}

function directiveOf({ to, body, class: how }: ExternalMessage): Directive {
  const names = to.length === 0 ? ["room"] : [...new Set(to.map((name) => name.toLowerCase()))];
  return { names, body: body.trim(), offset: 0, ...((how === "notify" || how === "interrupt") && { prefix: how }) };
}

interface Key {
  hash: string;
  fingerprint: string;
}

function keyOf(
  { agent, idempotencyKey }: ExternalSay | ExternalAsk,
  content: unknown,
  { sha256 }: DecideContext,
): Key | undefined {
  if (idempotencyKey === undefined) return undefined;
  return {
    hash: sha256(JSON.stringify([agent, idempotencyKey])).slice(0, 24),
    fingerprint: sha256(JSON.stringify(content)).slice(0, 16),
  };
}

/** The same output before, in this turn or in an earlier one; or another one under the same key. */
function saidUnder(
  room: Room,
  { agent, block, key }: { agent: AgentMember; block: string; key: Key | undefined },
): Decision | undefined {
  const posted = key && room.idempotencyKeys.get(key.hash);
  if (posted && posted.fingerprint !== key.fingerprint) return reject(keyReused);
  if (posted) return { kind: "duplicate", version: posted.version, messageId: posted.messageId };
  const [stem = block] = block.split("-");
  const [id, version] = firstOfKey(room, agent, stem) ?? [];
  if (id === undefined || version === undefined) return undefined;
  const isSame = id.startsWith(`${block}.`) || id.startsWith(`g-${block}.`);
  return isSame ? { kind: "duplicate", version, messageId: id } : reject(keyReused);
}

/** Output of this agent whose id begins so: in its open turn, or a gate that is open or was resolved lately. */
function firstOfKey(room: Room, agent: AgentMember, stem: string): readonly [id: string, version: number] | undefined {
  const inTurn = agent.turn?.posted.find(([id]) => id.startsWith(stem) || id.startsWith(`g-${stem}`));
  if (inTurn) return [inTurn[0], inTurn[1]];
  for (const { gateId, version } of room.gates.values()) if (gateId.startsWith(`g-${stem}`)) return [gateId, version];
  for (const [gateId, { version }] of room.resolvedGates) if (gateId.startsWith(`g-${stem}`)) return [gateId, version];
  return undefined;
}

const keyReused: Rejection = {
  code: "idempotency_key_reused",
  detail: "this Idempotency-Key was used for another message; use a new key for a new message",
};

const sendsNothing: Rejection = {
  code: "invalid",
  detail: "no line of this text starts with a name of this room, so it sends nothing; write “@name …” or give `to`",
  issues: [{ path: ["text"], message: "no line of it starts with a name of this room" }],
};

const tooMany: Rejection = {
  code: "limit_reached",
  detail: "this turn has sent all it may; acknowledge it, and go on in the next one",
};

function notNow(room: Room): Rejection {
  const isHalted = room.guard.gateId !== undefined;
  const why = isHalted
    ? "the loop guard has halted the agents of this room, and asks people whether they go on"
    : "this room is paused";
  return { code: "nothing_to_start", detail: `${why}; nothing was sent, try again later` };
}

/** For callers that tell an outcome: the events of this output in a commit. */
export function isOfOutput(event: RoomEvent, outputId: string): boolean {
  const id = event.type === "message.posted" || event.type === "message.bounced" ? event.messageId : undefined;
  const gate = event.type === "gate.opened" ? event.gateId : undefined;
  return id?.startsWith(`${outputId}.`) === true || gate?.startsWith(`g-${outputId}.`) === true;
}
