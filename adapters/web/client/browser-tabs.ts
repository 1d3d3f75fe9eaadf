import type { TabMessage } from "./tab-messages.js";

/** Streams that one browser may hold at a time: HTTP/1.1 gives it six connections to a server, and a decision needs one. */
const maxStreams = 4;
const slotsChannel = "parley.streams";

/** Whether tabs can agree on one that reads a stream: over plain http other than localhost browsers have no locks. */
export function canShareStreams(): boolean {
  return "locks" in navigator && navigator.locks !== undefined && typeof BroadcastChannel === "function";
}

/** A channel to the other tabs of a room. */
export function openTabChannel(roomId: string): {
  post(message: TabMessage): void;
  hear(heard: (message: TabMessage) => void): () => void;
} {
  const channel = new BroadcastChannel(`parley.room.${roomId}`);
  return {
    post: (message) => channel.postMessage(message),
    hear(heard) {
      channel.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => heard(data));
      return () => channel.close();
    },
  };
}

/**
 * Calls `lead` once this tab holds its room's lock and one of the browser's streams; returns the end of both. Without a free
 * stream it asks the hidden tabs to give theirs up, and calls `wait`.
 */
export function contendForRoom(roomId: string, { lead, wait }: { lead: () => void; wait: () => void }): () => void {
  const end = new AbortController();
  const ended = new Promise<void>((resolve) => end.signal.addEventListener("abort", () => resolve()));
  const held = navigator.locks.request(`parley.room.${roomId}`, { signal: end.signal }, () =>
    withSlot(end.signal, {
      wait,
      work() {
        lead();
        return ended;
      },
    }),
  );
  held.catch(() => {});
  return () => end.abort();
}

async function withSlot(
  signal: AbortSignal,
  { work, wait }: { work: () => Promise<void>; wait: () => void },
): Promise<void> {
  for (let slot = 0; slot < maxStreams; slot += 1) {
    const wasFree = await navigator.locks.request(slotName(slot), { ifAvailable: true }, async (lock) => {
      if (lock && !signal.aborted) await work();
      return lock !== null;
    });
    if (wasFree) return;
  }
  if (signal.aborted) return;
  askForSlot();
  wait();
  await firstFreeSlot(signal, work);
}

/** Waits for all of them; the first that comes free is kept. */
async function firstFreeSlot(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let isTaken = false;
  const others = new AbortController();
  signal.addEventListener("abort", () => others.abort());
  const waits = Array.from({ length: maxStreams }, (_, slot) =>
    navigator.locks
      .request(slotName(slot), { signal: others.signal }, async () => {
        if (isTaken || signal.aborted) return;
        isTaken = true;
        others.abort();
        await work();
      })
      .catch(() => {}),
  );
  await Promise.all(waits);
}

const slotName = (slot: number) => `parley.stream.${slot}`;

function askForSlot(): void {
  if (document.hidden) return;
  const channel = new BroadcastChannel(slotsChannel);
  channel.postMessage("wanted");
  channel.close();
}

/** Calls back when another tab needs a stream and this one is hidden; returns the end of it. */
export function watchForWanted(giveUp: () => void): () => void {
  if (!canShareStreams()) return () => {};
  const channel = new BroadcastChannel(slotsChannel);
  channel.addEventListener("message", () => {
    if (document.hidden) giveUp();
  });
  return () => channel.close();
}

/** Tells the other tabs of a room that this browser is another person there from now on. */
export function announcePerson(roomId: string, name: string): void {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(`parley.person.${roomId}`);
  channel.postMessage(name);
  channel.close();
}

/** Calls back with the name under which another tab joined the room; returns the end of it. */
export function watchPerson(roomId: string, changed: (name: string) => void): () => void {
  if (typeof BroadcastChannel !== "function") return () => {};
  const channel = new BroadcastChannel(`parley.person.${roomId}`);
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string" && data !== "") changed(data);
  });
  return () => channel.close();
}
