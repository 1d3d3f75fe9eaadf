import { describe, expect, test } from "vitest";
import { openTestLog } from "../support/lmdb.js";
import { createApi, makeRoom } from "./support/api.js";
import { createGateTraffic, type Look, lookAt, tornLooks } from "./support/looks.js";

/** Lets ready promises continue that many times. */
async function microtasks(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await undefined;
}

/** Looks at the room while gates are opened and decided; each change starts at a different point of the concurrent looks. */
async function looksBesideChanges(
  api: Awaited<ReturnType<typeof createApi>>,
  { looks, beside }: { looks: number; beside: number },
) {
  const room = await makeRoom(api);
  const traffic = await createGateTraffic(api, room);
  const tokens = [room.owner, room.approver, room.member, room.viewer];
  const seen: Look[] = [];
  for (let round = 0; seen.length < looks; round++) {
    const looking = Array.from({ length: beside }, async (_, nth) => {
      await microtasks(nth);
      return lookAt(api, room, tokens[(round + nth) % tokens.length] ?? room.owner);
    });
    const changing = [traffic.open, round > 3 ? traffic.decide : traffic.open].map(async (change, nth) => {
      await microtasks((round * 7 + nth * 13) % 97);
      return change();
    });
    seen.push(...(await Promise.all(looking)));
    await Promise.all(changing);
  }
  return { seen, torn: await tornLooks(seen, api.deps.eventLog, room.roomId) };
}

describe("a look at a room", () => {
  test("is never torn by gates that open and are decided meanwhile, in 10,000 looks", async () => {
    const api = await createApi();
    const { seen, torn } = await looksBesideChanges(api, { looks: 10_000, beside: 20 });
    expect([seen.length, torn.length]).toEqual([10_000, 0]);
  }, 60_000);

  test("is never torn in 1,000 looks at a room on disk", async () => {
    const disk = await openTestLog();
    const api = await createApi({ log: disk.log });
    const { seen, torn } = await looksBesideChanges(api, { looks: 1_000, beside: 20 });
    expect([seen.length, torn.length]).toEqual([1_000, 0]);
    await disk.close();
  }, 60_000);

  test.each([
    ["opened", "open"],
    ["decided", "decide"],
  ] as const)("is not torn by a gate that is %s before any of its reads", async (_, change) => {
    const torn: number[] = [];
    for (let nth = 1; ; nth++) {
      const api = await createApi();
      const room = await makeRoom(api);
      const traffic = await createGateTraffic(api, room);
      await traffic.open();
      await traffic.open();
      let reads = 0;
      const { rooms } = api;
      const before = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
        return async (...args: A): Promise<R> => {
          reads += 1;
          if (reads === nth) await traffic[change]();
          return call(...args);
        };
      };
      Object.assign(api.deps, {
        rooms: Object.fromEntries(
          Object.entries(rooms).map(([name, method]) => [name, before(method as () => Promise<unknown>)]),
        ),
      });
      const look = await lookAt(api, room, room.owner);
      if (reads < nth) break;
      if ((await tornLooks([look], api.deps.eventLog, room.roomId)).length > 0) torn.push(nth);
    }
    expect(torn).toEqual([]);
  });
});
