/** An agent's tool use. `held`: people may still be asked, or have refused, so the summary is only for those who see the question. */
export interface ToolUse {
  id: string;
  name: string;
  phase: "started" | "ended" | "failed";
  summary: string;
  held?: true;
}

/** A person chose a decision on a gate that their page sends only when the time to take it back is over. */
export interface DecidingActivity {
  type: "activity.deciding";
  /** The agent whose gate it is. */
  agent: string;
  gateId: string;
  by: string;
  /** The decision and how long it can still be taken back, in ms; absent: it was taken back. */
  choice?: { action: string; forMs: number };
}

/**
 * An agent's current work in a turn. In memory only; text deltas are stored nowhere. `openText` is the part of a text for readers who may not see held
 * text, if that is less; a `held` summary is not for them either. Neither leaves the server.
 */
export type WorkActivity =
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

/** What goes on in a room right now and is stored nowhere: work of agents, and decisions of people that are about to be sent. */
export type Activity = WorkActivity | DecidingActivity;
