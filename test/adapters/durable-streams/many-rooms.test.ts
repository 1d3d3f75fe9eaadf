import { afterAll, beforeAll, expect, test } from "vitest";
import type { Commit } from "../../../src/core/room/commit.js";
import { PortError } from "../../../src/ports/port-error.js";
import { commitsOn, headOf, idsOf, range } from "../../support/commits.js";
import { openTestStreams } from "../../support/durable-streams.js";
import { type StreamServerProcess, startStreamServer } from "../../support/stream-server.js";

let server: StreamServerProcess;
beforeAll(async () => {
  server = await startStreamServer();
});
afterAll(() => server.stop());

/** Retries repeatable calls, as the runtime does. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof PortError && error.retryable) || tries === 10) throw error;
    }
  }
}

/** The server's own default refuses a write to the hundred and first stream, yet stores it. */
test("more than a hundred rooms are written to at once: each has everything, once", async () => {
  const rooms = range(1, 110).map((number) => `room/r${number}`);
  const streams = await openTestStreams(server.url);
  const { log } = streams;
  for (const round of range(1, 2)) {
    await Promise.all(
      rooms.map(async (room) => {
        const head = await patiently(() => log.head(room));
        const commits = commitsOn(head, "a", 2);
        expect(await patiently(() => log.append(room, commits))).toEqual({ kind: "appended" });
        expect(await patiently(() => log.head(room))).toEqual(headOf(commits[1] as Commit));
        expect(head?.version ?? 0).toBe((round - 1) * 2);
      }),
    );
  }
  for (const room of rooms) expect(idsOf(await log.read(room))).toEqual(range(1, 4).map((version) => `a-${version}`));
  expect((await log.streams("room/")).length).toBe(110);
  expect(await log.check()).toEqual({ ok: true });
  await streams.close();
});
