import { isCountLogged, parsePeopleMessage } from "../../core/values/fleet-message.js";
import type { Broadcast } from "../../ports/broadcast.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";

/** Tracks which people watch which room, across the fleet. */
export interface PeopleOnline {
  came(roomId: string, name: string): void;
  went(roomId: string, name: string): void;
  has(roomId: string, name: string): boolean;
  stop(): void;
}

const topic = "people";
/** A process says who watches there this often, and whenever somebody comes or goes. */
const sayEveryMs = 4_000;
/** Changes within this time are reported together. */
const gatherMs = 100;
/** A process without a report for this long counts as gone. */
const forgetMs = 10_000;

/** Without a `broadcast` this process is alone. */
export function createPeopleOnline(options: {
  broadcast?: Broadcast;
  clock: Clock;
  logger: Logger;
  node: string;
}): PeopleOnline {
  const { broadcast, clock, logger, node } = options;
  /** Streams each person has open here, by room. */
  const here = new Map<string, Map<string, number>>();
  const elsewhere = new Map<string, { rooms: Map<string, Set<string>>; heardMs: number }>();
  let cancelBeat = () => {};
  let cancelTell: (() => void) | undefined;
  let unreadable = 0;

  const stopHearing = broadcast?.subscribe(topic, (message) => {
    const said = parsePeopleMessage(message);
    if (!said && isCountLogged(++unreadable))
      logger.warn({ unreadable }, "what a process says of who watches is not readable");
    if (!said || said.from === node) return;
    const { from, rooms } = said;
    const known = new Map(Object.entries(rooms).map(([roomId, names]) => [roomId, new Set(names)]));
    elsewhere.set(from, { rooms: known, heardMs: clock.monotonicMs() });
  });
  if (broadcast) beat();

  function beat(): void {
    say();
    cancelBeat = clock.after(sayEveryMs, beat);
  }

  function say(): void {
    const rooms = Object.fromEntries(Array.from(here, ([roomId, names]) => [roomId, [...names.keys()]]));
    broadcast?.publish(topic, { from: node, rooms });
  }

  function tellSoon(): void {
    if (!broadcast) return;
    cancelTell ??= clock.after(gatherMs, () => {
      cancelTell = undefined;
      say();
    });
  }

  function change(roomId: string, name: string, by: 1 | -1): void {
    const names = here.get(roomId) ?? new Map<string, number>();
    const count = (names.get(name) ?? 0) + by;
    if (count > 0) names.set(name, count);
    else names.delete(name);
    if (names.size > 0) here.set(roomId, names);
    else here.delete(roomId);
    tellSoon();
  }

  return {
    came: (roomId, name) => change(roomId, name, 1),
    went: (roomId, name) => change(roomId, name, -1),
    has(roomId, name) {
      if (here.get(roomId)?.has(name)) return true;
      const sinceMs = clock.monotonicMs() - forgetMs;
      return [...elsewhere.values()].some(({ rooms, heardMs }) => heardMs >= sinceMs && rooms.get(roomId)?.has(name));
    },
    stop() {
      cancelBeat();
      cancelTell?.();
      here.clear();
      say();
      stopHearing?.();
    },
  };
}
