import { type Cursor, cursorText, parseCursor } from "../../client/cursor.js";
import { followEvents, type ServedEvent, type WatchItem } from "../../client/event-stream.js";
import { createApi, pathOf } from "../../client/http.js";
import { parseEvent } from "../../core/room/parse-event.js";
import type { ActivityFrame } from "../../protocol/events.js";
import type { MessageView } from "../../protocol/messages.js";
import type { RoomView } from "../../protocol/rooms.js";
import type { CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { eventLines } from "../event-lines.js";
import { findRoom } from "../find-room.js";
import { printEvent, timeColumns } from "../print-event.js";
import { createRoster } from "../roster.js";
import { dim, type Screen, styled } from "../screen.js";
import { findServer } from "../server.js";
import { createToolLines, type ToolLine } from "../tool-lines.js";
import { safeJson } from "../visible.js";
import { createWatchStatus } from "../watch-status.js";
import { durationText } from "../words.js";

const statusEveryMs = 1_000;
const maxLast = 200;

export const watchCommand: CliCommand = {
  path: ["watch"],
  summary: "show a room live: who speaks to whom, who works on what, what waits for you",
  details:
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
  const last = lastOf(typed);
  const from = afterOf(typed);
  const access = await findRoom(context, typed.argument("room"));
  const room = await access.api.call("getRoom", { parts: { id: access.roomId } });
  const view = context.json ? jsonView(context.screen) : peopleView({ context, room, named: typed.argument("room") });
  if (from === undefined && !context.json) await showBefore({ access, room, last, view });
  const noFollow = typed.isOn("no-follow");
  if (noFollow && (from === undefined || from.version >= room.version)) return view.end();
  const following: Following = { context, access, after: from ?? { version: room.version }, view };
  const until = noFollow || room.state === "closed" ? room.version : undefined;
  if (room.state === "closed" && following.after.version >= room.version) return view.end();
  await follow(following, { until, activity: !context.json || typed.isOn("activity") });
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

/** How events are shown. */
interface View {
  event(event: ServedEvent): void;
  before(message: MessageView): void;
  activity(activity: ActivityFrame): void;
  lost(): void;
  resumed(cursor: Cursor): void;
  tick(): void;
  end(): undefined;
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

function jsonView(screen: Screen): View {
  const print = (value: unknown) => screen.json(safeJson(value));
  return {
    event: print,
    before: () => undefined,
    activity: print,
    lost: () => screen.note("The connection to the server was lost; waiting for it."),
    resumed: (cursor) => screen.note(`Connected again; going on after ${cursorText(cursor)}.`),
    tick: () => undefined,
    end: () => undefined,
  };
}

function peopleView({ context, room, named }: { context: Context; room: RoomView; named: string }): View {
  const { screen, now } = context;
  const { symbols } = screen;
  const roster = createRoster(room.participants);
  const status = createWatchStatus(room, { roster, symbols });
  const tools = createToolLines();
  let lostAtMs: number | undefined;
  const printTools = (lines: readonly ToolLine[]) => {
    for (const { agent, text } of lines) {
      screen.line([roster.show(agent), dim(` ${symbols.bullet} ${text}`)], { indent: timeColumns, hang: 2 });
    }
  };
  const refresh = () => screen.status(lostAtMs === undefined ? status.pieces(now()) : undefined);
  printHeader(screen, room, roster.show);
  return {
    event(served) {
      const parsed = parseEvent(served);
      if (parsed.kind !== "known") {
        screen.line(dim(`         ${served.type}: this version of parley cannot show it; --json does`));
        return;
      }
      roster.note(parsed.event);
      status.noteEvent(parsed.event, served.at);
      const lines = eventLines(parsed.event, { symbols, roster, room: named });
      if (lines) printEvent(screen, served.at, lines);
      if (parsed.event.type === "turn.started") printTools(tools.noteTurnStarted(parsed.event.turnId));
      refresh();
    },
    before: ({ from, to, body, at, kind }) => {
      const recipients = [` ${symbols.arrow} `, to === "room" ? "room" : to.join(", ")];
      const said = kind === undefined ? recipients : [dim(kind === "question" ? " asks" : " answers")];
      printEvent(screen, at, { head: [roster.show(from), ...said], body });
    },
    activity(activity) {
      status.noteActivity(activity, now());
      printTools(tools.noteActivity(activity));
      refresh();
    },
    lost() {
      lostAtMs = now();
      refresh();
      screen.open(`${symbols.again} The server is gone; waiting for it ... `);
    },
    resumed(cursor) {
      const gone = durationText(now() - (lostAtMs ?? now()));
      lostAtMs = undefined;
      screen.line(`back after ${gone}; going on after ${cursorText(cursor)}, nothing was missed`);
    },
    tick: refresh,
    end() {
      screen.status(undefined);
      if (lostAtMs !== undefined) screen.line("");
      return undefined;
    },
  };
}

function printHeader(screen: Screen, room: RoomView, show: (name: string) => ReturnType<typeof dim>): void {
  const people = room.participants.flatMap(({ name, status }, at) => [
    ...(at > 0 ? [", "] : []),
    show(name),
    ...(status === "offline" ? [] : [dim(` ${status}`)]),
  ]);
  const state = room.state === "active" ? [] : [styled("warn", ` (${room.state})`)];
  screen.line([styled("strong", room.name), ...state, dim(` ${room.roomId}`), ": ", ...people], { hang: 2 });
  for (const { gateId, kind, from } of room.gates) {
    screen.line(
      [styled("gate", `${screen.symbols.gate} ${kind} gate ${gateId}`), " of ", show(from), " waits for you"],
      {
        indent: 2,
      },
    );
  }
}
