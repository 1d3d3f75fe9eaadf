import { afterEach, expect, test } from "vitest";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { openPostgresFleet, type PostgresFleet } from "../support/fleet.js";
import { type CreatedRoom, call, exportEvents } from "../support/parley-client.js";
import type { ParleyProcess } from "../support/parley-process.js";
import { needsPostgres, needsRedis } from "../support/require.js";
import { until } from "../support/until.js";

let fleet: PostgresFleet | undefined;
afterEach(() => fleet?.stop(), 60_000);

const makeRoom = async (at: ParleyProcess) => {
  const body = { name: "fleet", owner: "mia", agents: [], policy: { loopGuard: false } };
  const made = await call<CreatedRoom>(`${at.url}/api/rooms`, { token: at.adminToken, body });
  expect(made.status).toBe(201);
  return made.body;
};

const post = (at: ParleyProcess, { roomId, token }: CreatedRoom, body: string) =>
  call<AnswerOf<"postMessage">>(`${at.url}/api/rooms/${roomId}/messages`, { token, body: { body } });

/** Commands that another process decided for this one. */
const handedBy = async ({ url, adminToken }: ParleyProcess) => {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
  return Number(/parley_commands_handed_total\{outcome="decided"\} (\d+)/.exec(await answer.text())?.[1] ?? 0);
};

needsPostgres()("the process that writes a room", () => {
  needsRedis()("with Redis", () => {
    test("is killed with commands on their way: the next command at another process is taken, and each counts once", async () => {
      fleet = await openPostgresFleet();
      const [holder, other] = [await fleet.start("holder"), await fleet.start("other")];
      // A room is written by the process that made it.
      const room = await makeRoom(holder);
      const handed = async () => {
        expect((await post(other, room, "before")).status).toBe(201);
        return (await handedBy(other)) > 0;
      };
      await until("commands are handed to the holder", handed, 60_000);
      const onTheirWay = Array.from({ length: 20 }, (_, at) => post(other, room, `under way ${at}`));
      await holder.kill("SIGKILL");
      const fromMs = performance.now();
      const next = await post(other, room, "after");
      console.log(`taken ${Math.round(performance.now() - fromMs)} ms after kill -9`);
      expect(next.status).toBe(201);
      for (const answer of await Promise.all(onTheirWay)) expect(answer.status).toBe(201);
      const events = await exportEvents(other.url, room.roomId, room.token);
      const bodies = events.flatMap((event) => (event.type === "message.posted" ? [event.body] : []));
      const wanted = [...Array.from({ length: 20 }, (_, at) => `under way ${at}`), "after"];
      expect(bodies.filter((body) => body !== "before").toSorted()).toEqual(wanted.toSorted());
    }, 180_000);
  });
});
