import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { type CreatedRoom, call, eventually, exportEvents, untilAnswered } from "../support/parley-client.js";
import type { PeopleRoom } from "./people.js";
import { type SandboxKind, type TakenSandbox, takeOver } from "./sandboxes.js";
import type { Target } from "./target.js";

/** The rooms of one run: one that nobody attacks, and the attacked ones. */
export interface AttackedRooms {
  quiet: CreatedRoom;
  people: PeopleRoom;
  scripts: { room: CreatedRoom; member: string };
  /** By purpose. */
  boxes: ReadonlyMap<BoxUse, TakenSandbox>;
  viewers: ReadonlyMap<BoxUse, string>;
}

/** The purpose of a taken-over sandbox. */
export type BoxUse = "honest" | "greedy" | "content" | "provider" | "egress" | "floods";
const uses: readonly BoxUse[] = ["honest", "greedy", "content", "provider", "egress", "floods"];

const echo = { name: "echo", runtime: "scripted", script: [{ match: "^ping (\\S+)$", reply: "@mia pong {1}" }] };

async function makeRoom({ processes }: Target, body: { name: string } & Record<string, unknown>): Promise<CreatedRoom> {
  const [first] = processes;
  const answer = await call<CreatedRoom>(`${first?.url}/api/rooms`, {
    token: first?.adminToken ?? "",
    body: { owner: "mia", policy: { loopGuard: false }, ...body },
    timeoutMs: 30_000,
  });
  if (answer.status !== 201) throw new Error(`the room ${body.name} was not made: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function join({ processes }: Target, code: string, name: string): Promise<string> {
  const url = `${processes[0]?.url}/api/join`;
  const { body } = await call<AnswerOf<"joinRoom">>(url, { body: { code, name } });
  return body.token;
}

export async function makeRooms(
  target: Target,
  { sandbox, heldText }: { sandbox: SandboxKind; heldText: string },
): Promise<AttackedRooms> {
  const quiet = await makeRoom(target, { name: "quiet", agents: [echo] });
  const careful = {
    name: "careful",
    runtime: "scripted",
    gate: "always",
    script: [{ match: "^tell", reply: `@mia ${heldText}` }],
  };
  const crowd = await makeRoom(target, { name: "people", agents: [careful, echo] });
  const scripts = await makeRoom(target, { name: "scripts", agents: [echo] });
  const tokens = {
    member: await join(target, crowd.invites.member, "max"),
    viewer: await join(target, crowd.invites.viewer, "vic"),
    approver: await join(target, crowd.invites.approver, "ann"),
  };
  const boxes = new Map<BoxUse, TakenSandbox>();
  const viewers = new Map<BoxUse, string>();
  for (const use of sandbox === "none" ? [] : uses) {
    const room = await makeRoom(target, {
      name: use,
      agents: [{ name: "coder", runtime: "claude-code", model: "opus" }],
    });
    await say(target, room, "@coder hello");
    boxes.set(use, await takeOver(sandbox, { room, dataDirs: target.dataDirs }));
    viewers.set(use, await join(target, room.invites.viewer, "vic"));
  }
  const member = await join(target, scripts.invites.member, "max");
  return { quiet, people: { room: crowd, tokens, heldText }, scripts: { room: scripts, member }, boxes, viewers };
}

export async function say({ processes }: Target, { roomId, token }: CreatedRoom, body: string): Promise<void> {
  const url = `${processes[0]?.url}/api/rooms/${roomId}/messages`;
  const { status, body: answer } = await call(url, { token, body: { body } });
  if (status !== 201) throw new Error(`a message was answered with ${status}: ${JSON.stringify(answer)}`);
}

/** Makes the careful agent send a message that waits for a decision, and checks that the owner can read it. */
export async function holdText(target: Target, { room, heldText }: PeopleRoom): Promise<void> {
  await say(target, room, "@careful tell me");
  const url = `${target.processes[0]?.url}/api/rooms/${room.roomId}/gates`;
  await eventually(
    () => call<{ gates: { body?: string }[] }>(url, { token: room.token }),
    ({ body }) => body.gates?.some((gate) => gate.body?.includes(heldText)) === true,
  );
}

/** Number of these messages that the room's log does not hold exactly once. */
export async function lostOf(target: Target, room: CreatedRoom, messageIds: readonly string[]): Promise<number> {
  const url = target.processes[0]?.url ?? "";
  const at = () => `${url}/api/rooms/${room.roomId}`;
  await untilAnswered(at, { token: room.token, timeoutMs: 30_000 }, 120_000);
  const counts = new Map<string, number>();
  for (const event of await exportEvents(url, room.roomId, room.token))
    if (event.type === "message.posted") {
      const id = String(event.messageId);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  return messageIds.filter((id) => counts.get(id) !== 1).length;
}
