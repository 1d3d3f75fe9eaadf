import type { SetupView } from "../../../src/protocol/setups.js";

/** What the page shows of a repository's set-up, and which files are ticked. */
export interface TickedSetup {
  offered: NonNullable<SetupView["offered"]>;
  /** Files that agents use now. */
  usedNow: number;
  ticked: ReadonlySet<string>;
}

/** The choice as it begins: files that agents use now are ticked, no others. Undefined: nothing was offered. */
export function openSetupChoice({ offered, used }: SetupView): TickedSetup | undefined {
  if (!offered) return undefined;
  const ticked = offered.files.filter((file) => file.used).map(({ path }) => path);
  return { offered, usedNow: used?.files.length ?? 0, ticked: new Set(ticked) };
}

/** The choice with one file ticked or not. A file without its text cannot be ticked. */
export function withTick(choice: TickedSetup, path: string, isTicked: boolean): TickedSetup {
  const ticked = new Set(choice.ticked);
  const hasText = choice.offered.files.some((file) => file.path === path && file.text !== undefined);
  if (isTicked && hasText) ticked.add(path);
  else ticked.delete(path);
  return { ...choice, ticked };
}

/** The decision to send: bound to what was shown. */
export function setupDecision({ offered, ticked }: TickedSetup): { hash: string; use: string[] } {
  return { hash: offered.hash, use: offered.files.map(({ path }) => path).filter((path) => ticked.has(path)) };
}
