import type { Room } from "../../../core/room/room.js";
import { roomStateOf } from "../../../core/room/room-state.js";
import {
  activityFor,
  audienceOf,
  mayWatchWork,
  type ParticipantView,
  participantViews,
} from "../../../core/room/view.js";
import { withScriptRemark } from "../../../core/values/script-remark.js";
import type { ChatButton, RootCard } from "../../../ports/chat-post.js";
import type { ActivityHub } from "../../presence/activity.js";
import { roomButtonId } from "../button-id.js";

/** The current content of the thread's root post. */
export function rootCard(room: Room, url: string | undefined, isOnline: (name: string) => boolean): RootCard {
  const { roomId, name } = room;
  const state = roomStateOf(room);
  const views = participantViews(room, isOnline);
  return {
    roomId,
    name,
    state,
    participants: views.map((view) => ({
      name: view.name,
      displayName: view.displayName,
      role: view.role,
      kind: view.kind,
      status: view.kind === "human" ? "" : agentStatus(view),
    })),
    usd: Math.round(room.usage.usd * 100) / 100,
    buttons: rootButtons(roomId, state, url),
  };
}

function agentStatus({ status, runtime }: ParticipantView): string {
  return withScriptRemark(status === "waiting" ? "waiting for you" : status, { runtime, between: " · ", after: "" });
}

/** "Open in browser" answers privately, with a link that signs that person in; it is there where the page has an address. */
function rootButtons(roomId: string, state: RootCard["state"], url: string | undefined): ChatButton[] {
  const open: ChatButton = {
    kind: "press",
    id: roomButtonId(roomId, "open"),
    label: "Open in browser",
    style: "plain",
  };
  const page = url === undefined ? [] : [open];
  if (state === "closed") return page;
  const verb = state === "paused" ? "resume" : "pause";
  return [
    {
      kind: "press",
      id: roomButtonId(roomId, verb),
      label: verb === "pause" ? "Pause" : "Resume",
      style: verb === "pause" ? "plain" : "primary",
    },
    { kind: "press", id: roomButtonId(roomId, "add"), label: "Add agent…", style: "plain" },
    ...page,
  ];
}

const maxLineChars = 300;
const maxSummaryChars = 60;

/** For example `coder: npm test, 40 s · reviewer: waiting for you`; empty if no agent works. Leaves out the activity of gated agents. */
export function workingLine(
  room: Room,
  { activity, nowMs, isOnline }: { activity: ActivityHub; nowMs: number; isOnline: (name: string) => boolean },
): string {
  const audience = audienceOf(room, "member");
  const tools = new Map(
    activity.current(room.roomId).flatMap((current) => {
      const shown = activityFor(current, audience);
      return shown?.type === "activity.snapshot" && shown.tool ? [[shown.agent, shown.tool] as const] : [];
    }),
  );
  const items = participantViews(room, isOnline)
    .filter(({ status, kind }) => kind === "agent" && (status === "working" || status === "waiting"))
    .map(({ name, status, sinceMs }) => {
      if (status === "waiting") return `${name}: waiting for you`;
      const tool = mayWatchWork(room, name, "member") ? tools.get(name) : undefined;
      return `${name}: ${tool ? oneLine(tool.summary || tool.name) : "working"}${elapsed(sinceMs, nowMs)}`;
    });
  const line = items.join(" · ");
  return line.length > maxLineChars ? `${line.slice(0, maxLineChars - 1)}…` : line;
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > maxSummaryChars ? `${flat.slice(0, maxSummaryChars - 1)}…` : flat;
}

function elapsed(sinceMs: number | undefined, nowMs: number): string {
  const seconds = sinceMs === undefined ? 0 : Math.floor((nowMs - sinceMs) / 1_000);
  if (seconds < 10) return "";
  return seconds < 120 ? `, ${Math.floor(seconds / 10) * 10} s` : `, ${Math.floor(seconds / 60)} min`;
}
