import { setTimeout as pause } from "node:timers/promises";
import type { CreatedRoom } from "../../support/parley-client.js";
import type { FaultFleet } from "../fault-fleet.js";
import { type Acknowledged, createPeople, loadTurnMs, makeRoom } from "../load.js";
import type { ChatPlace, ShownPost } from "./chat-place.js";

/** A room that is shown in a thread, and people's actions there. */
export interface ChatRoom {
  readonly place: ChatPlace;
  readonly room: CreatedRoom;
  /** Tasks the platform took from the person who writes there. */
  readonly written: string[];
  /** Presses of which the platform said that Parley took them: the gate's place in the log to the edited text, or `undefined`. */
  readonly pressed: Map<string, string | undefined>;
}

export interface ChatLoad {
  readonly rooms: readonly ChatRoom[];
  /** People write, in the thread and in the browser, until this is called. Gates are decided in the thread all the time. */
  begin(): () => Promise<void>;
  stop(): Promise<void>;
}

/** A channel takes a post a second: a task from the thread makes three, one from the browser four. */
const writesEveryMs = 4_000;
const postsEveryMs = 6_000;
const looksEveryMs = 250;
/** A person who sees no effect presses again. */
const pressAgainAfterMs = 6_000;

export async function openChatLoad(
  fleet: FaultFleet,
  { random, acknowledged }: { random: () => number; acknowledged: Acknowledged },
): Promise<ChatLoad> {
  const people = createPeople(acknowledged);
  const anyUrl = () => fleet.ups[Math.floor(random() * fleet.ups.length)]?.process.url ?? "";
  const rooms: ChatRoom[] = [];
  for (const place of fleet.chats) {
    const room = await makeRoom(fleet, `shown on ${place.platform}`, loadTurnMs, { isShort: true });
    await place.attach(room.invites.approver);
    rooms.push({ place, room, written: [], pressed: new Map() });
  }
  const over = new AbortController();
  const deciding = rooms.map((one) => decideAll(one, over.signal));
  let count = 0;

  const next = (prefix: string): string => {
    count += 1;
    acknowledged.shortTasks.add(`${prefix}${count}`);
    return `${prefix}${count}`;
  };

  async function write({ place, written }: ChatRoom, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const task = next(place.platform);
      place.say(`@worker @careful task ${task}`);
      written.push(task);
      await rest(writesEveryMs, signal);
    }
  }

  async function post({ room }: ChatRoom, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await people.post(room, next("web"), anyUrl);
      await rest(postsEveryMs, signal);
    }
  }

  return {
    rooms,
    begin() {
      const enough = new AbortController();
      const busy = rooms.flatMap((one) => [write(one, enough.signal), post(one, enough.signal)]);
      return async () => {
        enough.abort();
        await Promise.all(busy);
      };
    },
    async stop() {
      over.abort();
      await Promise.all(deciding);
    },
  };
}

const rest = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, undefined, { signal }).catch(() => {});

/** One person who decides open gates: approves most, and edits every second. */
async function decideAll({ place, pressed }: ChatRoom, signal: AbortSignal): Promise<void> {
  const pressedAtMs = new Map<string, number>();
  while (!signal.aborted) {
    for (const card of waitingCards(place.shown())) {
      const gate = gateOf(card);
      const sinceMs = performance.now() - (pressedAtMs.get(gate) ?? Number.NEGATIVE_INFINITY);
      // The cards before it took their time; this one may have changed meanwhile.
      const isThere = waitingCards(place.shown()).some(({ id }) => id === card.id);
      if (gate === "" || sinceMs < pressAgainAfterMs || !isThere) continue;
      pressedAtMs.set(gate, performance.now());
      const task = /held (\S+)/.exec(card.text)?.[1] ?? "";
      const edited = Number(task.replace(/\D/g, "")) % 2 === 0 ? `held ${task} (edited)` : undefined;
      if (await place.decide(card, edited)) pressed.set(gate, edited);
    }
    await rest(looksEveryMs, signal);
  }
}

/** Cards on which something can still be pressed. */
export function waitingCards(shown: readonly ShownPost[]): ShownPost[] {
  return shown.filter(({ buttons }) => buttons.some(({ text }) => text === "Approve"));
}

/** The gate's place in the log, `version.index`, as its buttons carry it. */
function gateOf({ buttons }: ShownPost): string {
  return buttons.flatMap(({ id }) => /g:[0-9a-z]+:(\d+\.\d+):/.exec(id)?.[1] ?? [])[0] ?? "";
}
