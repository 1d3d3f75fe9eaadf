import type { PlaceLimit, SharedPlaces } from "../ports/shared-places.js";
import { HttpProblemError } from "./problem.js";

/** How many live streams may be open at a time, over all processes of a fleet. Absent: any number. */
export interface StreamCaps {
  perToken?: number | undefined;
  perAddress?: number | undefined;
}

/** Open streams by token and by address. */
export interface StreamSlots {
  /** Takes a place for one stream; resolves to a function that frees it. Rejects with an `HttpProblemError` (`rate_limited`) when no place is free. */
  take(holder: { token: string; address: string }): Promise<() => void>;
}

/** A stream that ends frees its place at once, so waiting a moment is enough for who closes one. */
const retryAfterSeconds = 5;

export function createStreamSlots({
  caps,
  places,
  onRefused,
}: {
  caps: StreamCaps;
  places: SharedPlaces;
  onRefused: () => void;
}): StreamSlots {
  return {
    async take({ token, address }) {
      const wanted = [
        ...limitOf(`streams/token/${token}`, caps.perToken),
        ...limitOf(`streams/address/${address}`, caps.perAddress),
      ];
      const full = await places.take(wanted);
      const refused = wanted.find(({ key }) => key === full);
      if (refused) {
        onRefused();
        throw tooMany(refused);
      }
      let isFree = false;
      return () => {
        if (isFree) return;
        isFree = true;
        void places.giveBack(wanted.map(({ key }) => key));
      };
    },
  };
}

function limitOf(key: string, limit: number | undefined): PlaceLimit[] {
  return limit === undefined ? [] : [{ key, limit }];
}

function tooMany({ key, limit }: PlaceLimit): HttpProblemError {
  const whose = key.startsWith("streams/token/") ? "Your token" : "Your address";
  const detail = `${whose} has ${limit} live streams open, the most there may be. Close one, then try again.`;
  return new HttpProblemError({ code: "rate_limited", detail, retryAfterSeconds });
}
