import { type Cursor, cursorText } from "../client/cursor.js";
import type { ServedEvent } from "../client/event-stream.js";
import { parseEvent } from "../core/room/parse-event.js";
import { followsScript, scriptRemark } from "../core/values/script-remark.js";
import type { ActivityFrame } from "../protocol/events.js";
import type { MessageView } from "../protocol/messages.js";
import type { RoomView } from "../protocol/rooms.js";
import type { Context } from "./command.js";
import { eventLines, filesHint, recipientPieces } from "./event-lines.js";
import { printEvent, timeColumns } from "./print-event.js";
import { createRoster } from "./roster.js";
import { dim, type Piece, type Screen, styled } from "./screen.js";
import { createToolLines, type ToolLine } from "./tool-lines.js";
import { safeJson } from "./visible.js";
import { watchKeysHint } from "./watch-keys.js";
import { createWatchStatus } from "./watch-status.js";
import { durationText } from "./words.js";

/** How events are shown. */
export interface View {
  event(event: ServedEvent): void;
  before(message: MessageView): void;
  activity(activity: ActivityFrame): void;
  lost(): void;
  resumed(cursor: Cursor): void;
  tick(): void;
  /** Takes away the line below. */
  pause(): void;
  end(): undefined;
}

/** One event a line, as JSON. */
export function jsonView(screen: Screen): View {
  const print = (value: unknown) => screen.json(safeJson(value));
  return {
    event: print,
    before: () => undefined,
    activity: print,
    lost: () => screen.note("The connection to the server was lost; waiting for it."),
    resumed: (cursor) => screen.note(`Connected again; going on after ${cursorText(cursor)}.`),
    tick: () => undefined,
    pause: () => undefined,
    end: () => undefined,
  };
}

interface PeopleViewOptions {
  context: Context;
  room: RoomView;
  /** How the room is named in commands. */
  named: string;
  /** The last line says which keys there are. */
  hasKeys: boolean;
}

/** For people: who speaks to whom, with one line below that moves along. */
export function peopleView({ context, room, named, hasKeys }: PeopleViewOptions): View {
  const { screen, now } = context;
  const { symbols } = screen;
  const roster = createRoster(room.participants);
  const status = createWatchStatus(room, { roster, symbols });
  const tools = createToolLines();
  let lostAtMs: number | undefined;
  const linesOf = (pieces: Piece[] | undefined) =>
    hasKeys ? [...(pieces ?? []), ...(pieces ? [dim("  ")] : []), dim(watchKeysHint)] : pieces;
  const printTools = (lines: readonly ToolLine[]) => {
    for (const { agent, text } of lines) {
      screen.line([roster.show(agent), dim(` ${symbols.bullet} ${text}`)], { indent: timeColumns, hang: 2 });
    }
  };
  const refresh = () => screen.status(lostAtMs === undefined ? linesOf(status.pieces(now())) : undefined);
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
    before: ({ from, to, body, at, kind, attachments = [] }) => {
      const recipients = [` ${symbols.arrow} `, ...recipientPieces(to, roster)];
      const said = kind === undefined ? recipients : [dim(kind === "question" ? " asks" : " answers")];
      printEvent(screen, at, { head: [roster.show(from), ...said], body, ...filesHint(attachments) });
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
    pause: () => screen.status(undefined),
    end() {
      screen.status(undefined);
      if (lostAtMs !== undefined) screen.line("");
      return undefined;
    },
  };
}

function printHeader(screen: Screen, room: RoomView, show: (name: string) => ReturnType<typeof dim>): void {
  const people = room.participants.flatMap(({ name, status, runtime }, at) => [
    ...(at > 0 ? [", "] : []),
    show(name),
    ...(status === "offline" ? [] : [dim(` ${status}`)]),
    ...(followsScript({ runtime }) ? [dim(` (${scriptRemark})`)] : []),
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

/** A view that can be held back: what comes meanwhile is shown afterwards, in its order. */
export function createHeldView(view: View): { view: View; hold<Result>(work: () => Promise<Result>): Promise<Result> } {
  let waiting: (() => void)[] | undefined;
  const inOrder = (show: () => void): void => {
    if (waiting) waiting.push(show);
    else show();
  };
  return {
    view: {
      event: (event) => inOrder(() => view.event(event)),
      before: (message) => inOrder(() => view.before(message)),
      activity: (activity) => inOrder(() => view.activity(activity)),
      lost: () => inOrder(() => view.lost()),
      resumed: (cursor) => inOrder(() => view.resumed(cursor)),
      tick: () => {
        if (!waiting) view.tick();
      },
      pause: view.pause,
      end: view.end,
    },
    async hold(work) {
      waiting = [];
      view.pause();
      try {
        return await work();
      } finally {
        const missed = waiting;
        waiting = undefined;
        for (const show of missed) show();
        view.tick();
      }
    },
  };
}
