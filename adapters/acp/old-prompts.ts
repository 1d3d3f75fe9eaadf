import type { KnownPrompts, PromptEnd } from "./acp-turn.js";

/** Prompts that an earlier router wrote to the process, as its output tells of them. A value. */
export interface OldPrompts {
  /** By their ids: the names of the inputs each was made of. */
  readonly read: ReadonlyMap<string, readonly string[]>;
  readonly ended: ReadonlyMap<string, PromptEnd>;
}

/** Nothing is known yet. */
export const noOldPrompts: OldPrompts = { read: new Map(), ended: new Map() };

/** A prompt was read, or is over where there is an `end`. */
export function oldPromptTold(
  old: OldPrompts,
  { id, inputs, end }: { id: string; inputs: readonly string[]; end?: PromptEnd },
): OldPrompts {
  const read = new Map([...old.read, [id, inputs]]);
  return { read, ended: end ? new Map([...old.ended, [id, end]]) : old.ended };
}

/** The work that is left of them. `nameOf`: the name of an input in the ids of prompts. */
export function knownPrompts({ read, ended }: OldPrompts, nameOf: (inputId: string) => string): KnownPrompts {
  const names = new Set([...read.values()].flat());
  const isRunning = [...read.keys()].some((id) => !ended.has(id));
  return { isKnown: (inputId) => names.has(nameOf(inputId)), isRunning, lastEnd: [...ended.values()].at(-1) };
}
