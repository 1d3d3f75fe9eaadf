import type { Agent, AgentInput, AgentSpec, Agents } from "../../src/ports/agents.js";
import type { AgentListener } from "./agent-listener.js";

/** The content that `askTool` and `askQuestion` must ask for, and the agent's text after permission. */
export const ASKED = {
  tool: "Bash",
  input: { command: "make test" },
  whenAllowed: "the tests are green",
  question: "Which format?",
  options: ["json", "text"],
  /** Followed by the answer. */
  whenAnswered: "the format is ",
} as const;

/** The report that `report` must emit, if an adapter has that kind. */
export const REPORTED = {
  plan: [
    { text: "read", state: "done" },
    { text: "write", state: "inProgress" },
    { text: "test", state: "pending" },
  ],
  thinking: "first the tests",
  summary: "what was said so far",
  /** Longer than what `text` of a result may hold. */
  resultBytes: 40_000,
} as const;

/** The most an adapter may tell of a tool's result, in UTF-8 bytes. */
export const maxResultTextBytes = 16 * 1024;

/** How the adapter's test makes its agent act: each returns the body of a message that does it. */
export interface AgentDriver {
  /** It says `text`, one line without quotes, as one block. */
  say(text: string): string;
  /** The same, with deltas before. */
  stream(text: string): string;
  /** It uses a tool that needs no permission, then says `done`. */
  work(): string;
  /**
   * It makes a plan of `REPORTED.plan`, uses a tool and reports its result, thinks, is compacted, and says `done` in a runtime's message. Absent: its
   * runtime reports none of that.
   */
  report?(): string;
  /** It asks for `ASKED.tool` with `ASKED.input`; allowed, it uses it and says `ASKED.whenAllowed`. */
  askTool(): string;
  /** It asks `ASKED.question` with its options, then says `ASKED.whenAnswered` and the answer. */
  askQuestion(): string;
  /** Its turn fails. */
  fail(): string;
  /** It is busy until it is stopped. */
  hang(): string;
  /** Kills its sandbox; `send` hands it a message, where that is what does it. */
  crash(send: (body: string) => Promise<void>): Promise<void>;
}

export interface AgentsUnderTest {
  agents: Agents;
  /** An agent that obeys the driver. */
  spec: AgentSpec;
  driver: AgentDriver;
  /** Where processes outlive their router: it dies, and these are the next one's. */
  restart?: () => Promise<Agents>;
  stop?: () => Promise<void>;
}

/** Parts of the contract that say something about where an agent runs. */
export const partsOfPlace = ["sessions", "end", "outlives"] as const;
export type AgentsPart = "messages" | "sessions" | "asks" | "interrupt" | "end" | "outlives";

export interface AgentsContract {
  name: string;
  /** Default: all. Less only where the same adapter is held to the whole contract in another place. */
  parts?: readonly AgentsPart[];
  make: () => Promise<AgentsUnderTest>;
  supports: {
    /** The same message handed to another session yields the same output ids. */
    stableIds: boolean;
    deltas: boolean;
    /** An allow with `remember` holds for the session. */
    remember: boolean;
    /** A closed session can be opened again with its memory. */
    resume: boolean;
    /** It tells plans, thoughts, results of tools and shortened conversations, and its driver has `report`. */
    reports?: boolean;
    /** A process outlives its router, and `restart` is there. */
    outlives?: boolean;
  };
}

export interface OpenAgent {
  agent: Agent;
  listener: AgentListener;
  sessionId: string;
  /** Sends a body as a new message, or under the id given. Returns that id. */
  tell(body: string, options?: { id?: string; class?: AgentInput["class"] }): Promise<string>;
}

/** The tools of each part of the contract. */
export interface ContractTools {
  open: (session?: { sessionId?: string; resume?: boolean }) => Promise<OpenAgent>;
  under: () => AgentsUnderTest;
  supports: AgentsContract["supports"];
}

/** As it was asked, this once. */
export const allow = { kind: "allow", input: ASKED.input, remember: false } as const;
export const deny = { kind: "deny", message: "not on a Friday" } as const;
