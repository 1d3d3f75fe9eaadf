import { isDeepStrictEqual } from "node:util";
import type { AskPerson } from "../../core/room/command.js";
import type { EventOf } from "../../core/room/event.js";
import { presentAgent, type Room } from "../../core/room/room.js";
import { plainLine } from "../../core/text/visible-text.js";
import { type Repository, repositoryUrl } from "../../core/values/repository.js";
import type { Clock } from "../../ports/clock.js";
import type { RefUpdate, WaitingPush } from "../../ports/repositories.js";
import type { RoomService } from "../rooms/service.js";
import type { MeteredAgent } from "./model-access.js";
import { type PushContentOptions, pushContent } from "./push-content.js";

/** A push of an agent whose messages are held. */
export interface HeldPush extends WaitingPush {
  repository: Repository;
}

/** Opens a tool gate and waits for the decision. Returns the reason for a refusal as a sentence for the agent; undefined if allowed. */
export type AskForPush = (agent: MeteredAgent, push: HeldPush) => Promise<string | undefined>;

/** The name under which a push is asked about. */
export const pushTool = "git push";
const lookEveryMs = 500;
const maxReasonChars = 500;

/** State of a push's gate. `gone`: its turn has ended. */
type Standing = { kind: "open" | "gone" } | { kind: "resolved"; version: number; index: number };

/**
 * Finds the gate of this push in the agent's open turn. An identical push in the same turn, as after a command timeout, reuses the gate and
 * its decision.
 */
export function createAskForPush(options: {
  rooms: RoomService;
  clock: Clock;
  sha256: (text: string) => string;
  content: PushContentOptions;
}): AskForPush {
  const { clock, sha256 } = options;
  /** The person who gave the permission, by agent and stay; remembered until this process ends or that person may no longer decide. */
  const remembered = new Map<string, string>();

  async function askStanding({ roomId, name }: MeteredAgent, requestId: string): Promise<Standing> {
    return options.rooms.peek(
      roomId,
      (room): Standing => {
        const ask = presentAgent(room, name)?.turn?.asks.find((one) => one.requestId === requestId);
        if (!ask) return { kind: "gone" };
        return ask.resolved ? { kind: "resolved", ...ask.resolved } : { kind: "open" };
      },
      { fresh: true },
    );
  }

  async function decisionOn(agent: MeteredAgent, requestId: string, signal: AbortSignal) {
    for (;;) {
      const standing = await askStanding(agent, requestId);
      if (standing.kind === "resolved") return resolvedAt(agent, standing);
      if (standing.kind === "gone" || signal.aborted) return undefined;
      await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve));
    }
  }

  async function resolvedAt({ roomId }: MeteredAgent, { version, index }: { version: number; index: number }) {
    await options.rooms.durable(roomId, version);
    const event = (await options.rooms.eventsAt(roomId, version))[index];
    return event?.type === "gate.resolved" ? event : undefined;
  }

  /** Opens the gate, unless this push has one in this turn. Gives why not, for the agent. */
  async function openGate({ roomId }: MeteredAgent, ask: AskPerson, push: HeldPush): Promise<string | undefined> {
    const changes = await push.look();
    const content = await pushContent({ ...push, changes }, options.content);
    const asked = await options.rooms.execute(roomId, { ...ask, content });
    if (asked.kind !== "rejected") return undefined;
    if (asked.rejection.code !== "format_not_raised") return asked.rejection.detail;
    // Some process of the fleet does not know gates with content: branches and commits alone are shown.
    const plain = await options.rooms.execute(roomId, ask);
    return plain.kind === "rejected" ? plain.rejection.detail : undefined;
  }

  return async function askForPush(agent, push) {
    const { repository, updates, signal } = push;
    const { roomId, name } = agent;
    const facts = await options.rooms.peek(roomId, (room) => factsOf(room, name), { fresh: true });
    if (!facts) return "a person has to allow this push, and can be asked only while you are in a turn.";
    const stay = `${roomId}/${name}/${facts.joinedVersion}`;
    // A branch that a person has allowed to be shown is not taken away on a permission given for other pushes.
    const deletes = updates.some(({ after }) => after === undefined);
    const isHeld = isTrusted(facts, remembered.get(stay));
    if (isHeld && !deletes) return undefined;
    if (!isHeld) remembered.delete(stay);
    const input = { repository: repositoryUrl(repository), updates: updates.map(shown) };
    const body = JSON.stringify(input);
    const requestId = `push-${sha256(body).slice(0, 20)}`;
    const ask: AskPerson = {
      type: "turn.ask",
      agent: name,
      turnId: facts.turnId,
      requestId,
      askKind: "tool",
      title: pushTool,
      body,
    };
    if ((await askStanding(agent, requestId)).kind === "gone") {
      const refused = await openGate(agent, ask, push);
      if (refused !== undefined) return refused;
    }
    const decision = await decisionOn(agent, requestId, signal);
    if (decision?.outcome === "allowed" && decision.remember === "session") remembered.set(stay, decision.by);
    return whyNot(decision, input);
  };
}

interface AskerFacts {
  turnId: string;
  joinedVersion: number;
  /** People whose permissions for the session still hold. */
  trustedBy: readonly string[];
}

function factsOf(room: Room, name: string): AskerFacts | undefined {
  const agent = presentAgent(room, name);
  const { joinedVersion, trustedBy = [] } = agent ?? { joinedVersion: 0 };
  return agent?.turn && { turnId: agent.turn.turnId, joinedVersion, trustedBy: [...trustedBy] };
}

function isTrusted({ trustedBy }: AskerFacts, by: string | undefined): boolean {
  return by !== undefined && trustedBy.includes(by);
}

function shown({ ref, before, after }: RefUpdate): object {
  const branch = ref.replace(/^refs\/heads\//, "");
  return { branch, ...(before !== undefined && { before }), ...(after === undefined ? { deleted: true } : { after }) };
}

function whyNot(decision: EventOf<"gate.resolved"> | undefined, input: object): string | undefined {
  if (!decision) return "nobody has decided about this push; it was not passed on. The same push again asks on.";
  const { outcome, by, reason, body } = decision;
  if (outcome === "allowed")
    return body === undefined || isDeepStrictEqual(JSON.parse(body), input)
      ? undefined
      : `${by} allowed another push than this one, and a push cannot be changed on its way; it was not passed on.`;
  if (outcome === "denied")
    return `${by} did not allow this push${reason ? `: ${plainLine(reason, maxReasonChars)}` : "."}`;
  return "nobody decided about this push in time; it was not passed on.";
}
