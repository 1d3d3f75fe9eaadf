import { afterEach, describe, expect, test } from "vitest";
import type { SharedPlaces } from "../../src/ports/shared-places.js";

export interface PlacesContract {
  name: string;
  /** The places of two processes that share a store; the same twice where only one process has them. */
  open(): Promise<{ one: SharedPlaces; two: SharedPlaces; close(): Promise<void> }>;
}

const ofToken = { key: "token/t", limit: 3 };

/** The contract of `SharedPlaces`. */
export function describePlaces({ name, open }: PlacesContract): void {
  describe(`places: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const opened = async () => {
      const parts = await open();
      closes.push(parts.close);
      return parts;
    };

    test("are counted over all processes", async () => {
      const { one, two } = await opened();
      expect(await one.take([ofToken])).toBeUndefined();
      expect(await two.take([ofToken])).toBeUndefined();
      expect(await one.take([ofToken])).toBeUndefined();
      expect(await one.take([ofToken])).toBe("token/t");
      expect(await two.take([ofToken])).toBe("token/t");
    });

    test("are free again once they are given back, at whatever process", async () => {
      const { one, two } = await opened();
      for (const places of [one, two, one]) expect(await places.take([ofToken])).toBeUndefined();
      await two.giveBack(["token/t"]);
      expect(await one.take([ofToken])).toBeUndefined();
      expect(await two.take([ofToken])).toBe("token/t");
      await one.giveBack(["token/t"]);
      await one.giveBack(["token/t"]);
      expect(await two.take([ofToken])).toBeUndefined();
    });

    test("are taken under every key or under none", async () => {
      const { one, two } = await opened();
      const ofAddress = { key: "address/a", limit: 1 };
      expect(await one.take([{ key: "token/other", limit: 3 }, ofAddress])).toBeUndefined();
      expect(await two.take([ofToken, ofAddress])).toBe("address/a");
      for (const places of [two, two, one]) expect(await places.take([ofToken])).toBeUndefined();
    });

    test("are as many as there are, however many ask at once", async () => {
      const { one, two } = await opened();
      const asked = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two).take([ofToken]));
      const taken = (await Promise.all(asked)).filter((full) => full === undefined);
      expect(taken).toHaveLength(3);
    });

    test("without a limit are never refused", async () => {
      const { one } = await opened();
      expect(await one.take([])).toBeUndefined();
      await one.giveBack([]);
    });
  });
}
