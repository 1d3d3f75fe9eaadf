import type { EventOf } from "../../core/room/event.js";
import type { Actor } from "../../core/room/rights.js";
import type { RefusedSetupFile, RoomSetup, SetupItem } from "../../core/room/setup.js";
import type { Blobs } from "../../ports/blobs.js";
import type { FoundSetup } from "../../ports/setups.js";
import type { Executed } from "./live.js";
import type { RoomService } from "./service.js";

/** A set-up as its owner sees it. Times are Unix milliseconds. */
export interface SetupPicture {
  /** Absent: none was found. `files`: `text` is absent where the stored text is gone. */
  offered?: {
    hash: string;
    commit: string;
    at: number;
    files: (SetupItem & { text?: string; used: boolean })[];
    refused: RefusedSetupFile[];
    isOpen: boolean;
  };
  /** What agents use now. */
  used?: { by: string; at: number; files: SetupItem[] };
}

/** The set-ups for agents that repositories bring along: kept with their texts, shown, decided on. */
export interface Setups {
  /** Stores what was found and offers it in the room, where it is news. Rejects with a `PortError` when it cannot be stored. */
  offer(roomId: string, found: FoundSetup): Promise<void>;
  /** The set-up of a room; undefined: no such room. */
  show(roomId: string): Promise<SetupPicture | undefined>;
  decide(roomId: string, decision: SetupChoice): Promise<Executed>;
  /** The text of a file, exactly as it was decided on; undefined: it is not there, or is another one. */
  textOf(item: SetupItem): Promise<string | undefined>;
}

/** A decision as somebody makes it. `use`: paths; `hash`: of the set-up they saw. */
export interface SetupChoice {
  by: Actor;
  hash: string;
  use: readonly string[];
  /** Id of the request that caused it. */
  cause?: string;
}

/** Set-ups of the rooms of one service; texts lie in `blobs`. */
export function createSetups(parts: {
  rooms: RoomService;
  blobs: Pick<Blobs, "put" | "open">;
  sha256: (text: string) => string;
}): Setups {
  const { rooms, blobs, sha256 } = parts;

  async function textOf({ sha256: id }: SetupItem): Promise<string | undefined> {
    const pieces = await blobs.open(id);
    if (!pieces) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const piece of pieces) chunks.push(piece);
    const text = Buffer.concat(chunks).toString("utf8");
    return sha256(text) === id ? text : undefined;
  }

  async function offer(roomId: string, { commit, files, refused }: FoundSetup): Promise<void> {
    const items: SetupItem[] = [];
    // Stored before the log names them, so that the text of an offer is always there.
    for (const { kind, path, text } of files) {
      const bytes = Buffer.from(text);
      items.push({ kind, path, bytes: bytes.length, sha256: await blobs.put(bytes) });
    }
    await rooms.execute(roomId, { type: "setup.offer", commit, items, refused });
  }

  async function show(roomId: string): Promise<SetupPicture | undefined> {
    const setup = await setupOf(roomId);
    if (!setup) return setup === null ? {} : undefined;
    const [offer, decision] = await Promise.all([offeredOf(roomId, setup), decidedOf(roomId, setup)]);
    const files = decision?.used ?? [];
    return {
      ...(offer && { offered: await shownOffer(offer, { setup, used: files }) }),
      ...(decision && { used: { by: decision.by, at: setup.decided?.atMs ?? 0, files } }),
    };
  }

  async function shownOffer(
    { hash, commit, items, refused }: EventOf<"setup.offered">,
    { setup, used }: { setup: RoomSetup; used: readonly SetupItem[] },
  ): Promise<SetupPicture["offered"] & object> {
    const files = await Promise.all(
      items.map(async (item) => {
        const text = await textOf(item);
        const isUsed = used.some(({ path, sha256: id }) => path === item.path && id === item.sha256);
        return { ...item, ...(text !== undefined && { text }), used: isUsed };
      }),
    );
    return { hash, commit, at: setup.offered.atMs, files, refused, isOpen: setup.decided?.hash !== hash };
  }

  /** Null: the room has none; undefined: there is no such room. */
  const setupOf = (roomId: string) => rooms.read(roomId, ({ setup }) => (setup ? structuredClone(setup) : null));

  async function offeredOf(roomId: string, { offered }: RoomSetup): Promise<EventOf<"setup.offered"> | undefined> {
    const events = await rooms.eventsAt(roomId, offered.version);
    return events.find((event) => event?.type === "setup.offered");
  }

  async function decidedOf(roomId: string, { decided }: RoomSetup): Promise<EventOf<"setup.decided"> | undefined> {
    const events = decided ? await rooms.eventsAt(roomId, decided.version) : [];
    return events.find((event) => event?.type === "setup.decided");
  }

  return {
    offer,
    show,
    textOf,
    async decide(roomId, { by, hash, use, cause }) {
      const setup = await setupOf(roomId);
      const offered = setup ? await offeredOf(roomId, setup) : undefined;
      const command = { type: "setup.decide", by, hash, use, offered } as const;
      return rooms.execute(roomId, command, cause === undefined ? {} : { cause });
    },
  };
}

/** The files that agents use, from the commit of the last decision; undefined without one, or where it cannot be read: then nothing is used. */
export async function usedSetup(
  rooms: Pick<RoomService, "eventsAt">,
  { roomId, version }: { roomId: string; version: number | undefined },
): Promise<SetupItem[] | undefined> {
  if (version === undefined) return undefined;
  const decided = (await rooms.eventsAt(roomId, version)).find((event) => event?.type === "setup.decided");
  return decided?.used;
}
