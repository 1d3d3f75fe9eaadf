import { type Cursor, parseCursor } from "../../client/cursor.js";
import { followEvents, type ServedEvent, type WatchItem } from "../../client/event-stream.js";
import { createApi, pathOf } from "../../client/http.js";
import type { MessageView } from "../../protocol/messages.js";
import type { RoomView } from "../../protocol/rooms.js";
import { canAsk } from "../ask.js";
import type { CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { runHome } from "../home.js";
import { findServer } from "../server.js";
import { type LeftBy, readWatchKeys } from "../watch-keys.js";
import { createHeldView, jsonView, peopleView, type View } from "../watch-view.js";

const statusEveryMs = 1_000;
const maxLast = 200;

export const watchCommand: CliCommand = {
  path: ["watch"],
  summary: "show a room live: who speaks to whom, who works on what, what waits for you",
  details:
    "On a terminal its keys decide, answer and write in place; ? shows them. " +
    "It goes on where it was when the server comes back after a restart, without a gap and without showing anything twice. " +
    "It ends with the room, or with Ctrl-C.",
  arguments: [{ name: "room", help: "id or name of the room" }],
  options: {
    last: { help: "begin with this many messages of before (default 10, at most 200)", value: "<n>" },
    after: { help: "show everything after this place in the log; 0 is its beginning", value: "<version[.index]>" },
    "no-follow": { help: "show what there is and end" },
    activity: { help: "with --json: what agents are doing too, as frames without a version" },
  },
  examples: [
    "parley watch demo",
    "parley watch demo --last 50 --no-follow",
    "parley watch demo --json --after 0 | jq .type",
  ],
  run: runWatch,
};

async function runWatch(context: Context, typed: Typed): Promise<undefined> {
  const named = typed.argument("room");
  const [last, from] = [lastOf(typed), afterOf(typed)];
  const noFollow = typed.isOn("no-follow");
  const hasKeys = !context.json && !noFollow && canAsk(context);
  const left = await watch(context, { named, last, from, noFollow, activity: typed.isOn("activity"), hasKeys });
  if (left === "rooms") await runHome(context, watchRoom);
}

/** Watches a room of `parley` alone. Resolves to how the person left it. */
export async function watchRoom(context: Context, roomId: string): Promise<LeftBy> {
  return (await watch(context, { named: roomId, last: 10, from: undefined, hasKeys: true })) ?? "quit";
}

interface Watching {
  named: string;
  last: number;
  from: Cursor | undefined;
  noFollow?: boolean;
  activity?: boolean;
  /** A person is at the keys. */
  hasKeys: boolean;
}

async function watch(context: Context, watching: Watching): Promise<LeftBy | undefined> {
  const { named, last, from, noFollow = false, activity = false, hasKeys } = watching;
  const access = await findRoom(context, named, { reads: true });
  const room = await access.api.call("getRoom", { parts: { id: access.roomId } });
  const view = context.json ? jsonView(context.screen) : peopleView({ context, room, named, hasKeys });
  if (from === undefined && !context.json) await showBefore({ access, room, last, view });
  if (noFollow && (from === undefined || from.version >= room.version)) return view.end();
  const following: Following = { context, access, after: from ?? { version: room.version }, view };
  const until = noFollow || room.state === "closed" ? room.version : undefined;
  if (room.state === "closed" && following.after.version >= room.version) return view.end();
  const options = { until, activity: !context.json || activity };
  if (hasKeys) return followWithKeys(following, options);
  await follow(following, options);
  return undefined;
}

type FollowOptions = Parameters<typeof follow>[1];

/** Follows the room until it ends or the person leaves it. While they read or write, events wait. */
async function followWithKeys(following: Following, options: FollowOptions): Promise<LeftBy | undefined> {
  const { context, access, view } = following;
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const held = createHeldView(view);
  const ended = follow({ ...following, context: { ...context, signal }, view: held.view }, options).then(
    () => undefined,
    (error: unknown): undefined => {
      if (!over.signal.aborted) throw error;
    },
  );
  const keys = readWatchKeys({ context: { ...context, signal }, roomId: access.roomId, hold: held.hold });
  try {
    return await Promise.race([ended, keys]);
  } finally {
    over.abort();
    await Promise.allSettled([ended, keys]);
  }
}

function lastOf(typed: Typed): number {
  const text = typed.text("last") ?? "10";
  if (/^\d{1,3}$/.test(text) && Number(text) <= maxLast) return Number(text);
  throw new UsageError(`--last is “${text}”; expected a whole number from 0 to ${maxLast}.`);
}

function afterOf(typed: Typed): Cursor | undefined {
  const text = typed.text("after");
  if (text === undefined) return undefined;
  const cursor = parseCursor(text);
  if (!cursor) throw new UsageError(`--after is “${text}”; expected a version such as 12, or 12.0.`);
  return cursor;
}

interface ShowingBefore {
  access: RoomAccess;
  room: RoomView;
  last: number;
  view: View;
}

/** Messages up to the version the stream starts after, so that none is shown twice. */
async function showBefore({ access, room, last, view }: ShowingBefore): Promise<void> {
  const parts = { id: access.roomId };
  const found: MessageView[] = [];
  let before = `${room.version + 1}.0`;
  // A page may be short, or even empty, though there are more.
  while (found.length < last && before !== "") {
    const query = { limit: String(last - found.length), before, with: "questions" } as const;
    const page = await access.api.call("listMessages", { parts, query });
    found.unshift(...page.messages);
    before = page.next ?? "";
  }
  for (const message of found) view.before(message);
}

interface Following {
  context: Context;
  access: RoomAccess;
  after: Cursor;
  view: View;
}

async function follow(
  { context, access, after, view }: Following,
  { until, activity }: { until: number | undefined; activity: boolean },
): Promise<void> {
  const ticking = setInterval(() => view.tick(), statusEveryMs);
  const items = followEvents({
    connect: async () => {
      const { url } = await findServer(context);
      return createApi({ url, token: access.api.token, signal: context.signal });
    },
    path: pathOf("rooms", access.roomId, "events"),
    after,
    activity,
    signal: context.signal,
  });
  try {
    for await (const item of items) {
      show(view, item);
      if (item.kind === "event" && isLast(item.event, until)) return;
    }
  } finally {
    clearInterval(ticking);
    view.end();
  }
}

function show(view: View, item: WatchItem): void {
  if (item.kind === "event") view.event(item.event);
  else if (item.kind === "activity") view.activity(item.activity);
  else if (item.kind === "lost") view.lost();
  else view.resumed(item.cursor);
}

function isLast(event: ServedEvent, until: number | undefined): boolean {
  return event.type === "room.closed" || (until !== undefined && event.version >= until);
}
