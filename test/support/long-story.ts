import type { Command } from "../../src/core/room/command.js";
import type { RoomCommit } from "../../src/core/room/commit.js";
import { decide } from "../../src/core/room/decide.js";
import type { EventOf, RoomEvent } from "../../src/core/room/event.js";
import { applyCommit } from "../../src/core/room/fold.js";
import type { OpenTurn } from "../../src/core/room/open-turn.js";
import type { Policy } from "../../src/core/room/policy.js";
import { emptyRoom, type Room } from "../../src/core/room/room.js";
import { longDisplayName, longName, uuid } from "./full-room.js";
import { ask, by, end, lose, post, say, start } from "./room-commands.js";
import { sha256 } from "./sha256.js";

/** A room that grows by commands, and its log. */
export interface LongStory {
  room: Room;
  log: RoomCommit[];
  nowMs: number;
  /** Number of the command under way; ids are made of it. */
  at: number;
  gates: Map<string, EventOf<"gate.opened">>;
}

/** Commands of one shape, for ever. */
export type Shape = (story: LongStory) => Command[];

/** Issues the shape's commands until the room has `commits` commits. Refusals are part of the story. */
export function tell(shape: Shape, options: { commits: number; agents: number; policy?: Policy }): LongStory {
  const story: LongStory = { room: emptyRoom("r1"), log: [], nowMs: Date.UTC(2026, 0, 5), at: 0, gates: new Map() };
  const agents = Array.from({ length: options.agents }, (_, n) => ({
    name: longName(n),
    displayName: longDisplayName,
    role: "coder",
    runtime: "scripted",
  }));
  const { policy = { loopGuard: false } } = options;
  perform(story, { type: "room.create", by: { kind: "admin" }, name: "r", owner: "mia", agents, policy, invites: [] });
  while (story.room.version < options.commits) {
    story.at += 1;
    const before = story.room.version;
    for (const command of shape(story)) perform(story, command);
    if (story.room.version === before && story.at > 3 * options.commits) throw new Error("this shape has run dry");
  }
  return story;
}

/** Issues a command; a refused one changes nothing. */
export function perform(story: LongStory, command: Command): void {
  const { room, nowMs } = story;
  story.nowMs += 10;
  const decision = decide(room, command, { nowMs, sha256 });
  if (decision.kind !== "accepted" || decision.events.length === 0) return;
  const version = room.version + 1;
  const commit = { id: uuid(version), version, parent: room.commitId, at: nowMs, by: "x", events: decision.events };
  applyCommit(room, commit, commit.events);
  story.log.push(commit);
  for (const event of decision.events) noteGate(story, event);
}

function noteGate({ gates }: LongStory, event: RoomEvent): void {
  if (event.type === "gate.opened") gates.set(event.gateId, event);
  if (event.type === "gate.resolved") gates.delete(event.gateId);
}

const write = (story: LongStory, fields: Parameters<typeof post>[2] = {}) =>
  post("mia", "hello", { messageId: uuid(story.at), ...fields });

const turn = (story: LongStory) => {
  const agent = longName(story.at % Math.max(1, story.room.agents.length));
  return { agent, turnId: uuid(story.at), outputId: uuid(story.at) };
};

function turnOf({ room }: LongStory, name: string): OpenTurn | undefined {
  const member = room.participants.get(name);
  return member?.kind === "agent" ? member.turn : undefined;
}

function decideOldest(story: LongStory): Command[] {
  const [opened] = story.gates.values();
  if (!opened) return [];
  const action = opened.kind === "tool" ? "allow" : "approve";
  const { gateId, hash } = opened;
  return [{ type: "gate.decide", by: by("mia"), gateId, action, hash, opened, messageId: uuid(story.at) }];
}

/** Rooms by the kind of traffic in them. */
export const shapes: Record<string, { agents: number; policy?: Policy; shape: Shape }> = {
  "everybody gets everything, and works on it": {
    agents: 70,
    shape: (story) => {
      const { agent, turnId } = turn(story);
      const running = turnOf(story, agent);
      const works = running ? end(agent, { turnId: running.turnId }) : start(agent, turnId);
      return story.at % 100 === 0 ? [write(story), works] : [works];
    },
  },
  "a backlog nobody reads": {
    agents: 50,
    shape: (story) => [
      write(story, story.at % 3 === 0 ? { to: ["room"] } : { to: [longName(story.at % 50)] }),
      { type: "notice.post", text: "x", severity: "info" },
    ],
  },
  "everything is held": {
    agents: 20,
    policy: { gate: "always", loopGuard: false },
    shape: (story) => {
      const { agent, turnId, outputId } = turn(story);
      const said = say(agent, "@room one\n@mia two\n@human GATE: three?", { turnId, outputId });
      const asks = ask(agent, uuid(story.at), { turnId });
      return [
        write(story),
        start(agent, turnId),
        said,
        asks,
        ...decideOldest(story),
        ...decideOldest(story),
        end(agent, { turnId }),
      ];
    },
  },
  "every message has a key": {
    agents: 1,
    shape: (story) => {
      const { agent, turnId } = turn(story);
      return [write(story, { idempotencyKey: uuid(story.at) }), start(agent, turnId), end(agent, { turnId })];
    },
  },
  "everything expires": {
    agents: 20,
    policy: { gate: "always", loopGuard: false, gateExpiry: { afterS: 1, then: "drop" } },
    shape: (story) => [
      write(story, { ttlSeconds: 1 }),
      ...(story.at % 20 === 0 ? [{ type: "room.tick" as const }] : []),
    ],
  },
  "turns that are lost and talk much": {
    agents: 30,
    shape: (story) => {
      const agent = longName(story.at % 30);
      const running = turnOf(story, agent);
      if (!running) return [write(story, { to: [agent] }), start(agent, uuid(story.at))];
      const { turnId, posted, halted } = running;
      if (story.at % 101 === 0) return [lose(agent, "router", turnId)];
      if (posted.length >= 200 || halted) return [end(agent, { turnId })];
      return [say(agent, `@mia one ${story.at}\n@human two ${story.at}`, { turnId, outputId: uuid(story.at) })];
    },
  },
};
