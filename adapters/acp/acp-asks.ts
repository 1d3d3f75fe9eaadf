import {
  type ClientApp,
  type CreateElicitationResponse,
  RequestError,
  type RequestPermissionResponse,
} from "@agentclientprotocol/sdk";
import type { AskDecision, Output } from "../../src/ports/agents.js";
import { askOfQuestions } from "../kit/ask-questions.js";
import { elicitationShape, readForm } from "./elicitation.js";
import type { AcpRole } from "./options.js";
import {
  hasSeveralOfAKind,
  optionOfKind,
  type PermissionRequest,
  permissionShape,
  shownOptions,
  verdictOn,
} from "./permission.js";
import type { KnownCall } from "./tool-calls.js";
import { createWaitingAsks, type WaitingAsks } from "./waiting-asks.js";

/** Requests of one process to people, and their answers. Nothing here times out. */
export interface AcpAsks extends Pick<WaitingAsks, "answer" | "withdrawAll"> {
  /** Answers the agent's requests through the SDK. */
  serve(client: ClientApp): ClientApp;
}

export interface AcpAsksOptions {
  role: AcpRole;
  sessionId: () => string | undefined;
  /** False: no turn is under way, and nobody is asked. */
  isInTurn: () => boolean;
  emit: (output: Output) => void;
  /** People are about to be asked, about this tool call where it is one. */
  onAsked: (call: PermissionRequest["toolCall"] | undefined) => void;
  callOf: (call: PermissionRequest["toolCall"]) => KnownCall;
  /** The same id for the same parts, also when the output is read again. */
  idOf: (parts: readonly unknown[]) => string;
  /** Words for the agent's next prompt; `isAsked`: the turn goes on with them. */
  note: (text: string, isAsked: boolean) => void;
}

const cancelled: RequestPermissionResponse = { outcome: { outcome: "cancelled" } };
/** The SDK's own reading drops what it does not know; the shapes here are read as they come. */
const asItComes = { parse: (params: unknown) => params };

export function createAcpAsks(options: AcpAsksOptions): AcpAsks {
  const { role, idOf } = options;
  const waiting = createWaitingAsks(options);
  const counts = new Map<string, number>();
  /** What people wrote in place of a tool's input, by the tool: it runs without a question when the agent asks for it. */
  const edited = new Set<string>();

  /** A request that comes twice under one id is two requests. */
  function requestIdOf(parts: readonly unknown[]): string {
    const key = idOf(parts);
    const count = (counts.get(key) ?? 0) + 1;
    if (counts.size < 10_000) counts.set(key, count);
    return count === 1 ? key : `${key}.${count}`;
  }

  async function permission(params: unknown, id: unknown, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const read = permissionShape.safeParse(params);
    if (!read.success || read.data.sessionId !== options.sessionId()) throw RequestError.invalidParams();
    const { toolCall, options: offered } = read.data;
    if (!options.isInTurn() || waiting.isFull) return cancelled;
    options.onAsked(toolCall);
    const call = options.callOf(toolCall);
    const input = call.input ?? { tool: call.name, ...(call.result !== "" && { changes: call.result }) };
    const decided = verdictOn(toolCall.kind, role);
    const isEdited = edited.delete(JSON.stringify(input));
    if (decided.verdict === "allow" || isEdited) return selected(optionOfKind(offered, ["allow_once", "allow_always"]));
    if (decided.verdict === "refuse") {
      options.note(`[parley: ${call.name} was refused: ${decided.why}]`, false);
      return selected(optionOfKind(offered, ["reject_once", "reject_always"]));
    }
    const requestId = requestIdOf([id, toolCall.toolCallId]);
    const shown = shownOptions(offered);
    if (hasSeveralOfAKind(offered)) {
      const question = `${call.name}: ${call.summary === "" ? JSON.stringify(input) : call.summary}`;
      const ask = askOfQuestions([{ question, options: shown, multiple: false }], { requestId, input: question });
      const resultOf = (decision: AskDecision) => chosen(offered, shown, decision);
      return waiting.wait(ask, { signal, resultOf, cancelled });
    }
    const ask = { kind: "ask", requestId, askKind: "tool", title: call.name, input, options: shown } as const;
    const resultOf = (decision: AskDecision) => permitted(offered, { input, name: call.name }, decision);
    return waiting.wait(ask, { signal, resultOf, cancelled });
  }

  function permitted(
    offered: PermissionRequest["options"],
    asked: { input: unknown; name: string },
    decision: AskDecision,
  ): RequestPermissionResponse {
    const refusal = () => selected(optionOfKind(offered, ["reject_once", "reject_always"]));
    if (decision.kind !== "allow") {
      const why = decision.kind === "deny" ? decision.message : "";
      if (why.trim() !== "") options.note(`[parley: ${asked.name} was refused by a person: ${why}]`, false);
      return refusal();
    }
    const wanted = JSON.stringify(decision.input);
    if (wanted !== undefined && wanted !== JSON.stringify(asked.input)) {
      edited.add(wanted);
      const text = `[parley: ${asked.name} did not run. A person allowed it with another input: ${wanted}. Run it with exactly that input.]`;
      options.note(text, true);
      return refusal();
    }
    return selected(
      optionOfKind(offered, decision.remember ? ["allow_always", "allow_once"] : ["allow_once", "allow_always"]),
    );
  }

  async function elicitation(params: unknown, id: unknown, signal: AbortSignal): Promise<CreateElicitationResponse> {
    const read = elicitationShape.safeParse(params);
    if (!read.success) throw RequestError.invalidParams();
    if (!options.isInTurn() || waiting.isFull) return { action: "cancel" };
    options.onAsked(undefined);
    const form = readForm(read.data);
    if (form.questions.length === 0) return { action: "decline" };
    const requestId = requestIdOf([id, read.data.message]);
    const ask = askOfQuestions(form.questions, { requestId, input: read.data.message });
    return waiting.wait<CreateElicitationResponse>(ask, {
      signal,
      resultOf: (decision) =>
        decision.kind === "answer" ? { action: "accept", content: form.contentOf(decision) } : { action: "decline" },
      cancelled: { action: "cancel" },
    });
  }

  return {
    serve: (client) =>
      client
        .onRequest("session/request_permission", asItComes, ({ params, requestId, signal }) =>
          permission(params, requestId, signal),
        )
        .onRequest("elicitation/create", asItComes, ({ params, requestId, signal }) =>
          elicitation(params, requestId, signal),
        ),
    answer: waiting.answer,
    withdrawAll: waiting.withdrawAll,
  };
}

/** Without an option that says it, the request is cancelled: nothing is ever allowed by guessing. */
function selected(option: { optionId: string } | undefined): RequestPermissionResponse {
  return option ? { outcome: { outcome: "selected", optionId: option.optionId } } : cancelled;
}

function chosen(
  offered: PermissionRequest["options"],
  shown: readonly { label: string }[],
  decision: AskDecision,
): RequestPermissionResponse {
  if (decision.kind !== "answer") return selected(optionOfKind(offered, ["reject_once", "reject_always"]));
  const answers = new Set(Object.values(decision.answers));
  return selected(offered[shown.findIndex(({ label }) => answers.has(label))]);
}
