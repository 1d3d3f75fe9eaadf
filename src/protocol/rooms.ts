import { z } from "zod";
import { usageSchema } from "../core/room/event.js";
import { policySchema } from "../core/room/policy.js";
import { isBranchName, parseRepository, repositoryUrl } from "../core/values/repository.js";
import { agentBody } from "./agents.js";
import { oneLine, participantName, unixMs, version } from "./fields.js";
import { gateViewSchema } from "./gates.js";

/** As it is kept: the https address without `.git`. What cannot be read may hold a password and is not repeated. */
const repository = oneLine(300).transform((text, context) => {
  const parsed = parseRepository(text);
  if (parsed.kind === "ok") return repositoryUrl(parsed.repository);
  context.addIssue({ code: "custom", message: parsed.detail });
  return z.NEVER;
});
const branch = oneLine(200).refine(isBranchName, { error: "must be the name of a branch, as Git takes it" });

/** `POST /api/rooms`. `owner` is `host` when absent. */
export const createRoomBody = z.strictObject({
  name: oneLine(80),
  owner: participantName.optional(),
  agents: z.array(agentBody).max(100).optional(),
  policy: policySchema.optional(),
  repo: repository.optional(),
  branch: branch.optional(),
});
/** A new room as a client sends it, before defaults are filled in and `repo` is normalised. */
export type CreateRoomBody = z.input<typeof createRoomBody>;

/** `PATCH /api/rooms/:id`: a name, a policy or both. A policy replaces the whole one. */
export const configureRoomBody = z
  .strictObject({ name: oneLine(80).optional(), policy: policySchema.optional() })
  .refine((body) => body.name !== undefined || body.policy !== undefined, { error: "give a name or a policy" });

/** Answer of `POST /api/rooms`. `token` is the owner's; the codes of `invites` let people in by role. */
export const createdRoom = z.object({
  roomId: z.string(),
  name: z.string(),
  version,
  token: z.string(),
  invites: z.object({ member: z.string(), viewer: z.string(), approver: z.string() }),
});
/** A new room as its maker reads it. It holds secrets: the owner's token and the invite codes. */
export type CreatedRoom = z.input<typeof createdRoom>;

/** A room's state. `halted`: active, but no turn starts until a person decides whether its agents continue. */
export const roomStateSchema = z.enum(["active", "halted", "paused", "closed"]);

/** One room of the list. */
export const roomSummary = z.object({
  roomId: z.string(),
  name: z.string(),
  state: roomStateSchema,
  version,
  openGates: z.number().int().min(0),
});
/** One room of the list as a client reads it. */
export type RoomSummary = z.input<typeof roomSummary>;

/** Answer of `GET /api/rooms`, oldest first. */
export const roomList = z.object({ rooms: z.array(roomSummary) });

/** A current participant of the room. */
export const participantView = z.object({
  name: z.string(),
  displayName: z.string(),
  kind: z.enum(["agent", "human"]),
  /** A person's role, or the role (skill) of an agent. */
  role: z.string(),
  status: z.enum(["idle", "working", "waiting", "offline"]),
  /** Agents: messages that wait for it. */
  unread: z.number().int().exactOptional(),
  /** Agents in a turn: since when. */
  sinceMs: unixMs.exactOptional(),
  /** Agents: usage of their model calls so far. */
  usage: usageSchema.exactOptional(),
  /** Agents: what runs them (`scripted` follows a script), and the model if one was chosen. */
  runtime: z.string().exactOptional(),
  model: z.string().exactOptional(),
  /** Agents that had a turn: the node their files are on. */
  home: z.string().exactOptional(),
  /** Agents whose conversation the provider refuses again and again: only a new one helps. */
  broken: z.literal(true).exactOptional(),
  /** Agents whose home and work folder were counted: bytes they take on disk, and may take. */
  disk: z.object({ usedBytes: z.number().int().min(0), quotaBytes: z.number().int().min(0) }).exactOptional(),
  /** For a participant with a problem: the problem and a remedy. */
  note: z.string().exactOptional(),
});

/** A thread of a chat platform that shows the room. */
export const mirrorView = z.object({
  mirrorId: z.string(),
  platform: z.string(),
  channel: z.string(),
  thread: z.string().exactOptional(),
});
/** A thread that shows the room, as a client reads it. */
export type MirrorView = z.input<typeof mirrorView>;

/** Answer of `GET /api/rooms/:id`. */
export const roomView = z.object({
  roomId: z.string(),
  name: z.string(),
  state: roomStateSchema,
  version,
  participants: z.array(participantView),
  /** Open gates as the reader may see them. */
  gates: z.array(gateViewSchema),
  usage: usageSchema,
  policy: policySchema,
  repo: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  mirrors: z.array(mirrorView),
  /** What keeps its agents from calling their models beyond its budgets, for people. */
  spendingHold: z.string().exactOptional(),
});
/** A room with its participants, gates and rules as they are now, as a client reads it. */
export type RoomView = z.input<typeof roomView>;

/** Answer of `POST /api/rooms/:id/purge`. `homes`: how many agents' homes were deleted on this machine. */
export const purgedRoom = z.object({ version, homes: z.number().int().min(0) });

/** Query of `GET /api/rooms/:id/export`; `jsonl` when absent. */
export const exportFormat = z.enum(["jsonl", "md"]);
