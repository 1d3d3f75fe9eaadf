import { setTimeout as pause } from "node:timers/promises";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { call } from "../support/parley-client.js";
import type { ChatRoom } from "./chat/chat-load.js";
import type { ChatWrongs } from "./chat/judge-chat.js";
import { judgeChats } from "./chat/sum-chats.js";
import type { FaultFleet } from "./fault-fleet.js";
import type { Load } from "./load.js";

export interface Settled {
  /** The work that is still open; undefined: nothing. */
  open: string | undefined;
  /** When no agent worked any more, and when the threads showed everything too; monotonic. */
  roomsAtMs: number;
  threadsAtMs: number;
}

type Watched = Pick<Load, "rooms" | "decideAll"> & { chatRooms?: readonly ChatRoom[] };

/** Until every process shows that no agent works, no message waits and every gate is decided, and every thread shows its whole room. */
export async function settle(fleet: FaultFleet, load: Watched, withinMs: number): Promise<Settled> {
  const giveUpAt = performance.now() + withinMs;
  let roomsAtMs = performance.now();
  for (;;) {
    await load.decideAll();
    const open = await whatIsOpen(fleet, load);
    if (open.length > 0) roomsAtMs = performance.now();
    else open.push(...(await whatIsNotShown(fleet, load)));
    const nowMs = performance.now();
    if (open.length === 0) return { open: undefined, roomsAtMs, threadsAtMs: nowMs };
    if (nowMs > giveUpAt) return { open: open.join("; "), roomsAtMs, threadsAtMs: nowMs };
    await pause(100);
  }
}

const catchesUp: readonly (keyof ChatWrongs)[] = ["lostInChat", "unheardFromChat", "lostPresses", "openCards"];

async function whatIsNotShown(fleet: FaultFleet, { chatRooms = [] }: Watched): Promise<string[]> {
  if (chatRooms.length === 0) return [];
  const { wrongs, details } = await judgeChats(fleet, chatRooms);
  const open = catchesUp.filter((name) => wrongs[name] > 0);
  return open.length === 0 ? [] : [...open.map((name) => `${name} ${wrongs[name]}`), ...details];
}

async function whatIsOpen(fleet: FaultFleet, load: Pick<Load, "rooms">): Promise<string[]> {
  const looks = fleet.ups.flatMap(({ name, process }) =>
    load.rooms.map(async ({ roomId, token }) => {
      const seen = await call<AnswerOf<"getRoom">>(`${process.url}/api/rooms/${roomId}`, { token }).catch(
        () => undefined,
      );
      if (seen?.status !== 200) return `${name} answers ${seen?.status ?? "nothing"}`;
      const { participants, gates, version } = seen.body;
      const busy = participants
        .filter(({ kind, status, unread }) => kind !== "human" && (status !== "idle" || unread !== 0))
        .map((one) => `${one.name}@${one.home} ${one.status} unread ${one.unread}`);
      if (gates.length > 0) busy.push(`${gates.length} gates`);
      return busy.length === 0 ? "" : `${name} ${roomId} v${version}: ${busy.join(", ")}`;
    }),
  );
  return (await Promise.all(looks)).filter((text) => text !== "");
}
