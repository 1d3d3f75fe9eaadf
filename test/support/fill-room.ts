import type { Command } from "../../src/core/room/command.js";
import { LIMITS } from "../../src/core/room/limits.js";
import { presentAgents, type Room } from "../../src/core/room/room.js";
import { wantedName } from "../../src/runtime/access/transliterate.js";
import { longDisplayName, longName, uuid } from "./full-room.js";
import { type LongStory, perform, tell } from "./long-story.js";
import { admin, ask, by, end, post, say, start } from "./room-commands.js";

type Filler = (story: LongStory, n: number) => Command[];

const model = "claude-sonnet-4-5-20250929";
const gate = { to: Array.from({ length: 20 }, (_, n) => longName(n)) };
const anAgent = (n: number) => longName(n % 50);
const turnOf = (story: LongStory, name: string) =>
  presentAgents(story.room).find((agent) => agent.name === name)?.turn?.turnId ?? "";

/** Ways to make the state of a room grow, each with names and ids as long as they may be. */
export const fillers: Record<string, Filler> = {
  keys: (_, n) => [
    post("mia", "x", { to: [anAgent(n)], messageId: uuid(n), class: "notify", idempotencyKey: uuid(n) }),
    { type: "room.stop", by: by("mia") },
  ],
  failed: (story, n) => {
    const [agent, open] = [anAgent(n), turnOf(story, anAgent(n))];
    return [
      ...(open ? [end(agent, { turnId: open })] : []),
      post("mia", "x", { to: [agent], messageId: `${uuid(n)}.10.10`, class: "interrupt" }),
      start(agent, uuid(n)),
      end(agent, { turnId: uuid(n), outcome: "failed" }),
    ];
  },
  expired: (_, n) => [
    post("mia", "x", { to: [anAgent(n)], messageId: uuid(n), class: "notify" }),
    { type: "room.stop", by: by("mia") },
  ],
  resolved: (story, n) => [
    ...working(story, n, "@mia GATE: why?"),
    ...Array.from(story.gates.values(), (opened): Command => {
      const { gateId, hash } = opened;
      return { type: "gate.decide", by: by("mia"), gateId, action: "drop", hash, opened, messageId: uuid(n) };
    }),
  ],
  waiting: (_, n) => [post("mia", "x", { messageId: `${uuid(n)}.10.10`, ttlSeconds: 90_000 })],
  one: (_, n) => [post("mia", "x", { to: [anAgent(n)], messageId: `${uuid(n)}.10.10`, ttlSeconds: 90_000 })],
  said: (story, n) => working(story, n, "@nobody: three\n@mia one\n@human two"),
  questions: (story, n) => working(story, n, "@human GATE: three?"),
  asks: (story, n) => [
    ...working(story, n, "nothing"),
    ask(anAgent(n), uuid(n), { turnId: turnOf(story, anAgent(n)) || uuid(n) }),
  ],
  invites: (_, n) => [
    {
      type: "invite.create",
      by: by("mia"),
      invite: {
        inviteId: uuid(n),
        hash: "h".repeat(64),
        role: "member",
        expiresAtMs: 2e15,
        maxUses: 9,
        forName: "mia",
      },
    },
  ],
  agents: (_, n) => {
    const agent = {
      name: longName(n),
      displayName: longDisplayName,
      role: "coder",
      runtime: "claude-code",
      model,
      gate,
    };
    return [{ type: "agent.add", by: admin, agent }];
  },
  people: (_, n) => [
    {
      type: "person.enter",
      person: {
        displayName: `${longDisplayName.slice(0, 40)} ${n}`,
        platform: { name: "slack", userId: `U${uuid(n)}` },
      },
      wantedName: wantedName(`${longDisplayName.slice(0, 40)} ${n}`),
      admitted: { role: "member" },
    },
  ],
};

function working(story: LongStory, n: number, text: string): Command[] {
  const agent = anAgent(n);
  const open = turnOf(story, agent);
  const begins: Command[] = open
    ? []
    : [{ ...start(agent, uuid(n)), node: "a-host.example.org", boot: uuid(1), spontaneous: true }];
  return [...begins, say(agent, text, { turnId: open || uuid(n), outputId: uuid(n) })];
}

/** A room filled in this order with as much of everything as it takes. */
export function filledRoom(order: readonly (keyof typeof fillers & string)[]): Room {
  const story = tell(() => [], {
    commits: 0,
    agents: 50,
    policy: { loopGuard: false, gate: { prefix: ["x".repeat(64)] } },
  });
  for (const name of order) {
    for (let n = 0; n < 2 * LIMITS.maxIdempotencyKeys; n++) {
      story.at += 1;
      for (const command of fillers[name]?.(story, story.at) ?? []) perform(story, command);
    }
  }
  return story.room;
}
