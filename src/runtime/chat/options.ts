import type { ResolveAgent, ResolveSettings } from "../../core/room/agent-request.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Chat } from "../../ports/chat.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { Limits } from "../../ports/limits.js";
import type { Logger } from "../../ports/logger.js";
import type { Snapshots } from "../../ports/snapshots.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { Invites } from "../access/invites.js";
import type { OneTimeCodes } from "../access/one-time-codes.js";
import type { ActivityHub } from "../presence/activity.js";
import type { MakeRoom } from "../rooms/create.js";
import type { RoomService } from "../rooms/service.js";
import type { ChatFleet } from "./outbound/lease.js";

/** Parts that bridges need; `chats` are the platforms, each with its own connection. */
export interface ChatBridgesOptions {
  /** One adapter per platform. */
  chats: readonly Chat[];
  rooms: RoomService;
  activity: ActivityHub;
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  limits: Limits;
  blobs: Blobs;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  sha256: (text: string) => string;
  makeRoom: MakeRoom;
  resolveAgent: ResolveAgent;
  resolveSettings: ResolveSettings;
  invites: Invites;
  /** By platform: ids of users, roles or groups that may decide in every room. */
  approvers: Readonly<Record<string, readonly string[]>>;
  /** Role names offered for completion. Default: empty. */
  roleNames?: () => readonly string[];
  /** Codes for links that sign one person in. */
  oneTimeCodes: OneTimeCodes;
  /** Origin at which people reach the page; undefined where none was set, and then nothing links to the page. Read on every use. */
  publicOrigin: () => string | undefined;
  /** Look up posts of unknown outcome. Default true; false only in the test that proves the look-up is needed. */
  lookUp?: boolean;
  /** Absent when Parley runs as a single process. */
  fleet?: ChatFleet;
}
