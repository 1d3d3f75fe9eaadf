import type { StreamServer } from "./server.js";

/** That a stream has moved up to a version. */
export interface Hint {
  s: string;
  n: number;
}

/** The streams that hints are written to, one after the other: the latest starts with the content of the earlier ones, so those can be deleted. */
export interface Generations {
  /** The latest, as the server says now. */
  current(): Promise<Generation>;
  /** Begins another with the latest hint about every stream. Two that do so at once begin the same. */
  begin(after: number): Promise<void>;
}

export interface Generation {
  number: number;
  /** Hints it began with. */
  base: number;
}

const listName = "_generations";
const hintsAtOnce = 5_000;

export function hintsStream(generation: number): string {
  return generation === 1 ? "_changes" : `_changes/${generation}`;
}

export function createGenerations({ server }: { server: StreamServer }): Generations {
  let offset: string | undefined;
  let latest: Generation = { number: 1, base: 0 };

  async function current(): Promise<Generation> {
    const batch = await server.read(listName, offset);
    // A restarted server that lost its data starts at other offsets.
    if (!batch || (offset !== undefined && batch.offset < offset)) {
      const isNew = offset !== undefined;
      offset = undefined;
      latest = { number: 1, base: 0 };
      return isNew && batch ? current() : latest;
    }
    offset = batch.offset;
    for (const { number, base } of batch.messages as Partial<Generation>[])
      if (typeof number === "number" && typeof base === "number" && number > latest.number) latest = { number, base };
    return latest;
  }

  async function begin(after: number): Promise<void> {
    const known = new Map<string, number>();
    const whole = await server.read(hintsStream(after), undefined);
    for (const { s, n } of hintsOf(whole?.messages ?? [])) known.set(s, Math.max(n, known.get(s) ?? 0));
    const name = hintsStream(after + 1);
    await server.create(name);
    const all = Array.from(known, ([s, n]) => JSON.stringify({ s, n }));
    for (let at = 0; at < all.length; at += hintsAtOnce)
      await server.append(name, all.slice(at, at + hintsAtOnce).join(","));
    await server.create(listName);
    await server.append(listName, JSON.stringify({ number: after + 1, base: all.length }));
    // Processes that have not heard of the previous stream yet still use it, so only the one before it is removed.
    if (after > 1) await server.remove(hintsStream(after - 1));
  }

  return { current, begin };
}

export function hintsOf(messages: readonly unknown[]): Hint[] {
  return messages.filter((message): message is Hint => {
    const { s, n } = (message ?? {}) as Partial<Hint>;
    return typeof s === "string" && typeof n === "number";
  });
}
