import type { AppDeps } from "../../http/deps.js";
import type { Metrics } from "../../http/metrics.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Limits } from "../../ports/limits.js";
import type { SearchIndex } from "../../ports/search-index.js";
import { createUploadIds } from "../../runtime/access/upload-ids.js";
import { createTurnReader } from "../../runtime/rooms/read-steps.js";
import { createRoomFiles } from "../../runtime/rooms/room-files.js";
import { createScanSearch } from "../../runtime/rooms/scan-search.js";
import type { RoomService } from "../../runtime/rooms/service.js";
import { createTurnIndex } from "../../runtime/rooms/turn-index.js";
import type { TurnTaking } from "../../runtime/rooms/turn-taking.js";
import { createFileUploads, type UploadCaps } from "../../runtime/rooms/uploads.js";

/** The ports behind what is stored. */
interface StoredPorts {
  eventLog: EventLog;
  blobs: Blobs;
  search?: SearchIndex | undefined;
  limits: Limits;
  clock: Clock;
}

/** The parts that read what is stored. */
export function readersOf(
  { eventLog, clock, blobs, search }: Pick<StoredPorts, "eventLog" | "clock" | "blobs" | "search">,
  { rooms, turns }: { rooms: RoomService; turns: TurnTaking },
): Pick<AppDeps, "search" | "turnReader"> {
  const index = createTurnIndex({ eventLog, turns });
  return {
    search: search ?? createScanSearch({ eventLog, turns }),
    turnReader: createTurnReader({ rooms, index, eventLog, turns, clock, blobs }),
  };
}

/** Files that messages carry. */
export function filePartsOf(
  { blobs, eventLog, limits, clock }: Pick<StoredPorts, "blobs" | "eventLog" | "limits" | "clock">,
  { secret, caps }: { secret: string; caps?: { files?: UploadCaps } },
  { turns, metrics }: { turns: TurnTaking; metrics: Metrics },
): Pick<AppDeps, "blobs" | "files" | "uploads"> {
  const files = createRoomFiles({ eventLog, turns });
  const uploadIds = createUploadIds({ secret, clock });
  const onRefused = metrics.capReached;
  return {
    blobs,
    files,
    uploads: createFileUploads({ blobs, files, limits, uploadIds, clock, caps: caps?.files, onRefused }),
  };
}
