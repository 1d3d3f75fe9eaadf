/** `off` is a part that is not configured, which is not a fault. */
export type Level = "ok" | "warn" | "fail" | "off";

/** One thing `doctor` looked at. */
export interface Finding {
  /** Subject, such as `data folder`. */
  about: string;
  level: Level;
  /** Observation, without secrets. */
  seen: string;
  /** What to do about it. */
  todo?: string;
}

export const notUsed = (about: string, why: string): Finding => ({ about, level: "off", seen: `not used: ${why}` });

/** How long `doctor` waits for anybody to answer. */
export const probeTimeoutMs = 5_000;
