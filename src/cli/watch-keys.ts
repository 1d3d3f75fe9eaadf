import { askLine } from "./ask.js";
import type { Context, RoomAccess } from "./command.js";
import { type AtKeys, decideInPlace, saying } from "./decide-in-place.js";
import { editText } from "./edit-text.js";
import { findRoom } from "./find-room.js";
import { createKeyReader } from "./key-reader.js";
import { dim } from "./screen.js";

/** The keys of a room that is watched, for its last line. */
export const watchKeysHint = "d decide · m write · E write in the editor · w all rooms · q quit";

/** How a person left a room by its keys. */
export type LeftBy = "quit" | "rooms";

interface WatchKeysOptions {
  context: Context;
  roomId: string;
  /** Holds back what is printed while a person reads or writes. */
  hold: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/**
 * Reads the keys of a watched room until the person leaves it. The person speaks as `findRoom` says; on the server's machine they join with the first thing they do.
 * Rejects with `InterruptedError` on Ctrl-C.
 */
export async function readWatchKeys({ context, roomId, hold }: WatchKeysOptions): Promise<LeftBy> {
  const keys = createKeyReader(context);
  let found: Promise<RoomAccess> | undefined;
  const speaker = () => {
    found ??= findRoom(context, roomId).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  const at: AtKeys = { context, keys, speaker };
  try {
    for (;;) {
      const key = await keys.next();
      if (key === "q") return "quit";
      if (key === "w") return "rooms";
      const work = workOfKey(at, key);
      if (work) await hold(() => saying(context, work));
    }
  } finally {
    keys.close();
  }
}

function workOfKey(at: AtKeys, key: string): (() => Promise<void>) | undefined {
  const { context, keys } = at;
  if (key === "d") return () => decideInPlace(at);
  if (key === "m") return async () => send(at, await keys.lend(() => askLine(context, "To the room, or @name …: ")));
  if (key === "E") return async () => send(at, await keys.lend(() => editText(context, { text: "", ending: "md" })));
  if (key === "?") return async () => context.screen.line(dim(watchKeysHint));
  return undefined;
}

async function send({ context, speaker }: AtKeys, body: string): Promise<void> {
  if (body.trim() === "") {
    context.screen.line(dim("Nothing was sent."));
    return;
  }
  const { api, roomId } = await speaker();
  await api.call("postMessage", { parts: { id: roomId }, body: { body }, idempotencyKey: context.randomId() });
}
