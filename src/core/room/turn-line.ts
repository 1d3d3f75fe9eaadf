import { inWords } from "../values/duration.js";

/** The figures of a turn that stand on one line. `endedAtMs` is absent while it runs, `nowMs` stands in for it. Unix ms. */
export interface TurnFigures {
  steps: number;
  startedAtMs: number;
  endedAtMs?: number | undefined;
  usd: number;
}

/** A turn on one line: `5 steps · 41 s · $0.02`. What is not known, or nothing, is left out. */
export function turnLine({ steps, startedAtMs, endedAtMs, usd }: TurnFigures, nowMs: number): string {
  const count = `${steps} ${steps === 1 ? "step" : "steps"}`;
  const lasted = inWords(Math.max(0, (endedAtMs ?? nowMs) - startedAtMs));
  return [count, lasted, ...(usd > 0 ? [usdText(usd)] : [])].join(" · ");
}

/** US dollars: cents where there are any, else down to a hundredth of a cent. */
export function usdText(usd: number): string {
  return usd >= 0.01 ? `$${usd.toFixed(2)}` : `$${Math.max(usd, 0.0001).toFixed(4)}`;
}
