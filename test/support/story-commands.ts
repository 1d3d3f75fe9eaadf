import type { Command } from "../../src/core/room/command.js";
import type { RoomCommit } from "../../src/core/room/commit.js";
import { deliveryClasses, type EventOf } from "../../src/core/room/event.js";
import { actionsOf, gateActions } from "../../src/core/room/gate.js";
import type { Actor } from "../../src/core/room/rights.js";
import type { AgentMember, Room } from "../../src/core/room/room.js";
import { sha256 } from "./sha256.js";

/** One step of a story: the action (`kind`), by and to whom (`a`, `b`, `c`, as picks), after `waitMs`. */
export interface Step {
  kind: number;
  a: number;
  b: number;
  c: number;
  waitMs: number;
}

/** The weights for choosing a step. */
interface Situation {
  room: Room;
  log: readonly RoomCommit[];
  nowMs: number;
}

const people = ["mia", "ann", "tom", "vic", "eve"];
const agents = ["coder", "reviewer", "tester", "ghost"];
const bodies = [
  "hello",
  "@coder look",
  "@reviewer and @coder: both",
  "@human you",
  "hi",
  "@reviewer yes",
  "@ghost: who",
  "",
];
const blocks = [
  "@room done",
  "@reviewer please\n@coder and you",
  "@ghost: hi\n@room there",
  "@human GATE: may I?",
  "@mia NOTIFY: fyi",
  "@reviewer INTERRUPT: stop",
  "@coder @reviewer @tester to all of you",
  "just thinking",
  "@ghost: again",
  "@tom GATE:",
  "The plan:\n\n1. @reviewer please look\n2. @coder please mend",
];

const pick = <T>(items: readonly T[], at: number): T => {
  if (items.length === 0) throw new Error("nothing to pick from");
  return items[at % items.length] as T;
};

type Make = (story: Situation, step: Step, id: string) => Command;

const actor = (at: number): Actor => {
  if (at % 11 === 0) return { kind: "admin" };
  return { kind: "person", name: at % 4 === 0 ? pick(people, at >> 2) : pick(["mia", "ann", "tom"], at) };
};

/** An agent with an open turn if there is one, and its turn's id; now and then a wrong one. */
function inTurn({ room }: Situation, { a, c }: Step): { agent: string; turnId: string } {
  const busy = [...room.participants.values()].filter((one): one is AgentMember => one.kind === "agent" && !!one.turn);
  if (busy.length === 0 || c % 13 === 0) return { agent: pick(agents, a), turnId: "t-none" };
  const agent = pick(busy, a);
  return { agent: agent.name, turnId: agent.turn?.turnId ?? "" };
}

const post: Make = ({ log }, { a, b, c }, id) => ({
  type: "message.post",
  by: actor(a),
  messageId: id,
  body: pick(bodies, b),
  class: c % 2 === 0 ? pick(deliveryClasses, c >> 1) : "deliver",
  ...(c % 4 === 1 && { ttlSeconds: 60 }),
  ...(c % 5 === 2 && { idempotencyKey: `k${(log.length + b) % 3}` }),
  ...(c % 7 === 3 && { to: [pick(agents, b)] }),
});

const start: Make = ({ room }, { a }, id) => ({
  type: "turn.start",
  agent: pick(a % 9 === 0 || room.agents.length === 0 ? agents : room.agents, a),
  turnId: `t-${id}`,
  node: "n",
  boot: "b",
});

/** One of a few outputs of the work that all attempts of a turn are about: outputs are read again, in later attempts too. */
const say: Make = (story, step) => {
  const at = inTurn(story, step);
  const agent = story.room.participants.get(at.agent);
  const work = agent?.kind === "agent" ? `${agent.joinedVersion}.${agent.turns - (agent.turn?.attempt ?? 0)}` : "";
  const outputId = `${at.agent}.${work}.o${step.b % 20}`;
  return { type: "turn.say", ...at, outputId, index: 0, text: pick(blocks, step.b % 20) };
};

const ask: Make = (story, step) => ({
  type: "turn.ask",
  ...inTurn(story, step),
  requestId: `r${step.b % 6}`,
  askKind: step.b % 2 === 0 ? "tool" : "question",
  title: "Bash",
  body: "{}",
});

const end: Make = (story, step) => ({
  type: "turn.end",
  ...inTurn(story, step),
  outcome: pick(["done", "failed", "cancelled", "timed-out"] as const, step.b),
});

const decideGate: Make = ({ room, log }, { a, b, c }, id) => {
  const open = [...room.gates.keys()];
  const gateId = pick(open.length > 0 && a % 5 > 0 ? open : [...open, ...room.resolvedGates.keys(), "g-none"], a);
  const events = log.flatMap((commit) => commit.events);
  const opened = events.findLast(
    (event): event is EventOf<"gate.opened"> => event.type === "gate.opened" && event.gateId === gateId,
  );
  const tampered = opened && c % 17 === 0 ? { ...opened, body: `${opened.body}!` } : opened;
  return {
    type: "gate.decide",
    by: c % 3 === 0 ? actor(b) : { kind: "person", name: "mia" },
    gateId,
    action: pick(opened && c % 7 > 0 ? actionsOf[opened.kind] : gateActions, b),
    hash: c % 19 === 0 ? "wrong" : (opened?.hash ?? ""),
    body: "{}",
    opened: tampered,
    messageId: id,
  };
};

const addAgent: Make = (_, { a, b }) => ({
  type: "agent.add",
  by: actor(b),
  agent: {
    name: pick(agents, a),
    role: "coder",
    runtime: "scripted",
    gate: pick(["never", "first", "always", { to: ["mia"] }] as const, b) as "never",
    ...(b % 3 === 0 && { script: [{ on: "start" as const }] }),
  },
});

const invite: Make = ({ nowMs }, { a, b, c }, id) => ({
  type: "invite.create",
  by: actor(a),
  invite: {
    inviteId: id,
    hash: sha256(id),
    role: pick(["owner", "approver", "member", "viewer"] as const, b),
    expiresAtMs: nowMs + 1_000,
    maxUses: 1,
    ...(c % 3 === 0 && { forName: pick(people, b) }),
  },
});

const join: Make = ({ room }, { a, b }) => ({
  type: "person.join",
  inviteHash: pick([...room.invites.values()].map(({ hash }) => hash).concat("none"), a),
  name: pick([...people, "zoe", "Coder", "room"], b),
});

const offerSetup: Make = (_, { a, b }) => {
  const path = pick(["CLAUDE.md", "AGENTS.md", ".mcp.json"], a);
  const items = [{ kind: "instructions", path, bytes: 1, sha256: sha256(String(b % 3)) }];
  return { type: "setup.offer", commit: "c", items: b % 5 === 0 ? [] : items, refused: [] };
};

const decideSetup: Make = ({ room, log }, { a, c }) => {
  const event = log.flatMap(({ events }) => events).findLast(({ type }) => type === "setup.offered");
  const offered = event?.type === "setup.offered" ? event : undefined;
  const hash = c % 7 === 0 ? "other" : (room.setup?.offered.hash ?? "none");
  const use = c % 2 === 0 ? [] : (offered?.items ?? []).map(({ path }) => path);
  return { type: "setup.decide", by: actor(a), hash, use, offered };
};

const withdraw: Make = ({ room }, { a, b, c }) => {
  const { messageId } = pick([...room.waiting.values()].concat({ messageId: "none" } as never), b);
  const replacement = { messageId: `${messageId}-${room.version}`, body: pick(["@coder instead", "@nobody lost"], c) };
  return { type: "message.withdraw", by: actor(a), messageId, ...(c % 2 === 0 && { replacement }) };
};

const simple =
  (make: (actor: Actor, agent: string) => Command): Make =>
  (_, { a, b }) =>
    make(actor(a), pick(agents, b));

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0.01 };

/** How often each kind of step comes, out of their sum. */
const kinds: [weight: number, make: Make][] = [
  [24, post],
  [18, start],
  [18, say],
  [14, ask],
  [9, end],
  [
    8,
    (story, step) => ({
      type: "turn.lose",
      ...inTurn(story, step),
      lostBy: (["router", "sandbox", "outage"] as const)[step.b % 3] ?? "sandbox",
    }),
  ],
  [14, (story, step) => ({ type: "turn.steer", ...inTurn(story, step) })],
  [3, (story, step) => ({ type: "turn.withdraw", ...inTurn(story, step), requestId: `r${step.b % 6}` })],
  [2, (story, step) => ({ type: "turn.usage", ...inTurn(story, step), usage })],
  [14, decideGate],
  [6, () => ({ type: "room.tick" })],
  [3, addAgent],
  [1, simple((by, name) => ({ type: "agent.remove", by, name }))],
  [2, simple((by, name) => ({ type: "agent.configure", by, name, gate: "always" }))],
  [3, simple((by, name) => ({ type: "agent.interrupt", by, name }))],
  [3, simple((by, agent) => ({ type: "message.retry", by, agent }))],
  [4, withdraw],
  [1, simple((by, name) => ({ type: "agent.fresh", by, name }))],
  [1, simple((_by, agent) => ({ type: "agent.conversationLost", agent }))],
  [1, invite],
  [3, join],
  [1, (_, { a, b }) => ({ type: "person.remove", by: actor(a), name: pick(people, b) })],
  [1, (_, { a, b }) => ({ type: "invite.revoke", by: actor(a), inviteId: pick(["i-viewer", "none"], b) })],
  [2, simple((by) => ({ type: "room.pause", by }))],
  [8, simple((by) => ({ type: "room.resume", by }))],
  [1, simple((by) => ({ type: "room.stop", by }))],
  [
    1,
    (_, { a, b }) => ({
      type: "room.configure",
      by: actor(a),
      policy: pick(
        [
          {},
          { gate: "always" as const },
          { loopGuard: { maxHops: 2 } },
          { loopGuard: false as const },
          { gateExpiry: { afterS: 60, then: "drop" as const }, gateReminder: { afterS: 60, times: 2 } },
          { gateReminder: { afterS: 60 } },
        ],
        b,
      ),
    }),
  ],
  [1, () => ({ type: "notice.post", text: "x", severity: "info" })],
  [2, offerSetup],
  [3, decideSetup],
];
const wholeWeight = kinds.reduce((sum, [weight]) => sum + weight, 0);

export function commandOf(story: Situation, step: Step): Command {
  const id = `s${story.log.length}-${step.kind}-${step.a}-${step.b}`;
  if (step.kind >= 9_980) return { type: "room.close", by: { kind: "person", name: "mia" } };
  const command = kindAt(step.kind % wholeWeight)(story, step, id);
  // Most actions on turns need one, so an agent gets one if no turn is open.
  const idle = "turnId" in command && command.turnId === "t-none" && step.c % 13 !== 0;
  return idle ? start(story, step, id) : command;
}

function kindAt(at: number): Make {
  let sum = 0;
  for (const [weight, make] of kinds) {
    sum += weight;
    if (at < sum) return make;
  }
  return start;
}
