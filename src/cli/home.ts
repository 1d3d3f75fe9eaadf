import { canAsk } from "./ask.js";
import type { Context } from "./command.js";
import { createKeyReader } from "./key-reader.js";
import { dim } from "./screen.js";
import { findServer } from "./server.js";
import { printWaiting, type WaitingRoom } from "./waiting-rooms.js";

/** Whether `parley` alone can open the rooms: a person is at a terminal, and a server is known. */
export async function mayOpenHome(context: Context): Promise<boolean> {
  return (
    canAsk(context) &&
    (await findServer(context).then(
      () => true,
      () => false,
    ))
  );
}

/** `parley` alone: the rooms with what waits in them; a number opens one, and its `w` comes back here. Rejects with `InterruptedError` on Ctrl-C. */
export async function runHome(
  context: Context,
  watchRoom: (context: Context, roomId: string) => Promise<"quit" | "rooms">,
): Promise<void> {
  for (;;) {
    const rooms = await printWaiting(context);
    if (rooms.length === 0) return;
    const room = await chooseRoom(context, rooms);
    if (room === undefined) return;
    if ((await watchRoom(context, room.roomId)) === "quit") return;
  }
}

async function chooseRoom(context: Context, rooms: readonly WaitingRoom[]): Promise<WaitingRoom | undefined> {
  const most = Math.min(rooms.length, 9);
  context.screen.line(
    dim(`${most === 1 ? "1" : `1-${most}`} opens a room · q quits · parley --help lists the commands`),
  );
  const keys = createKeyReader(context);
  try {
    for (;;) {
      const key = await keys.next();
      if (key === "q" || key === "escape") return undefined;
      const room = key === "enter" ? rooms[0] : /^[1-9]$/.test(key) ? rooms[Number(key) - 1] : undefined;
      if (room) return room;
    }
  } finally {
    keys.close();
  }
}
