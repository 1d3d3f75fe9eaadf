import type { ParticipantView } from "../core/room/view.js";
import { withScriptRemark } from "../core/values/script-remark.js";
import type { RoomView } from "../protocol/rooms.js";
import { createRoster, nameWithHandle } from "./roster.js";
import { dim, type Screen, strong, styled } from "./screen.js";
import { textWidth } from "./width.js";
import { counted, durationText, usageText } from "./words.js";

/** A room as `room show` prints it. */
export function printRoom(screen: Screen, room: RoomView, nowMs: number): void {
  const { roomId, name, state, version, participants, gates, usage, policy, mirrors, repo, branch } = room;
  screen.line([
    strong(name),
    dim(`  ${roomId}  `),
    state === "active" ? state : styled("warn", state),
    ...(state === "halted" ? [styled("warn", " until somebody decides whether agents go on")] : []),
    dim(`, version ${version}`),
  ]);
  const roster = createRoster(participants);
  const columns = Math.max(...participants.map((one) => textWidth(nameWithHandle(one.name, one.displayName))), 4) + 2;
  for (const participant of participants) {
    const role = participant.kind === "agent" ? agentRole(participant.role) : participant.role;
    const gap = " ".repeat(columns - textWidth(nameWithHandle(participant.name, participant.displayName)));
    screen.line([roster.show(participant.name), gap, role.padEnd(18), "  ", doing(participant, nowMs)], { indent: 2 });
    if (participant.note !== undefined) screen.line([dim(participant.note)], { indent: 4 });
  }
  for (const { gateId, kind, from } of gates) {
    screen.line(
      [
        styled("gate", `${screen.symbols.gate} ${kind} gate ${gateId}`),
        " of ",
        roster.show(from),
        `; parley gates ${roomId} ${gateId}`,
      ],
      {
        indent: 2,
      },
    );
  }
  if (repo !== undefined)
    screen.line(["repo    ", `${repo}${branch === undefined ? "" : `, branch ${branch}`}`], { indent: 2, hang: 8 });
  if (policy && Object.keys(policy).length > 0)
    screen.line(["policy  ", JSON.stringify(policy)], { indent: 2, hang: 8 });
  if (usage && usage.inputTokens + usage.outputTokens > 0) screen.line(["usage   ", usageText(usage)], { indent: 2 });
  for (const { platform, channel } of mirrors ?? []) {
    screen.line(["mirror  ", `${platform ?? "?"} ${channel ?? ""}`], { indent: 2 });
  }
}

/** Of an agent without a part to play "agent" is all there is. */
const agentRole = (role: string): string => (role === "agent" ? role : `agent, ${role}`);

function doing({ kind, status, sinceMs, unread, disk, runtime }: ParticipantView, nowMs: number): string {
  const state = kind === "human" ? (status === "offline" ? "away" : "here") : status;
  const since = sinceMs === undefined ? "" : ` ${durationText(nowMs - sinceMs)}`;
  const waiting = unread ? `, ${counted(unread, "message")} waiting` : "";
  const does = withScriptRemark(`${state}${since}${waiting}`, { runtime, between: ", ", after: "" });
  return `${does}${disk ? `, disk ${megabytes(disk.usedBytes)} of ${megabytes(disk.quotaBytes)} MB` : ""}`;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1_024 ** 2);
