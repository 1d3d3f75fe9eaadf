import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { createAnthropicGateway } from "../../../adapters/anthropic/gateway.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { agentSocketName, createAgentSockets } from "../../../src/runtime/sandbox/agent-sockets.js";
import { createModelAccess } from "../../../src/runtime/sandbox/model-access.js";
import { ask } from "../../emulators/anthropic/client.js";
import { DEFAULT_API_KEY, startAnthropicEmulator } from "../../emulators/anthropic/server.js";
import { deferred } from "../../support/deferred.js";
import { callPipelined } from "../../support/pipelined.js";
import { createRouterFixture, fixtureRoomId } from "../../support/runtime-fixture.js";
import { sha256 } from "../../support/sha256.js";
import { callSocket, textOf } from "../../support/socket-client.js";
import { realClock } from "../../support/stub-clock.js";

/** Calls of one agent that may be under way at once: so many may have been sent when the first of them spends the budget. */
const slots = 8;
/** A thousand tokens in and 40,000 out: $1.005 by the built-in prices. */
const callUsd = 1.005;
const body = JSON.stringify(ask("work", { model: "claude-opus-4-5", max_tokens: 40_000, stream: true }));

const mia = { kind: "person", name: "mia" } as const;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** One agent of a real room behind its socket, the real gateway, and an upstream that bills every call alike. */
async function serve({ budgetUsd, arrivals = 0 }: { budgetUsd: number; arrivals?: number }) {
  const usage = { input_tokens: 1_000, output_tokens: 40_000 };
  let arrived = 0;
  /** The model answers once so many calls have come to the gateway: all of them are in line before the first costs anything. */
  const answers = deferred();
  if (arrivals === 0) answers.resolve();
  const upstream = await startAnthropicEmulator({
    script: async () => {
      await answers.promise;
      return { text: "done", usage };
    },
  });
  const dir = await mkdtemp(join(tmpdir(), "parley-access-"));
  const router = await createRouterFixture({
    agents: { coder: () => {} },
    room: { policy: { budget: { usd: budgetUsd } } },
  });
  const logger = createMemoryLogger();
  const credential = { apiKey: DEFAULT_API_KEY, baseUrl: upstream.url, priceTable: builtInPrices };
  const gateway = createAnthropicGateway({ ...credential, clock: realClock, logger });
  const access = createModelAccess({
    gateway: {
      ...gateway,
      handle(request, caller) {
        arrived += 1;
        if (arrived === arrivals) answers.resolve();
        return gateway.handle(request, caller);
      },
    },
    sockets: createAgentSockets({ dir: join(dir, "s"), logger }),
    rooms: router.runtime.rooms,
    secret: "a secret of this test",
    sha256,
    logger,
  });
  stops.push(
    () => upstream.stop(),
    () => rm(dir, { recursive: true, force: true }),
    () => access.stop(),
  );
  const agent = { roomId: fixtureRoomId, name: "coder" };
  const socketPath = join(await access.socketDirOf(agent), agentSocketName);
  const headers = {
    "x-api-key": access.tokenOf(agent),
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
  };
  return {
    router,
    sent: () => upstream.requests.messages().length,
    spentUsd: () => router.look((room) => room.usage.usd),
    call: async () => {
      const response = await callSocket({ socketPath, headers, body });
      await textOf(response);
      return response.statusCode ?? 0;
    },
    pipelined: (count: number) => callPipelined({ socketPath, count, headers, body }),
  };
}

type Served = Awaited<ReturnType<typeof serve>>;
const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

/** `most`: calls that can have been sent before the first answer is billed. One connection has one call under way. */
const ways: {
  way: string;
  calls: number;
  connections: number;
  most: number;
  run: (served: Served) => Promise<number[]>;
}[] = [
  { way: "60 connections at once", calls: 60, connections: 60, most: slots, run: ({ call }) => times(60, call) },
  {
    way: "100 calls sent ahead on one connection",
    calls: 100,
    connections: 1,
    most: 1,
    run: ({ pipelined }) => pipelined(100),
  },
  {
    way: "20 connections with 20 calls sent ahead on each",
    calls: 400,
    connections: 20,
    most: slots,
    run: async ({ pipelined }) => (await times(20, () => pipelined(20))).flat(),
  },
];

describe("an agent whose budget is spent by one call", () => {
  test.each(ways)("sends no further call to the model: $way", async ({ calls, connections, most, run }) => {
    const served = await serve({ budgetUsd: 1, arrivals: connections });
    const statuses = await run(served);
    expect(statuses).toHaveLength(calls);
    expect(new Set(statuses)).toEqual(new Set([200, 402]));
    expect(served.sent()).toBe(statuses.filter((status) => status === 200).length);
    expect(served.sent()).toBeLessThanOrEqual(most);
    expect(await served.spentUsd()).toBeCloseTo(served.sent() * callUsd, 6);
  });

  test.each(ways)("is not held up while the budget lasts: $way", async ({ calls, connections, run }) => {
    const served = await serve({ budgetUsd: 1_000, arrivals: connections });
    expect(new Set(await run(served))).toEqual(new Set([200]));
    expect(served.sent()).toBe(calls);
    await served.router.settle();
    expect(await served.spentUsd()).toBeCloseTo(calls * callUsd, 6);
  });
});

test("a budget that is raised counts for the next call", async () => {
  const served = await serve({ budgetUsd: 1 });
  expect(await served.call()).toBe(200);
  expect(await served.call()).toBe(402);
  await served.router.execute({ type: "room.configure", by: mia, policy: { budget: { usd: 100 } } });
  expect(await served.call()).toBe(200);
});

test("calls that wait are refused when their agent has left the room", async () => {
  const served = await serve({ budgetUsd: 1_000, arrivals: 21 });
  const waiting = times(20, served.call);
  await expect.poll(served.sent).toBe(slots);
  await served.router.execute({ type: "agent.remove", by: mia, name: "coder" });
  expect(await served.call()).toBe(402);
  expect((await waiting).filter((status) => status === 200)).toHaveLength(slots);
  expect(served.sent()).toBe(slots);
});
