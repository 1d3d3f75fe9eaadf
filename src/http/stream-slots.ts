import { HttpProblemError } from "./problem.js";

/** How many live streams may be open at this process. Absent: any number. */
export interface StreamCaps {
  perToken?: number | undefined;
  perAddress?: number | undefined;
}

/** Open streams by token and by address. */
export interface StreamSlots {
  /** Takes a place for one stream and returns a function that frees it. Throws an `HttpProblemError` (`rate_limited`) when no place is free. */
  take(holder: { token: string; address: string }): () => void;
}

/** A stream that ends frees its place at once, so waiting a moment is enough for who closes one. */
const retryAfterSeconds = 5;

export function createStreamSlots({ caps, onRefused }: { caps: StreamCaps; onRefused: () => void }): StreamSlots {
  const open = new Map<string, number>();

  function refuseBeyond(key: string, limit: number | undefined, whose: string): void {
    if (limit === undefined || (open.get(key) ?? 0) < limit) return;
    onRefused();
    const detail = `${whose} has ${limit} live streams open here, the most there may be. Close one, then try again.`;
    throw new HttpProblemError({ code: "rate_limited", detail, retryAfterSeconds });
  }

  function add(key: string, change: 1 | -1): void {
    const count = (open.get(key) ?? 0) + change;
    if (count > 0) open.set(key, count);
    else open.delete(key);
  }

  return {
    take({ token, address }) {
      const keys = [`token/${token}`, `address/${address}`];
      refuseBeyond(keys[0] ?? "", caps.perToken, "Your token");
      refuseBeyond(keys[1] ?? "", caps.perAddress, "Your address");
      for (const key of keys) add(key, 1);
      let isFree = false;
      return () => {
        if (isFree) return;
        isFree = true;
        for (const key of keys) add(key, -1);
      };
    },
  };
}
