import { utf8Bytes } from "../../grammar/directive.js";
import type { AskPerson } from "../command.js";
import { LIMITS } from "../limits.js";
import type { Room } from "../room.js";
import { accept, type DecideContext, type Decision, reject } from "./decision.js";
import { openedGate } from "./speech.js";
import { openTurn, turnNotOpen } from "./turns.js";

/** Claude Code, or a script, waits for a person: a permission or a question with options. */
export function decideAsk(room: Room, command: AskPerson, context: DecideContext): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  const known = open.turn.asks.find((ask) => ask.requestId === command.requestId);
  if (known) return { kind: "duplicate", version: open.turn.version };
  const fingerprint = fingerprintOf(command, context);
  const again = open.turn.askedBefore.find((ask) => ask.fingerprint === fingerprint);
  if (again) {
    const { agent, turnId, requestId } = command;
    return accept({ type: "gate.reasked", gateId: again.gateId, agent, turnId, requestId });
  }
  const refused = refusalOfAsk(room, command);
  if (refused !== undefined) return reject({ code: "limit_reached", detail: refused });
  const gate = openedGate(
    { room, context, ...open },
    {
      gateId: `a-${command.turnId}-${context.sha256(command.requestId).slice(0, 12)}`,
      kind: command.askKind,
      body: command.body,
      why: command.askKind === "tool" ? `${command.agent} wants to use ${command.title}` : `${command.agent} asks`,
      requestId: command.requestId,
      fingerprint,
      ...(command.askKind === "tool" && { tool: command.title }),
      ...(command.options && { options: command.options }),
      ...(command.content && { content: command.content }),
    },
  );
  return accept(gate);
}

/**
 * Knows the question or call that a lost attempt waited for: nobody is asked twice, and what was decided meanwhile holds. A decision about
 * one must never pass for one about another, so this is as hard to forge as the gate's own hash.
 */
function fingerprintOf({ askKind, title, body, options, content }: AskPerson, { sha256 }: DecideContext): string {
  const asked = [askKind, askKind === "tool" ? title : null, body, options ?? null];
  return sha256(JSON.stringify(content ? [...asked, content] : asked)).slice(0, 40);
}

/** Why people cannot be asked this; the agent is told instead of left waiting. */
function refusalOfAsk(room: Room, command: AskPerson): string | undefined {
  const { body, options, content } = command;
  const bytes = utf8Bytes(options || content ? JSON.stringify([body, options, content]) : body);
  if (bytes > LIMITS.maxSpecBytes) {
    return `what was asked has ${bytes} bytes, more than the ${LIMITS.maxSpecBytes} a person can be shown; nobody was asked`;
  }
  if (room.gates.size < LIMITS.maxOpenGates) return undefined;
  return `${room.gates.size} gates wait for a person in this room, which is the most; nobody was asked`;
}
