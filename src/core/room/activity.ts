/** An agent's tool use. `held`: people may still be asked, or have refused, so the summary is only for those who see the question. */
export interface ToolUse {
  id: string;
  name: string;
  phase: "started" | "ended" | "failed";
  summary: string;
  held?: true;
}

/**
 * An agent's current activity. In memory only; text deltas are stored nowhere. `openText` is the part of a text for readers who may not see held
 * text, if that is less; a `held` summary is not for them either. Neither leaves the server.
 */
export type Activity =
  | { type: "activity.text"; agent: string; turnId: string; text: string; openText?: string }
  | ({ type: "activity.tool"; agent: string; turnId: string } & ToolUse)
  /** The turn so far, for a new connection. */
  | {
      type: "activity.snapshot";
      agent: string;
      turnId: string;
      text: string;
      openText?: string;
      tool?: { name: string; summary: string; held?: true };
    }
  | { type: "activity.ended"; agent: string; turnId: string };
