import { inversions } from "../../contract/chat-chaos.js";
import { countBy } from "../../support/room-counts.js";
import type { RawCommit } from "../raw-log.js";
import { type ChatRoom, waitingCards } from "./chat-load.js";
import { type ChatPlace, chatPeople, ownName, placeIn, type ShownPost, saidIn } from "./chat-place.js";

/** Faults between a room and its thread. Every figure must be 0. */
export interface ChatWrongs {
  /** In the room, not in its thread. */
  lostInChat: number;
  /** More than once in the thread, for no reason that can be named. */
  twiceInChat: number;
  outOfOrderInChat: number;
  /** Sent or shown but never in the room, or before it was: unapproved text is among it. */
  unapprovedInChat: number;
  /** Written in the thread, not in the room. */
  unheardFromChat: number;
  heardTwiceFromChat: number;
  /** Written in the thread, and in the room after something that was written later, without saying so. */
  invertedFromChat: number;
  /** Presses that the platform accepted and the room does not have. */
  lostPresses: number;
  /** Cards of decided gates that can still be pressed. */
  openCards: number;
  violations: number;
}

export interface ChatTotals {
  shownInChat: number;
  writtenInChat: number;
  decidedInChat: number;
  /** Written in the thread, and in the room after something that was written later, with the time at which they were written. */
  lateFromChat: number;
  /** More than once in the thread: the post was under way when its process was killed or frozen, and another had gone on before it arrived. */
  unfencedInChat: number;
}

export interface ChatJudged {
  wrongs: ChatWrongs;
  totals: ChatTotals;
  details: string[];
}

/** An event of the room that a thread shows as a post of its own. */
interface Expected {
  /** `version/index`. */
  at: string;
  atMs: number;
  kind: "message" | "card";
  body: string;
}

/** A thread, its room and its mirror on the stream server, people's actions in the thread, and the times processes were stopped. */
export interface ThreadToJudge extends Pick<ChatRoom, "written" | "pressed"> {
  place: Pick<ChatPlace, "platform" | "shown" | "sent" | "violations">;
  room: readonly RawCommit[];
  /** Read only where something is in the thread twice. */
  mirror: (mirrorId: string) => Promise<readonly RawCommit[]>;
  stoppedAtMs: (process: string) => readonly number[];
}

export async function judgeChat(thread: ThreadToJudge): Promise<ChatJudged> {
  const { place, room: accepted, written, pressed } = thread;
  const bound = accepted.flatMap(({ events }) => events).find(({ type }) => type === "mirror.bound");
  const mirrorId = String(bound?.mirrorId ?? "");
  const expected = expectedOf(accepted, mirrorId);
  const shown = place.shown();
  const items = shown.flatMap((one) => itemOf(one, expected) ?? []);
  const known = new Set(expected.map(nameOf));
  const times = countBy(items);
  const firsts = [...times.keys()].filter((item) => known.has(item));
  const inOrder = expected.map(nameOf).filter((item) => times.has(item));
  const doubles = [...times].filter(([, count]) => count > 1);
  const late = doubles.length === 0 ? new Map<string, number>() : await lateSends(thread, mirrorId, expected);
  const unfenced = doubles.map(([item, count]) => Math.min(count - 1, late.get(item) ?? 0));
  const lost = expected.map(nameOf).filter((item) => !times.has(item));
  const unapproved = [
    ...items.filter((item) => !known.has(item) && !item.startsWith("line ")),
    ...sentUnapproved(place, expected),
    ...postedUnapproved(accepted),
  ];
  const bodies = bodiesFrom(accepted, mirrorId);
  const inTime = new Set(bodies.filter((body) => !body.includes(lateMark)));
  const heard = countBy(bodies.map((body) => body.split(lateMark)[0] ?? ""));
  const unheard = written.filter((task) => !heard.has(`task ${task}`));
  const wrongPresses = [...pressed].filter((press) => !isDecided(accepted, press));
  const violations = place.violations();
  const twice = doubles.filter(([, count], at) => count - 1 > (unfenced[at] ?? 0)).map(([item]) => item);
  const words = { lost, twice, unapproved, unheard, wrongPresses, violations };
  return {
    wrongs: {
      lostInChat: lost.length,
      twiceInChat: sumOf(doubles.map(([, count]) => count - 1)) - sumOf(unfenced),
      outOfOrderInChat: firsts.filter((item, at) => item !== inOrder[at]).length,
      unapprovedInChat: unapproved.length,
      unheardFromChat: unheard.length,
      heardTwiceFromChat: sumOf([...heard.values()].map((count) => count - 1)),
      invertedFromChat: inversions([...inTime].map((body) => written.indexOf(body.replace(/^task /, "")))),
      lostPresses: wrongPresses.length,
      openCards: waitingCards(shown).length,
      violations: violations.length,
    },
    totals: {
      shownInChat: items.length,
      writtenInChat: written.length,
      decidedInChat: pressed.size,
      lateFromChat: bodies.filter((body) => body.includes(lateMark)).length,
      unfencedInChat: sumOf(unfenced),
    },
    details: Object.entries(words).flatMap(([what, list]) =>
      list.length > 0 ? [`${place.platform} ${what}: ${list.join("; ").slice(0, 2_000)}`] : [],
    ),
  };
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
const nameOf = ({ kind, body }: Pick<Expected, "kind" | "body">): string => `${kind} ${body}`;

/** Counted from when the room got its thread; earlier messages are in the thread already. */
function expectedOf(accepted: readonly RawCommit[], mirrorId: string): Expected[] {
  const from = accepted.find(({ events }) => events.some(({ type }) => type === "mirror.bound"))?.version ?? 0;
  return accepted
    .filter(({ version }) => version > from)
    .flatMap(({ version, at: atMs, events }) =>
      events.flatMap(({ type, origin, body }, index): Expected[] => {
        const kind = type === "gate.opened" ? "card" : "message";
        const isShown = type === "gate.opened" || (type === "message.posted" && origin !== mirrorId);
        return isShown ? [{ at: `${version}/${index}`, atMs, kind, body: String(body) }] : [];
      }),
    );
}

/** The event a post represents; undefined for people's messages, and for ambiguous lines of Parley's own. */
function itemOf({ from, isPerson, text, key }: ShownPost, expected: readonly Expected[]): string | undefined {
  if (isPerson) return undefined;
  if (from !== ownName) return nameOf({ kind: "message", body: saidIn(text) });
  if (!text.includes("wants to say")) return key === undefined ? undefined : `line ${placeIn(key)}`;
  const lines = text.split("\n");
  const card = expected.find(({ kind, body }) => kind === "card" && lines.some((line) => line.trim().endsWith(body)));
  return nameOf({ kind: "card", body: card?.body ?? text });
}

/** Texts sent to the platform under a participant's name that were not in the room at that time. Clocks are those of this machine. */
function sentUnapproved({ sent }: Pick<ChatPlace, "sent">, expected: readonly Expected[]): string[] {
  const saidAtMs = new Map(expected.flatMap(({ kind, body, atMs }) => (kind === "message" ? [[body, atMs]] : [])));
  return sent.flatMap(({ said, call }) => {
    const isThere = said === "" || (saidAtMs.get(said) ?? Number.POSITIVE_INFINITY) <= call.arrivedAtMs;
    return isThere ? [] : [`sent: ${said}`];
  });
}

/** Text that an agent with held messages posted without a decision: the thread may show the room's messages. */
function postedUnapproved(accepted: readonly RawCommit[]): string[] {
  const events = accepted.flatMap((commit) => commit.events);
  const released = new Set(
    events
      .filter(({ type, outcome }) => type === "gate.resolved" && (outcome === "approved" || outcome === "edited"))
      .map(({ gateId }) => gateId),
  );
  return events
    .filter(({ type, from, gateId }) => type === "message.posted" && from === "careful" && !released.has(gateId))
    .map(({ body }) => `posted: ${body}`);
}

/** What Parley adds to a message that arrived after newer ones. */
const lateMark = "\n[written at ";

function bodiesFrom(accepted: readonly RawCommit[], mirrorId: string): string[] {
  const events = accepted.flatMap((commit) => commit.events);
  const posted = events.filter(({ type, origin }) => type === "message.posted" && origin === mirrorId);
  return posted.map(({ body }) => String(body));
}

/** Only this person decides in this room: an accepted press must be in the log. */
function isDecided(accepted: readonly RawCommit[], [gate, edited]: [string, string | undefined]): boolean {
  const [version, index] = gate.split(".").map(Number);
  const opened = accepted.find((commit) => commit.version === version)?.events[index ?? 0];
  const resolved = accepted
    .flatMap(({ events }) => events)
    .find(({ type, gateId }) => type === "gate.resolved" && gateId === opened?.gateId);
  if (resolved?.by !== undefined && resolved.by !== chatPeople.decider) return false;
  return edited === undefined ? resolved?.outcome === "approved" : resolved?.body === edited;
}

/**
 * How many posts of each item were under way when their process was killed or frozen: intended before that, and answered after it or
 * never. The platform takes such a post whenever it arrives, also when another process has looked for it in vain and made it.
 */
async function lateSends(
  { place, mirror, stoppedAtMs }: ThreadToJudge,
  mirrorId: string,
  expected: readonly Expected[],
): Promise<Map<string, number>> {
  const intended = new Map<string, number>();
  for (const { at, events } of await mirror(mirrorId))
    for (const { type, key } of events) {
      const where = placeIn(String(key));
      if (type === "post.intended" && !intended.has(where)) intended.set(where, at);
    }
  const late = place.sent.flatMap(({ process, said, key, call }) => {
    const isIt = ({ at, kind, body }: Expected) =>
      key === undefined ? kind === "message" && body === said : at === placeIn(key);
    const one = expected.find(isIt);
    const where = key === undefined ? (one?.at ?? "") : placeIn(key);
    const intendedAtMs = intended.get(where) ?? Number.POSITIVE_INFINITY;
    const until = call.answeredAtMs ?? Number.POSITIVE_INFINITY;
    const isLate = stoppedAtMs(process).some((atMs) => intendedAtMs <= atMs && atMs <= until);
    return isLate ? [one ? nameOf(one) : `line ${where}`] : [];
  });
  return countBy(late);
}
