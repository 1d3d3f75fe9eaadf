import { afterEach, describe, expect, test } from "vitest";
import type { Snapshot, Snapshots } from "../../src/ports/snapshots.js";

export interface OpenSnapshots {
  /** As it is open now; `plant` may put another one there. */
  snapshots: Snapshots;
  close(): Promise<void>;
  /** Puts raw text where a stream's snapshot lies, as a torn write would leave it. */
  plant(stream: string, text: string): Promise<void>;
}

const snapshot = (version: number, more: Partial<Snapshot> = {}): Snapshot => ({
  schema: "room-1",
  version,
  commitId: `c-${version}`,
  open: false,
  state: { participants: ["mia", "lead"], text: 'é "👋"\n' },
  ...more,
});

/** The contract of `Snapshots`. Each `open` begins empty. */
export function describeSnapshots(contract: { name: string; open(): Promise<OpenSnapshots> }): void {
  describe(`snapshots: ${contract.name}`, () => {
    const opened: OpenSnapshots[] = [];
    afterEach(async () => {
      for (const { close } of opened.splice(0)) await close();
    });
    const open = async (): Promise<OpenSnapshots> => {
      const one = await contract.open();
      opened.push(one);
      return one;
    };

    test("returns undefined before the first put", async () => {
      const { snapshots } = await open();
      expect(await snapshots.get("room/r1", "room-1")).toBeUndefined();
      expect(await snapshots.headers("")).toEqual([]);
    });

    test("one that was put is given back as it was, and the next one takes its place", async () => {
      const { snapshots } = await open();
      await snapshots.put("room/r1", snapshot(3, { open: true, dueAtMs: 1_700_000_000_000 }));
      expect(await snapshots.get("room/r1", "room-1")).toEqual(snapshot(3, { open: true, dueAtMs: 1_700_000_000_000 }));
      await snapshots.put("room/r1", snapshot(5, { state: [1, null] }));
      expect(await snapshots.get("room/r1", "room-1")).toEqual(snapshot(5, { state: [1, null] }));
      expect(await snapshots.get("room/r2", "room-1")).toBeUndefined();
    });

    test("keeps a state as it was put, even if the caller changes it later", async () => {
      const { snapshots } = await open();
      const state = { gates: ["g1"] };
      const putting = snapshots.put("room/r1", snapshot(3, { state }));
      state.gates.push("g2");
      await putting;
      const first = (await snapshots.get("room/r1", "room-1")) as Snapshot;
      expect(first.state).toEqual({ gates: ["g1"] });
      (first.state as typeof state).gates.push("g3");
      expect((await snapshots.get("room/r1", "room-1"))?.state).toEqual({ gates: ["g1"] });
    });

    test("ignores a snapshot of another schema, and replaces it by any version", async () => {
      const { snapshots } = await open();
      await snapshots.put("room/r1", snapshot(9));
      expect(await snapshots.get("room/r1", "room-2")).toBeUndefined();
      await snapshots.put("room/r1", snapshot(4, { schema: "room-2" }));
      expect(await snapshots.get("room/r1", "room-2")).toEqual(snapshot(4, { schema: "room-2" }));
      expect(await snapshots.get("room/r1", "room-1")).toBeUndefined();
    });

    test("an older one never takes the place of a newer one, also when both are put at once", async () => {
      const { snapshots } = await open();
      await snapshots.put("room/r1", snapshot(9));
      await snapshots.put("room/r1", snapshot(4));
      expect((await snapshots.get("room/r1", "room-1"))?.version).toBe(9);
      await Promise.all([12, 11, 14, 13, 10].map((version) => snapshots.put("room/r1", snapshot(version))));
      expect(await snapshots.get("room/r1", "room-1")).toEqual(snapshot(14));
      expect(await snapshots.headers("")).toEqual([{ stream: "room/r1", schema: "room-1", version: 14, open: false }]);
    });

    test("headers are listed by prefix and name, without the state", async () => {
      const { snapshots } = await open();
      await snapshots.put("room/b", snapshot(2, { open: true }));
      await snapshots.put("room/a-2", snapshot(3, { dueAtMs: 5 }));
      await snapshots.put("mirror/a", snapshot(1));
      await snapshots.put("rooms", snapshot(1));
      await snapshots.put("room/a", snapshot(4));
      expect(await snapshots.headers("room/")).toEqual([
        { stream: "room/a", schema: "room-1", version: 4, open: false },
        { stream: "room/a-2", schema: "room-1", version: 3, open: false, dueAtMs: 5 },
        { stream: "room/b", schema: "room-1", version: 2, open: true },
      ]);
      expect(await snapshots.headers("")).toHaveLength(5);
    });

    const torn = JSON.stringify(snapshot(3));
    test.each(["", torn.slice(0, 40), torn.slice(1), "null", "{}", "\u0000\u0000"])(
      "ignores the unreadable snapshot %j",
      async (text) => {
        const one = await open();
        await one.snapshots.put("room/r1", snapshot(3));
        await one.snapshots.put("room/r2", snapshot(2));
        await one.plant("room/r1", text);
        expect(await one.snapshots.get("room/r1", "room-1")).toBeUndefined();
        expect(await one.snapshots.get("room/r2", "room-1")).toEqual(snapshot(2));
        await one.snapshots.put("room/r1", snapshot(4));
        expect(await one.snapshots.get("room/r1", "room-1")).toEqual(snapshot(4));
      },
    );

    test("a large state is kept whole", async () => {
      const { snapshots } = await open();
      const state = Array.from({ length: 20_000 }, (_, index) => ({ index, text: "mailbox" }));
      await snapshots.put("room/r1", snapshot(3, { state }));
      expect((await snapshots.get("room/r1", "room-1"))?.state).toEqual(state);
    });
  });
}
