import type { Command } from "./command.js";
import { decideCreateRoom } from "./decide/create-room.js";
import { accept, type DecideContext, type Decision, notOpen, reject } from "./decide/decision.js";
import { decideEnter } from "./decide/enter.js";
import { decideOnGate } from "./decide/gates.js";
import { decideBindMirror, decideUnbindMirror } from "./decide/mirrors.js";
import {
  decideAddAgent,
  decideConfigureAgent,
  decideJoin,
  decideMoveAgent,
  decideRemoveAgent,
  decideRemovePerson,
} from "./decide/participants.js";
import { decidePost } from "./decide/post.js";
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
import { decideAsk, decideSay, sayRoomIsFull } from "./decide/say.js";
import {
  decideEndTurn,
  decideInterrupt,
  decideLoseTurn,
  decideStartTurn,
  decideSteer,
  decideUsage,
  decideWithdraw,
} from "./decide/turns.js";
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

function decideUnbounded(room: Room, command: Command, context: DecideContext): Decision {
  if (command.type === "room.create") return decideCreateRoom(room, command);
  if (command.type === "room.purge") return decidePurge(room, command);
  const refused = notOpen(room);
  if (refused) return reject(refused);
  switch (command.type) {
    case "room.configure":
      return decideConfigure(room, command);
    case "room.pause":
      return decidePause(room, command);
    case "room.resume":
      return decideResume(room, command);
    case "room.stop":
      return decideStop(room, command);
    case "room.close":
      return decideClose(room, command);
    case "room.tick":
      return decideTick(room, context);
    case "agent.add":
      return decideAddAgent(room, command);
    case "agent.configure":
      return decideConfigureAgent(room, command);
    case "agent.remove":
      return decideRemoveAgent(room, command);
    case "agent.move":
      return decideMoveAgent(room, command);
    case "agent.interrupt":
      return decideInterrupt(room, command);
    case "person.join":
      return decideJoin(room, command, context);
    case "person.enter":
      return decideEnter(room, command, context);
    case "person.remove":
      return decideRemovePerson(room, command);
    case "message.post":
      return decidePost(room, command, context);
    case "invite.create":
      return decideCreateInvite(room, command, context);
    case "invite.revoke":
      return decideRevokeInvite(room, command);
    case "mirror.bind":
      return decideBindMirror(room, command, context);
    case "mirror.unbind":
      return decideUnbindMirror(room, command);
    case "gate.decide":
      return decideOnGate(room, command, context);
    case "turn.start":
      return decideStartTurn(room, command, context);
    case "turn.steer":
      return decideSteer(room, command, context);
    case "turn.say":
      return decideSay(room, command, context);
    case "turn.ask":
      return decideAsk(room, command, context);
    case "turn.withdraw":
      return decideWithdraw(room, command);
    case "turn.usage":
      return decideUsage(room, command, context);
    case "turn.end":
      return decideEndTurn(room, command);
    case "turn.lose":
      return decideLoseTurn(room, command);
    case "notice.post":
      return accept({
        type: "notice.posted",
        text: command.text,
        severity: command.severity,
        ...(command.about !== undefined && { about: command.about }),
      });
    default:
      return unreachable(command);
  }
}

/** A command that would make the room's state too large is refused; ending, withdrawing and deciding always find room. */
function withinBounds(room: Room, command: Command, decision: Decision): Decision {
  if (decision.kind !== "accepted") return decision;
  const added = addedBytes(room, decision.events);
  if (added <= 0 || openBytes(room) + added <= LIMITS.maxOpenBytes) return decision;
  if (command.type === "turn.say") return sayRoomIsFull(room, command);
  return reject({
    code: "limit_reached",
    detail: `too much is open in this room: ${room.waiting.size} messages wait for agents, ${room.gates.size} gates for people, ${room.participants.size} take part or did. Nothing was changed; let the agents catch up, decide gates or stop agents, then try again.`,
  });
}

function unreachable(command: never): never {
  throw new Error(`no rule for the command ${JSON.stringify(command)}`);
}
