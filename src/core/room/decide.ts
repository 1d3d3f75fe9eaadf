import type { Command } from "./command.js";
import { decideAsk } from "./decide/ask.js";
import { decideConversationLost, decideFresh } from "./decide/conversation.js";
import { decideCreateRoom } from "./decide/create-room.js";
import { accept, type DecideContext, type Decision, notOpen, reject } from "./decide/decision.js";
import { decideEnter } from "./decide/enter.js";
import { decideExternalAsk, decideExternalSay, decideExternalWithdraw } from "./decide/external.js";
import { decideOnGate } from "./decide/gates.js";
import { decideBindMirror, decideUnbindMirror } from "./decide/mirrors.js";
import { decideOutageBegin, decideOutageEnd } from "./decide/outage.js";
import {
  decideAddAgent,
  decideConfigureAgent,
  decideJoin,
  decideMoveAgent,
  decideRemoveAgent,
  decideRemovePerson,
} from "./decide/participants.js";
import { decidePersonRole } from "./decide/person-role.js";
import { decidePost } from "./decide/post.js";
import { decideRetry } from "./decide/retry.js";
import {
  decideClose,
  decideConfigure,
  decideCreateInvite,
  decidePause,
  decidePurge,
  decideResume,
  decideRevokeInvite,
  decideStop,
  decideTick,
} from "./decide/room.js";
import { decideSay, sayRoomIsFull } from "./decide/say.js";
import { decideOfferSetup, decideOnSetup } from "./decide/setup.js";
import { decideSpendingNotify, decideSpendingWarn } from "./decide/spending-hold.js";
import {
  decideEndTurn,
  decideInterrupt,
  decideLoseTurn,
  decideStartTurn,
  decideSteer,
  decideUsage,
  decideWithdraw,
} from "./decide/turns.js";
import { decideUnusedHomes } from "./decide/unused-homes.js";
import { decideWithdrawMessage } from "./decide/withdraw-message.js";
import { LIMITS } from "./limits.js";
import type { Room } from "./room.js";
import { addedBytes, openBytes } from "./size.js";

/**
 * The result of a command in this room: events, or a rejection. Pure and total: it reads `room`, changes nothing, and takes time, hashing and new ids
 * from outside.
 */
export function decide(room: Room, command: Command, context: DecideContext): Decision {
  return withinBounds(room, command, decideUnbounded(room, command, context));
}

/** What each command leads to in a room that is there, apart from how full the room is. */
type Rules = {
  readonly [Type in Command["type"]]: (
    room: Room,
    command: Extract<Command, { type: Type }>,
    context: DecideContext,
  ) => Decision;
};

const rules: Rules = {
  "room.create": decideCreateRoom,
  "room.configure": decideConfigure,
  "room.pause": decidePause,
  "room.resume": decideResume,
  "room.stop": decideStop,
  "room.close": decideClose,
  "room.purge": decidePurge,
  "room.tick": (room, _command, context) => decideTick(room, context),
  "agent.add": decideAddAgent,
  "agent.configure": decideConfigureAgent,
  "agent.remove": decideRemoveAgent,
  "agent.move": decideMoveAgent,
  "agent.interrupt": decideInterrupt,
  "agent.fresh": decideFresh,
  "agent.conversationLost": decideConversationLost,
  "agent.say": decideExternalSay,
  "agent.ask": decideExternalAsk,
  "agent.withdraw": decideExternalWithdraw,
  "person.join": decideJoin,
  "person.enter": decideEnter,
  "person.remove": decideRemovePerson,
  "person.role": decidePersonRole,
  "message.post": decidePost,
  "message.retry": decideRetry,
  "message.withdraw": decideWithdrawMessage,
  "invite.create": decideCreateInvite,
  "invite.revoke": decideRevokeInvite,
  "mirror.bind": decideBindMirror,
  "mirror.unbind": decideUnbindMirror,
  "gate.decide": decideOnGate,
  "turn.start": decideStartTurn,
  "turn.steer": decideSteer,
  "turn.say": decideSay,
  "turn.ask": decideAsk,
  "turn.withdraw": decideWithdraw,
  "turn.usage": decideUsage,
  "turn.end": decideEndTurn,
  "turn.lose": decideLoseTurn,
  "setup.offer": decideOfferSetup,
  "setup.decide": decideOnSetup,
  "outage.begin": decideOutageBegin,
  "outage.end": decideOutageEnd,
  "spending.notify": (room, command) => decideSpendingNotify(room, command),
  "spending.warn": (room, command) => decideSpendingWarn(room, command),
  "homes.tick": decideUnusedHomes,
  "notice.post": (_room, { text, severity, about }) =>
    accept({ type: "notice.posted", text, severity, ...(about !== undefined && { about }) }),
};

/** Commands that a room takes which is not open: it is not there yet, or closed. */
const takenWhenNotOpen: ReadonlySet<Command["type"]> = new Set(["room.create", "room.purge"]);

function decideUnbounded(room: Room, command: Command, context: DecideContext): Decision {
  const refused = takenWhenNotOpen.has(command.type) ? undefined : notOpen(room);
  if (refused) return reject(refused);
  // The rule is the command's own: both are found by its type, which the compiler cannot follow.
  const rule = rules[command.type] as (room: Room, command: Command, context: DecideContext) => Decision;
  return rule(room, command, context);
}

/** Commands about something that has happened already. They add little: an end one note to its agent, usage one gate to the room. */
const takenWhenFull: ReadonlySet<Command["type"]> = new Set(["turn.end", "turn.usage"]);

/** A command that would make the room's state too large is refused; ending, withdrawing and deciding always find room. */
function withinBounds(room: Room, command: Command, decision: Decision): Decision {
  if (decision.kind !== "accepted" || takenWhenFull.has(command.type)) return decision;
  const added = addedBytes(room, decision.events);
  if (added <= 0 || openBytes(room) + added <= LIMITS.maxOpenBytes) return decision;
  // A text that sends nothing goes on; the names it missed are not kept.
  if (command.type === "turn.say" && decision.events.every(({ type }) => type === "message.missed")) return accept();
  if (command.type === "turn.say") return sayRoomIsFull(room, command);
  return reject({
    code: "limit_reached",
    detail: `too much is open in this room: ${room.waiting.size} messages wait for agents, ${room.gates.size} gates for people, ${room.participants.size} take part or did. Nothing was changed; let the agents catch up, decide gates or stop agents, then try again.`,
  });
}
