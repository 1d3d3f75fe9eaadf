import type { Blobs } from "../../../ports/blobs.js";
import type { Chat } from "../../../ports/chat.js";
import type { Clock } from "../../../ports/clock.js";
import type { EventLog } from "../../../ports/event-log.js";
import type { Ids } from "../../../ports/ids.js";
import type { Limits } from "../../../ports/limits.js";
import type { Logger } from "../../../ports/logger.js";
import type { Snapshots } from "../../../ports/snapshots.js";
import type { Wakeups } from "../../../ports/wakeups.js";
import type { ActivityHub } from "../../presence/activity.js";
import type { RoomService } from "../../rooms/service.js";
import type { ChatFleet } from "./lease.js";
import type { KnownLimits } from "./pacing.js";
import type { OutboundRegistry, RegisteredOutbound } from "./registry.js";

/** Parts that the outbound side of one process needs. */
export interface OutboundOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  /** Files of messages. */
  blobs: Blobs;
  activity: ActivityHub;
  eventLog: EventLog;
  snapshots: Snapshots;
  wakeups: Wakeups;
  limits: Limits;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  registry: OutboundRegistry;
  urlOf: (roomId: string) => string | undefined;
  /** Origin at which platforms can fetch pictures; undefined where they cannot. Read on every use. */
  picturesOrigin: () => string | undefined;
  approversOf: (platform: string) => readonly string[];
  knownLimitsOf: (platform: string) => KnownLimits;
  onThread: (outbound: RegisteredOutbound, sinceMs: number) => void;
  /** Look up posts of unknown outcome. Default true; false only in the test that proves the look-up is needed. */
  lookUp?: boolean;
  /** Absent when Parley runs as a single process. */
  fleet?: ChatFleet;
}
