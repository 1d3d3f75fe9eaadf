/** What this process has still to tell others, and what it told lately. A value: each function gives the next one and changes nothing. */
export interface Untold {
  /** By stream the version to tell. */
  readonly waiting: ReadonlyMap<string, number>;
  /** What went out lately, the younger part first; the parts change places every `recentMs`. */
  readonly told: readonly [ReadonlyMap<string, number>, ReadonlyMap<string, number>];
  /** When the younger part began, in monotonic milliseconds. */
  readonly agedAtMs: number;
}

/** A reader that starts on the next stream of hints misses hints sent within this time. */
const recentMs = 30_000;

/** Nothing to tell, and nothing told. */
export function nothingUntold(nowMs: number): Untold {
  return { waiting: new Map(), told: [new Map(), new Map()], agedAtMs: nowMs };
}

/** A stream has come to a version. */
export function withChange(state: Untold, stream: string, version: number): Untold {
  return { ...state, waiting: new Map(state.waiting).set(stream, version) };
}

/** Everything that waits goes out as one batch. */
export function takeUntold(state: Untold): { next: Untold; batch: ReadonlyMap<string, number> } {
  return { next: { ...state, waiting: new Map() }, batch: state.waiting };
}

/** A batch went out. */
export function withTold(state: Untold, batch: ReadonlyMap<string, number>, nowMs: number): Untold {
  const isOld = nowMs - state.agedAtMs > recentMs;
  const [younger, older] = isOld ? [new Map<string, number>(), state.told[0]] : state.told;
  return { ...state, told: [new Map([...younger, ...batch]), older], agedAtMs: isOld ? nowMs : state.agedAtMs };
}

/** A batch did not go out, as far as is known: it waits again. A later change of the same stream stays. */
export function withFailed(state: Untold, batch: ReadonlyMap<string, number>): Untold {
  return { ...state, waiting: new Map([...batch, ...state.waiting]) };
}

/** Another stream of hints was begun: what was told lately is told there again. A later change of the same stream stays. */
export function toldAgain(state: Untold): Untold {
  return { ...state, waiting: new Map([...state.told[1], ...state.told[0], ...state.waiting]) };
}
