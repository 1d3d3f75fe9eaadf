import { withSpent } from "../values/spent-windows.js";
import { withWarningTold } from "../values/told-warnings.js";
import { amountOf } from "./budget.js";
import type { EventOf, EventType, RoomEvent } from "./event.js";
import { evolveConversationBegun } from "./evolve/conversations.js";
import { evolveGateOpened, evolveGateReasked, evolveGateReminded, evolveGateResolved } from "./evolve/gates.js";
import {
  evolveMessageBounced,
  evolveMessageExpired,
  evolveMessagePosted,
  evolveMessageWithdrawn,
  type TimedPlace,
} from "./evolve/messages.js";
import { evolveMessageMissed } from "./evolve/missed.js";
import { evolveOutage } from "./evolve/outages.js";
import { evolveJoined, evolveLeft, evolveParticipantConfigured } from "./evolve/participants.js";
import { evolveMessageRetried } from "./evolve/retries.js";
import { evolveTurnEnded, evolveTurnStarted, evolveTurnSteered } from "./evolve/turns.js";
import { LIMITS } from "./limits.js";
import type { Room } from "./room.js";
import { evolveHomes, noteUse } from "./unused-homes.js";
import { addUsage } from "./usage.js";

type Evolvers = { [T in EventType]: (room: Room, event: EventOf<T>, place: TimedPlace) => void };

const evolvers: Evolvers = {
  "room.created": (room, event, { at }) => {
    room.name = event.name;
    room.status = "active";
    room.createdAtMs = at;
    room.policy = event.policy;
    if (event.repo !== undefined) room.repo = event.repo;
    if (event.branch !== undefined) room.branch = event.branch;
    if (event.branchesByRoom) room.branchesByRoom = true;
    if (event.fingerprint !== undefined) room.fingerprint = event.fingerprint;
  },
  "room.configured": (room, event) => {
    room.name = event.name ?? room.name;
    room.policy = event.policy ?? room.policy;
  },
  "room.paused": (room) => {
    room.status = "paused";
  },
  "room.resumed": (room) => {
    room.status = "active";
  },
  "room.closed": (room) => {
    room.status = "closed";
  },
  "room.purged": (room) => {
    room.purged = true;
  },
  "participant.joined": evolveJoined,
  "participant.left": evolveLeft,
  "participant.configured": evolveParticipantConfigured,
  "message.posted": evolveMessagePosted,
  "message.retried": evolveMessageRetried,
  "message.withdrawn": evolveMessageWithdrawn,
  "message.bounced": evolveMessageBounced,
  "message.missed": evolveMessageMissed,
  "message.expired": evolveMessageExpired,
  "gate.opened": evolveGateOpened,
  "gate.reasked": evolveGateReasked,
  "gate.reminded": evolveGateReminded,
  // Counts from the version on that asks for several approvals.
  "gate.voted": () => {},
  "gate.resolved": evolveGateResolved,
  "turn.started": evolveTurnStarted,
  "turn.steered": evolveTurnSteered,
  "turn.ended": evolveTurnEnded,
  "conversation.begun": evolveConversationBegun,
  "notice.posted": (room, notice) => {
    const { spendingHold: id, spendingWarning, text, homes } = notice;
    evolveOutage(room, notice);
    if (spendingWarning !== undefined)
      room.spendingWarned = withWarningTold(room.spendingWarned ?? [], spendingWarning);
    if (homes) evolveHomes(room, homes);
    if (id === "") delete room.spendingHold;
    else if (id !== undefined) room.spendingHold = { id, text };
  },
  "usage.recorded": evolveUsageRecorded,
  "budget.exceeded": () => {},
  "invite.created": evolveInviteCreated,
  "invite.used": (room, { inviteId }) => {
    const invite = room.invites.get(inviteId);
    if (!invite) return;
    invite.usesLeft -= 1;
    if (invite.usesLeft <= 0) room.invites.delete(inviteId);
  },
  "invite.revoked": (room, { inviteId }) => {
    room.invites.delete(inviteId);
  },
  "mirror.bound": (room, { mirrorId, platform, channel, thread }) => {
    const { newestWrittenMs } = room.mirrors.get(mirrorId) ?? {};
    const mirror = { mirrorId, platform, channel, ...(newestWrittenMs !== undefined && { newestWrittenMs }) };
    room.mirrors.set(mirrorId, thread === undefined ? mirror : { ...mirror, thread });
  },
  "setup.offered": (room, { hash }, { version, at: atMs }) => {
    room.setup = { ...room.setup, offered: { hash, version, atMs } };
  },
  "setup.decided": (room, { hash, used, usedHash }, { version, at: atMs }) => {
    const decided = { hash, version, atMs, usedHash, uses: used.length };
    if (room.setup) room.setup = { ...room.setup, decided };
  },
  "mirror.unbound": (room, { mirrorId }) => {
    room.mirrors.delete(mirrorId);
  },
};

function evolveUsageRecorded(room: Room, event: EventOf<"usage.recorded">, { at }: TimedPlace): void {
  const amount = amountOf(event);
  room.usage = addUsage(room.usage, event);
  room.spentWindows = withSpent(room.spentWindows, amount, at);
  const agent = room.participants.get(event.agent);
  if (agent?.kind !== "agent") return;
  agent.usage = addUsage(agent.usage, event);
  agent.spentWindows = withSpent(agent.spentWindows, amount, at);
}

function evolveInviteCreated(room: Room, event: EventOf<"invite.created">, { at }: TimedPlace): void {
  const { inviteId, hash, role, expiresAtMs, maxUses, forName, by } = event;
  const invite = { inviteId, hash, role, expiresAtMs, usesLeft: maxUses };
  room.invites.set(inviteId, { ...invite, ...(forName !== undefined && { forName }), ...(by !== undefined && { by }) });
  if (room.invites.size <= LIMITS.maxOpenInvites) return;
  for (const { inviteId: id, expiresAtMs: endsAtMs } of room.invites.values()) {
    if (endsAtMs <= at) room.invites.delete(id);
  }
}

/** Applies one event to `room`, in place. Total: an event that fits nothing changes nothing. */
export function evolve(room: Room, event: RoomEvent, place: TimedPlace): void {
  const apply = evolvers[event.type] as (room: Room, event: RoomEvent, place: TimedPlace) => void;
  apply(room, event, place);
  noteUse(room, event.type, place.at);
}
