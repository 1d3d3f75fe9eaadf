import fc from "fast-check";
import type { Command } from "../../src/core/command.js";
import type { RoomCommit } from "../../src/core/commit.js";
import type { Decision } from "../../src/core/decide/decision.js";
import { decide } from "../../src/core/decide.js";
import { deliveryClasses, type EventOf } from "../../src/core/event.js";
import { applyCommit } from "../../src/core/fold.js";
import { gateActions } from "../../src/core/gate.js";
import type { Actor } from "../../src/core/rights.js";
import { type AgentMember, emptyRoom, type Room } from "../../src/core/room.js";
import { sha256 } from "./sha256.js";

/** One step of a story: what is done (`kind`), by and to whom (`a`, `b`, `c`, as picks), after `waitMs`. */
export interface Step {
  kind: number;
  a: number;
  b: number;
  c: number;
  waitMs: number;
}

const pickNumber = fc.nat({ max: 9_999 });
/** Without fast-check's preference for small numbers and short lists, which would make most stories the same. */
export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.noBias(
    fc.array(
      fc.record({
        kind: pickNumber,
        a: pickNumber,
        b: pickNumber,
        c: pickNumber,
        waitMs: fc.constantFrom(0, 1, 1_000, 70_000),
      }),
      { maxLength, size: "max" },
    ),
  );

/** What happened: the commits that count, and every decision. */
export interface Story {
  room: Room;
  log: RoomCommit[];
  nowMs: number;
  /** Told after every step; `commit` is absent when nothing was written. */
  onStep: (step: { command: Command; decision: Decision; commit: RoomCommit | undefined }) => void;
}

/** A room with two agents and one person of each role, made by `decide` like everything after it. */
export function newStory(onStep: Story["onStep"] = () => {}): Story {
  const story: Story = { room: emptyRoom("r1"), log: [], nowMs: 1_000_000, onStep };
  const invite = (inviteId: string, role: "member" | "viewer" | "approver") => ({
    inviteId,
    hash: sha256(inviteId),
    role,
    expiresAtMs: story.nowMs + 600_000,
    maxUses: 3,
  });
  const agent = (name: string) => ({ name, role: "coder", runtime: "scripted" });
  perform(story, {
    type: "room.create",
    by: { kind: "admin" },
    name: "Story",
    owner: "mia",
    agents: [{ ...agent("coder"), script: [{ on: "start" as const, reply: "@room hi" }] }, agent("reviewer")],
    policy: { gateExpiry: { afterS: 60, then: "drop" } },
    invites: [invite("i-approver", "approver"), invite("i-member", "member"), invite("i-viewer", "viewer")],
  });
  for (const [role, name] of [
    ["approver", "ann"],
    ["member", "tom"],
    ["viewer", "vic"],
  ] as const)
    perform(story, { type: "person.join", inviteHash: sha256(`i-${role}`), name });
  return story;
}

/** Decides, and writes what was accepted, as the room service does. */
export function perform(story: Story, command: Command): Decision {
  const { room, log, nowMs } = story;
  const decision = decide(room, command, { nowMs, sha256 });
  let commit: RoomCommit | undefined;
  if (decision.kind === "accepted" && decision.events.length > 0) {
    const { version, commitId: parent } = room;
    // As it comes back from a store: nothing of the log is shared with a room.
    const events = structuredClone(decision.events);
    commit = { id: `c${version + 1}-${log.length}`, version: version + 1, parent, at: nowMs, by: "x", events };
    if (applyCommit(room, structuredClone(commit), structuredClone(events)) !== "next")
      throw new Error("own commit is void");
    log.push(commit);
  }
  story.onStep({ command, decision, commit });
  return decision;
}

export function play(story: Story, steps: readonly Step[]): Story {
  for (const step of steps) {
    story.nowMs += step.waitMs;
    perform(story, commandOf(story, step));
  }
  return story;
}

const people = ["mia", "ann", "tom", "vic", "eve"];
const agents = ["coder", "reviewer", "tester", "ghost"];
const bodies = ["hello", "@coder look", "@reviewer and @coder: both", "@human you", "@ghost who", "@room all", ""];
const blocks = [
  "@room done",
  "@reviewer please\n@coder and you",
  "@ghost hi\n@room there",
  "@human GATE: may I?",
  "@mia NOTIFY: fyi",
  "@reviewer INTERRUPT: stop",
  "@coder @reviewer @tester to all of you",
  "just thinking",
  "@ghost again",
  "@tom GATE:",
];

const pick = <T>(items: readonly T[], at: number): T => {
  if (items.length === 0) throw new Error("nothing to pick from");
  return items[at % items.length] as T;
};

type Make = (story: Story, step: Step, id: string) => Command;

const actor = (at: number): Actor => {
  if (at % 11 === 0) return { kind: "admin" };
  return { kind: "person", name: pick(people, at) };
};

/** An agent with an open turn where there is one, and its turn's id; now and then a wrong one. */
function inTurn({ room }: Story, { a, c }: Step): { agent: string; turnId: string } {
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

const start: Make = (_, { a }, id) => ({
  type: "turn.start",
  agent: pick(agents, a),
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

const end: Make = (story, step, id) => ({
  type: "turn.end",
  ...inTurn(story, step),
  outcome: pick(["done", "failed", "cancelled", "timed-out"] as const, step.b),
  ...(step.c % 2 === 0 && { next: { turnId: `t-${id}`, node: "n", boot: "b" } }),
});

const decideGate: Make = ({ room, log }, { a, b, c }, id) => {
  const gateId = pick([...room.gates.keys(), ...room.resolvedGates.keys(), "g-none"], a);
  const events = log.flatMap((commit) => commit.events);
  const opened = events.findLast(
    (event): event is EventOf<"gate.opened"> => event.type === "gate.opened" && event.gateId === gateId,
  );
  const tampered = opened && c % 17 === 0 ? { ...opened, body: `${opened.body}!` } : opened;
  return {
    type: "gate.decide",
    by: c % 3 === 0 ? actor(b) : { kind: "person", name: "mia" },
    gateId,
    action: pick(gateActions, b),
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

const simple =
  (make: (actor: Actor, agent: string) => Command): Make =>
  (_, { a, b }) =>
    make(actor(a), pick(agents, b));

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0.01 };

/** How often each kind of step comes, out of their sum. */
const kinds: [weight: number, make: Make][] = [
  [14, post],
  [18, start],
  [18, say],
  [6, ask],
  [12, end],
  [
    8,
    (story, step) => ({ type: "turn.lose", ...inTurn(story, step), lostBy: step.b % 3 === 0 ? "router" : "sandbox" }),
  ],
  [8, (story, step) => ({ type: "turn.steer", ...inTurn(story, step) })],
  [3, (story, step) => ({ type: "turn.withdraw", ...inTurn(story, step), requestId: `r${step.b % 6}` })],
  [2, (story, step) => ({ type: "turn.usage", ...inTurn(story, step), usage })],
  [14, decideGate],
  [6, () => ({ type: "room.tick" })],
  [3, addAgent],
  [3, simple((by, name) => ({ type: "agent.remove", by, name }))],
  [2, simple((by, name) => ({ type: "agent.configure", by, name, gate: "always" }))],
  [3, simple((by, name) => ({ type: "agent.interrupt", by, name }))],
  [2, invite],
  [3, join],
  [1, (_, { a, b }) => ({ type: "person.remove", by: actor(a), name: pick(people, b) })],
  [1, (_, { a, b }) => ({ type: "invite.revoke", by: actor(a), inviteId: pick(["i-viewer", "none"], b) })],
  [2, simple((by) => ({ type: "room.pause", by }))],
  [3, simple((by) => ({ type: "room.resume", by }))],
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
          { gateExpiry: { afterS: 60, then: "drop" as const } },
        ],
        b,
      ),
    }),
  ],
  [1, () => ({ type: "notice.post", text: "x", severity: "info" })],
];
const wholeWeight = kinds.reduce((sum, [weight]) => sum + weight, 0);

export function commandOf(story: Story, step: Step): Command {
  const id = `s${story.log.length}-${step.kind}-${step.a}-${step.b}`;
  if (step.kind >= 9_980) return { type: "room.close", by: { kind: "person", name: "mia" } };
  let at = step.kind % wholeWeight;
  for (const [weight, make] of kinds) {
    if (at < weight) return make(story, step, id);
    at -= weight;
  }
  throw new Error("a step picks a kind");
}
