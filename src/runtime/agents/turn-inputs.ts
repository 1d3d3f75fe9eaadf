import type { AgentInput, AskDecision } from "../../ports/agents.js";
import type { RunningTurn } from "./running-turn.js";
import type { AgentSession } from "./session.js";

interface Hands {
  session: AgentSession;
  warn: (error: unknown, what: string) => void;
}

/** Delivers a message to a turn under way, after its first messages. Returns at once. */
export function steerTurn(turn: RunningTurn | undefined, input: AgentInput, { session, warn }: Hands): void {
  turn?.steered.push(input);
  void Promise.resolve(turn?.takenOver ?? turn?.handed)
    .then(async (isHanded) => {
      // Otherwise the message returned to the mailbox with the turn, or was dropped with it.
      if (isHanded !== false) await (await session.open()).send(input);
    })
    .catch((error: unknown) => warn(error, "a message could not be handed to a running turn"));
}

/** Answers an open request of the turn, once. Returns at once. */
export function answerTurn(
  turn: RunningTurn | undefined,
  { requestId, decision }: { requestId: string; decision: (input: unknown) => AskDecision },
  { session, warn, nowMs }: Hands & { nowMs: number },
): void {
  if (!turn?.asks.has(requestId) || turn.answered.has(requestId)) return;
  turn.answered.add(requestId);
  turn.lastOutputMs = nowMs;
  const decided = decision(turn.asks.get(requestId));
  void session
    .open()
    .then((agent) => agent.answer(requestId, decided))
    .catch((error: unknown) => warn(error, "a decision could not be handed to an agent"));
}
