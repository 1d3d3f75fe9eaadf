import type { ScriptRule } from "../values/script.js";
import type { SpendingWarning } from "../values/told-warnings.js";
import type {
  Attachment,
  Choices,
  DeliveryClass,
  EventOf,
  GateContent,
  GateOption,
  PersonRole,
  Recipients,
  TurnOutcome,
  Usage,
} from "./event.js";
import type { GateAction } from "./gate.js";
import type { BeginOutage, EndOutage } from "./open-outage.js";
import type { Budget, GatePolicy, Policy } from "./policy.js";
import type { Actor } from "./rights.js";
import type { OfferSetup } from "./setup.js";

/** The commands of a room. A command carries the ids it needs; `decide` creates none. */
export type Command =
  | CreateRoom
  | { type: "room.configure"; by: Actor; name?: string; policy?: Policy }
  | { type: "room.pause"; by: Actor }
  | { type: "room.resume"; by: Actor }
  | { type: "room.close"; by: Actor }
  | { type: "room.purge"; by: Actor }
  | { type: "room.stop"; by: Actor }
  | { type: "agent.add"; by: Actor; agent: NewAgent }
  | ConfigureAgent
  | { type: "agent.remove"; by: Actor; name: string }
  /** Releases the agent's home node. The node that takes its next turn becomes the new one. */
  | { type: "agent.move"; by: Actor; name: string }
  | { type: "agent.interrupt"; by: Actor; name: string }
  /** Gives the agent a new conversation on the same work folder. A turn under way is lost: its messages are delivered again in the new one. */
  | { type: "agent.fresh"; by: Actor; name: string }
  /** The agent's conversation was to go on and is not there any more. */
  | { type: "agent.conversationLost"; agent: string }
  | { type: "person.join"; inviteHash: string; name: string; displayName?: string }
  | EnterFromChat
  | { type: "person.remove"; by: Actor; name: string }
  | PostMessage
  | RetryMessage
  | WithdrawMessage
  | { type: "invite.create"; by: Actor; invite: NewInvite }
  | { type: "invite.revoke"; by: Actor; inviteId: string }
  | BindMirror
  | { type: "mirror.unbind"; by: Actor; mirrorId: string; reason?: string }
  | DecideGate
  | StartTurn
  | { type: "turn.steer"; agent: string; turnId: string }
  | SayBlock
  | AskPerson
  | { type: "turn.withdraw"; agent: string; turnId: string; requestId: string }
  | { type: "turn.usage"; agent: string; turnId?: string; model?: string; usage: Usage }
  | EndTurn
  | LoseTurn
  | { type: "homes.tick"; unusedMs: number; noticeMs: number }
  | { type: "notice.post"; text: string; about?: string; severity: "info" | "warning" }
  | BeginOutage
  | EndOutage
  /** What keeps agents from calling the model now; absent: nothing does. The room is told where it does not know it yet. */
  | { type: "spending.notify"; hold?: { id: string; text: string }; overText: string }
  | OfferSetup
  | DecideSetup
  /** Little is left of these limits. The room is told of those it was not told of yet. */
  | { type: "spending.warn"; warnings: readonly SpendingWarning[] }
  | { type: "room.tick" };

/** One command by its type. */
export type CommandOf<T extends Command["type"]> = Extract<Command, { type: T }>;

/** The process of a turn is gone. `lostBy` says whose end it was; an outage counts as nobody’s. */
export interface LoseTurn {
  type: "turn.lose";
  agent: string;
  turnId: string;
  /** `outage`: something outside the agent and the router; it counts towards no limit. */
  lostBy: "sandbox" | "router" | "outage";
  /** The sandbox died before it had taken the turn's messages. */
  atStart?: boolean;
  /** For people: why. */
  error?: string;
}

/** New settings of an agent; what is absent stays. `script`: of its new role. */
export interface ConfigureAgent {
  type: "agent.configure";
  by: Actor;
  name: string;
  role?: string;
  prompt?: string;
  script?: ScriptRule[];
  gate?: GatePolicy;
  model?: string;
  effort?: string;
  mode?: string;
  budget?: Budget;
}

/** Delivers again what a failed turn had taken. */
export interface RetryMessage {
  type: "message.retry";
  by: Actor;
  /** Absent: all that the turn had taken that failed last. */
  messageId?: string;
  /** Absent: every agent it failed with. */
  agent?: string;
}

/** Takes back a message of one's own that no agent has taken; with `replacement` another one is posted in its place. */
export interface WithdrawMessage {
  type: "message.withdraw";
  by: Actor;
  messageId: string;
  /** As typed, with its recipients. Its class and its time to live are those of the message it replaces. `attachments`: the files of that message. */
  replacement?: { messageId: string; body: string; attachments?: readonly Attachment[] };
}

/** An agent with every choice made, as it joins. */
export interface NewAgent {
  name: string;
  displayName?: string;
  role: string;
  runtime: string;
  script?: ScriptRule[];
  prompt?: string;
  gate?: GatePolicy;
  model?: string;
  effort?: string;
  mode?: string;
  budget?: Budget;
  /** Its first message, from the person who adds it; in a new room from the owner. */
  initial?: { messageId: string; body: string };
}

/** An invite to create. `hash`: SHA-256 of its code; the code itself is not stored. */
export interface NewInvite {
  inviteId: string;
  hash: string;
  role: PersonRole;
  expiresAtMs: number;
  maxUses: number;
  forName?: string;
}

/** Makes a room with its owner, its agents and its first invites, in one commit. */
export interface CreateRoom {
  type: "room.create";
  by: Actor;
  name: string;
  owner: string;
  /** The owner's id on the chat platform the room was created on. */
  ownerFromChat?: ChatPerson;
  agents: NewAgent[];
  policy: Policy;
  repo?: string;
  branch?: string;
  invites: NewInvite[];
  /** Hash of the request, so that the same request made again is recognised. */
  fingerprint?: string;
}

/** A user of a chat platform. `platform.name` is `slack` or `discord`. */
export interface ChatPerson {
  displayName: string;
  platform: { name: string; userId: string };
}

/**
 * A chat user becomes a participant, or is found to be one; the name comes from the display name. `role` is what the platform's
 * configuration says; `inviteHash` gives the invite's role. Nobody loses a role by it.
 */
export interface EnterFromChat {
  type: "person.enter";
  /** `isUncertain`: the display name replaces no known one. */
  person: ChatPerson & { isUncertain?: boolean };
  /** The name their display name asks for, in the syntax of names; where it is reserved or taken they get the next free one. */
  wantedName: string;
  admitted: { role: PersonRole } | { inviteHash: string };
}

/** Shows the room in a thread. Again with a `thread`: the thread is there now. */
export interface BindMirror {
  type: "mirror.bind";
  by: Actor;
  mirrorId: string;
  platform: string;
  channel: string;
  thread?: string;
  /** An invite for members or above lets its holder do so without the right to invite. */
  inviteHash?: string;
}

/** A person says something. `to` absent: to whom the text is addressed, else everybody. */
export interface PostMessage {
  type: "message.post";
  by: Actor;
  messageId: string;
  body: string;
  /** Absent: the names at the start of the text, else the room. */
  to?: Recipients;
  class?: DeliveryClass;
  ttlSeconds?: number;
  idempotencyKey?: string;
  origin?: string;
  written?: { atMs: number; lateNote: string }; // On its origin, Unix ms; the note follows its text if a newer one is in already.
  attachments?: readonly Attachment[];
}

/** A decision on a gate. `hash` is of the shown content; another hash is refused. */
export interface DecideGate {
  type: "gate.decide";
  by: Actor;
  gateId: string;
  action: GateAction;
  /** Hash of the content the decider saw. */
  hash: string;
  body?: string;
  answers?: Record<string, string>;
  /** Answers to the questions in the gate's content. */
  choices?: Choices;
  remember?: "session";
  reason?: string;
  /** The gate as the log has it; `decide` checks it against the gate's hash before it uses a word of it. */
  opened: EventOf<"gate.opened"> | undefined;
  /** For the message that the decision releases. */
  messageId: string;
}

/** A decision on the set-up of the room's repository. `hash` is of the set-up that was shown; another hash is refused. */
export interface DecideSetup {
  type: "setup.decide";
  by: Actor;
  hash: string;
  /** Paths of the files that agents use; none: nothing of it is used. */
  use: readonly string[];
  /** The offer as the log has it; `decide` checks it against the hash. */
  offered: EventOf<"setup.offered"> | undefined;
}

/** Starts a turn with an agent's waiting messages. */
export interface StartTurn {
  type: "turn.start";
  agent: string;
  turnId: string;
  node: string;
  boot: string;
  /** The agent has begun by itself: no message has to wait for it, and waiting messages were not sent to it. */
  spontaneous?: boolean;
  /** The messages it takes; default all that wait and are in time. */
  messages?: readonly string[];
  /** Which attempt at its messages it was handed to the agent as; default whichever is due. Another one does not start. */
  attempt?: number;
  /** Only if this node is its home, or it has none: others run their own agents. */
  onlyAtHome?: boolean;
}

/** One complete text block of an agent; its directives become messages, gates or bounces. */
export interface SayBlock {
  type: "turn.say";
  agent: string;
  turnId: string;
  outputId: string;
  index: number;
  text: string;
  /** Tools the turn has used before it. */
  steps?: number;
  /** Repeated output in another attempt at its turn has other ids. */
  repeatsUnderNewIds?: boolean;
}

/** An agent asks people: a tool permission or a question. */
export interface AskPerson {
  type: "turn.ask";
  agent: string;
  turnId: string;
  requestId: string;
  askKind: "tool" | "question";
  title: string;
  /** Tools: the input as JSON. Questions: the text. */
  body: string;
  options?: GateOption[];
  /** Content shown beside the body. It needs format 2 of the log. */
  content?: GateContent;
}

/** A turn ended in any way but being lost. */
export interface EndTurn {
  type: "turn.end";
  agent: string;
  turnId: string;
  outcome: Exclude<TurnOutcome, "lost">;
  error?: string;
  refused?: string; // Failed turns: why the provider refuses the conversation as it is. The same words for the same reason.
  steps?: number; // Tools it used.
  /** Failed turns: something the room is told with the end. `endsOutageOf`: it says too that the outages are over for which this node answers. */
  notice?: { text: string; endsOutageOf?: { node: string; onlyNode: boolean } };
}
