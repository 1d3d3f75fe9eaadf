import type { ToolUse } from "../core/room/activity.js";
import type { Choices, DeliveryClass, GateQuestion } from "../core/room/event.js";
import type { SetupItem } from "../core/room/setup.js";
import type { ScriptRule } from "../core/values/script.js";
import type { Health } from "./health.js";

/** A way to run agents: scripted, Claude Code in a container, … */
export interface Agents {
  /**
   * Opens the agent's session: a new one, or with `resume` the one of that id if it still exists. `conversationId` (a UUID): a conversation of its own on what the session
   * keeps, such as its work folder; absent: that of the session's id.
   * MUST NOT start work by itself. Rejects with a `PortError` (`retryable` false: this agent cannot run here, `message` tells a person why; `died`: its process ended as it started; else `retryable`: something outside the agent does not work now).
   */
  open(spec: AgentSpec, session: RequestedSession): Promise<Agent>;
  /**
   * Takes hold of a session in the middle of a turn, whose process outlived the router that started it; undefined: none runs. What it put out since `sinceMs`
   * (Unix ms, the start of the turn) comes again, what is recorded by id under the same ids; nothing of it comes before the first message of the turn was sent
   * again, which the process knows. Absent: no process outlives its router.
   */
  takeOver?(
    spec: AgentSpec,
    session: { sessionId: string; conversationId?: string; sinceMs: number },
  ): Promise<Agent | undefined>;
  /** Words it takes for effort and mode. Absent: none. */
  readonly choices?: { efforts: readonly string[]; modes: readonly string[] };
  /** Sessions that live somewhere although nobody in this process holds them, for re-attaching and for orphans. */
  list(): Promise<{ roomId: string; name: string; sessionId: string; running: boolean }[]>;
  check(): Promise<Health>;
}

/** Which session is opened, and whether it was opened before. */
export interface RequestedSession {
  sessionId: string;
  conversationId?: string;
  resume: boolean;
  /** A turn in this conversation came to its end before: if it is not there, it is lost. Default false. */
  hasConversed?: boolean;
}

/** Input for a runtime to open a session: the agent, its role, and the room it works in. */
export interface AgentSpec {
  roomId: string;
  roomName: string;
  name: string;
  displayName: string;
  /** Role (skill) name. */
  role: string;
  script?: readonly ScriptRule[];
  prompt?: string;
  model?: string;
  /** Words of the runtime; absent: its own. */
  effort?: string;
  mode?: string;
  /** Of the room's repository, where it has one. */
  repo?: string;
  branch?: string;
  /** True: the names of its branches hold the id of the room; see `branchFolderOf`. */
  branchesByRoom?: boolean;
  /** Files of the repository's own set-up that an owner of the room lets its agents use, by hash. Absent: none. */
  setup?: readonly SetupItem[];
  /** The room's egress list, where it has one. */
  egress?: readonly string[];
  /** Participants of the room when the session opens. */
  participants: readonly { name: string; kind: "agent" | "human"; role: string }[];
}

/** One open session of an agent, whatever runs it. */
export interface Agent {
  /** Everything the agent does, in order, until it is closed or dies. Ends (returns) after `close`; throws a `PortError` when its sandbox died (`died`) or the way to it was lost (any other code). One consumer. */
  readonly outputs: AsyncIterable<Output>;
  /** True: what it says again when a turn is handed over again comes under other ids, so that it can be told by its words alone. */
  readonly repeatsUnderNewIds?: boolean;
  /** True: what the agent was opened with beside the spec (its role's file) is another one now. A session opened again has it. */
  readonly isOutdated?: boolean;
  /** True: the session was to go on, and its conversation was not there any more or could not be read. A new one has begun on what else it kept. */
  readonly hasLostConversation?: boolean;
  /**
   * Hands a message over: starts a turn when idle, is added to the running one otherwise (`interrupt` inside it, others after it).
   * MUST be idempotent by `id`, also across `resume`. `text` is framed already.
   */
  send(message: AgentInput): Promise<void>;
  /** Answers an `ask`. MUST be idempotent by `requestId`; an unknown id is ignored. */
  answer(requestId: string, decision: AskDecision): Promise<void>;
  /**
   * Changes what the agent runs with; a member that is absent stays as it is. Says from when it holds: `now`: from the next model call on. `nextTurn`: the
   * turn under way ends as it began. `restart`: only a session that is opened again, with the spec changed, has it. MUST NOT say more than it does. Rejects with a `PortError` (`refused`) where the
   * runtime does not take the value; nothing changed then. Absent: `restart`.
   */
  configure?(change: AgentSettings): Promise<SettingHolds>;
  /** Stops the running turn; a `turnEnded` follows. Nothing happens when idle. */
  interrupt(): Promise<void>;
  /** From now on nobody listens: its process runs on, for `takeOver`. Absent: it cannot. */
  letGo?(): void;
  /** Ends the session's process. `graceful` lets the turn under way end first. Idempotent. */
  close(options: { graceful: boolean }): Promise<void>;
}

/** `effort` and `mode` are words of the runtime, such as `high` or `plan`. */
export interface AgentSettings {
  model?: string;
  effort?: string;
  mode?: string;
}

/** From when a changed setting holds; see `Agent.configure`. */
export type SettingHolds = "now" | "nextTurn" | "restart";

/** One message for an agent. */
export interface AgentInput {
  /** Id of the delivery: message id plus turn's attempt-independent origin, unique per (agent, message). */
  id: string;
  /** Framed text for the model. */
  text: string;
  /** The bare facts, for agents that follow rules. */
  message: { messageId: string; from: string; body: string } | { kind: "start" };
  class: DeliveryClass;
}

/** People's decision on an `ask`. `remember`: the same tool need not be asked for again in this session. */
export type AskDecision =
  | { kind: "allow"; input: unknown; remember: boolean }
  | { kind: "deny"; message: string }
  /** `choices`: by the ids of the ask's `questions`; `answers` then holds only words that name no question, under `""`, and answers by the text of a question. */
  | { kind: "answer"; answers: Record<string, string>; choices?: Choices };

/** One thing an agent does. A turn is a sequence of these that ends with `turnEnded`. */
export type Output =
  /**
   * One complete text block. The same output read twice carries the same ids. `subagent` blocks are never searched for directives. `messageId`: the runtime's
   * own id for the message it belongs to, where it gives one. `parent`: the tool use whose subagent says it.
   */
  | {
      kind: "block";
      outputId: string;
      index: number;
      text: string;
      subagent?: boolean;
      parent?: string;
      messageId?: string;
    }
  /** `first`: of its block; what came before and became no block was cut off. */
  | { kind: "delta"; text: string; first?: true }
  /** `input`: as JSON or as the text it is, where it became known or changed; at most 64 KiB. `inputBytes`: of all of it, if `input` is not all. `parent`: the tool use whose subagent uses it. */
  | ({ kind: "tool" } & ToolUse & { input?: string; inputBytes?: number; parent?: string })
  /**
   * The result of a tool. `id`: of the tool's use. `bytes`: UTF-8 bytes of all of it. `text`: its beginning, which the adapter MUST bound (at most 16
   * KiB). `rest`: what follows `text`, so that both have at most 1 MiB; the runtime stores it. `blob`: SHA-256 hex of all of it in `Blobs`, if the adapter stored
   * it without secrets. `cut`: `text` is not all, set by the runtime. `held`: people refused the tool or were still asked, so it is only for those who see the question.
   */
  | {
      kind: "toolResult";
      id: string;
      ok: boolean;
      bytes: number;
      text: string;
      rest?: string;
      blob?: string;
      cut?: true;
      held?: true;
      parent?: string;
    }
  /** The current plan; it replaces the one before. */
  | { kind: "plan"; entries: { text: string; state: "pending" | "inProgress" | "done" }[] }
  /** A complete piece of its thinking. Kept only if the room's owner says so. */
  | { kind: "thinking"; text: string; parent?: string }
  /** The conversation was shortened to `summary`; before that it had so many tokens, where that is known. */
  | { kind: "compaction"; summary: string; tokensBefore?: number }
  | {
      kind: "ask";
      requestId: string;
      askKind: "tool" | "question";
      title: string;
      /** Tools: the input as it would be used. Questions: `{questions}` as the agent put them, or the text. */
      input: unknown;
      options?: { label: string; description?: string }[];
      /** Several questions in one, or one that takes several options; each is answered for itself. Where they cannot be shown, `input` and `options` are. */
      questions?: GateQuestion[];
    }
  /** An ask that no longer waits (the turn was interrupted). */
  | { kind: "askWithdrawn"; requestId: string }
  | {
      kind: "usage";
      model?: string;
      inputTokens: number;
      outputTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      usd: number;
    }
  | { kind: "notice"; text: string; severity: "info" | "warning" }
  /** The way to the agent's process, which lives on: `outage`: it was lost, why as a clause for people; without it: it is there again. */
  | { kind: "link"; outage?: string }
  /**
   * `refused`: why the provider refuses the conversation as it is, one line, the same words for the same reason; a new turn in it would fail too.
   * `outage` (with `failed`): the model's provider does not answer, why as a clause for people. The conversation is whole: the turn goes on when its inputs are sent
   * again, which are then answered although their ids are known. `mayBeOwn` (with `outage`): it failed on the call without a reason, so that another conversation may be
   * answered meanwhile.
   */
  | {
      kind: "turnEnded";
      outcome: "done" | "failed" | "cancelled";
      error?: string;
      refused?: string;
      outage?: string;
      mayBeOwn?: true;
    };
