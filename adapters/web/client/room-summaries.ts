import { signal } from "@preact/signals";
import type { RoomSummary } from "../../../src/protocol/rooms.js";
import { readSummary } from "./api.js";

/** State and open gates of the rooms that are in sight in a list, by room id. */
export const roomSummaries = signal<ReadonlyMap<string, RoomSummary>>(new Map());

const againMs = 30_000;

/** Reads the room's summary now and twice a minute while its row is in sight and the page is shown. Returns how to stop. */
export function followSummary(roomId: string, row: Element): () => void {
  let isInSight = false;
  async function look(): Promise<void> {
    if (!isInSight || document.hidden) return;
    const answer = await readSummary(roomId);
    if (answer.ok) roomSummaries.value = new Map(roomSummaries.peek()).set(roomId, answer.value);
  }
  const observer = new IntersectionObserver((entries) => {
    isInSight = entries.at(-1)?.isIntersecting ?? false;
    void look();
  });
  observer.observe(row);
  const timer = setInterval(() => void look(), againMs);
  const seen = () => void look();
  document.addEventListener("visibilitychange", seen);
  return () => {
    observer.disconnect();
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
