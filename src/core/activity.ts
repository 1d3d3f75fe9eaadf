/** What an agent is doing right now. In memory only; text deltas are stored nowhere. */
export type Activity =
  | { type: "activity.text"; agent: string; turnId: string; text: string }
  | {
      type: "activity.tool";
      agent: string;
      turnId: string;
      id: string;
      name: string;
      phase: "started" | "ended" | "failed";
      summary: string;
    }
  /** Everything of the turn so far, for who has just connected. */
  | { type: "activity.snapshot"; agent: string; turnId: string; text: string; tool?: { name: string; summary: string } }
  | { type: "activity.ended"; agent: string; turnId: string };
