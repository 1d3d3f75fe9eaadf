import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createRandomIds } from "../../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemoryReservations } from "../../../adapters/memory/reservations.js";
import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import type { Policy } from "../../../src/core/room/policy.js";
import type { InstallationLimits } from "../../../src/core/values/installation-spending.js";
import { createSpendingLedger } from "../../../src/runtime/rooms/spending-ledger.js";
import { agentSocketName, createAgentSockets } from "../../../src/runtime/sandbox/agent-sockets.js";
import { createCallContent } from "../../../src/runtime/sandbox/call-content.js";
import { createCallRate } from "../../../src/runtime/sandbox/call-rate.js";
import { createModelAccess } from "../../../src/runtime/sandbox/model-access.js";
import { createSpending } from "../../../src/runtime/sandbox/spending.js";
import { deferred } from "../../support/deferred.js";
import { callPipelined } from "../../support/pipelined.js";
import { createRouterFixture, fixtureRoomId } from "../../support/runtime-fixture.js";
import { sha256 } from "../../support/sha256.js";
import { callSocket, textOf } from "../../support/socket-client.js";
import { realClock } from "../../support/stub-clock.js";
import { type ProviderStep, testProviders } from "./served-providers.js";

export interface AccessOptions {
  /** Default `Messages`. */
  wire?: keyof typeof testProviders | undefined;
  policy: Policy;
  /** The model answers once this many calls have come to the gateway: all of them are in line before the first costs anything. Default 0: at once. */
  arrivals?: number;
  /** The model's answer to each call. */
  step?: ProviderStep;
  maxTokens?: number;
  maxWaitMs?: number;
  maxPerMinute?: number;
  spendingLimits?: InstallationLimits;
}

/** Agents of a real room behind their sockets, the real gateway, and an upstream that bills every call alike. */
export function createServedAccess() {
  const stops: (() => Promise<unknown>)[] = [];
  return {
    async serve(options: AccessOptions) {
      const served = await serveAccess(options);
      stops.push(served.stop);
      return served;
    },
    async stop() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}

export type ServedAccess = Awaited<ReturnType<typeof serveAccess>>;

const mia = { kind: "person", name: "mia" } as const;

async function serveAccess(options: AccessOptions) {
  const { policy, arrivals = 0, step = {}, maxTokens = 40_000, maxWaitMs } = options;
  const { maxPerMinute = 10_000, spendingLimits = { installation: {}, person: {} } } = options;
  let arrived = 0;
  const answers = deferred();
  if (arrivals === 0) answers.resolve();
  const provider = testProviders[options.wire ?? "Messages"];
  const upstream = await provider.open(async () => {
    await answers.promise;
    return { usage: { input_tokens: 1_000, output_tokens: 40_000 }, ...step };
  });
  const dir = await mkdtemp(join(tmpdir(), "parley-access-"));
  const router = await createRouterFixture({ agents: { coder: () => {}, tester: () => {} }, room: { policy } });
  for (const name of ["coder", "tester"])
    await router.execute({ type: "agent.configure", by: mia, name, model: provider.model });
  const { rooms } = router.runtime;
  const logger = createMemoryLogger();
  const { gateway } = upstream;
  let ids = 0;
  const ledger = createSpendingLedger({
    eventLog: createMemoryEventLog(),
    snapshots: createMemorySnapshots(),
    clock: realClock,
    ids: createRandomIds(),
    isShared: false,
  });
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
    rate: createCallRate({
      limits: createMemoryLimits({ clock: realClock }),
      rooms,
      maxPerMinute,
      clock: realClock,
      logger,
    }),
    spending: createSpending({
      rooms,
      ledger,
      limits: spendingLimits,
      reservations: createMemoryReservations(),
      newId: () => {
        ids += 1;
        return `call-${ids}`;
      },
      isShared: false,
      ...(maxWaitMs !== undefined && { maxWaitMs }),
      clock: realClock,
      logger,
    }),
    content: createCallContent({ rooms, modelOfRole: () => undefined, defaultModel: "sonnet", logger }),
    secret: "a secret of this test",
    sha256,
  });
  const body = (more: object = {}) => provider.body(maxTokens, more);
  const doorOf = async (name: string) => {
    const agent = { roomId: fixtureRoomId, name };
    const socketPath = join(await access.socketDirOf(agent), agentSocketName);
    return { socketPath, path: provider.path, headers: provider.headers(access.tokenOf(agent)) };
  };
  const doors = { coder: await doorOf("coder"), tester: await doorOf("tester") };
  return {
    router,
    upstream,
    ledger,
    sent: upstream.sent,
    spentUsd: () => router.look((room) => room.usage.usd),
    notices: async () => (await router.eventsOf("notice.posted")).map(({ text }) => text),
    /** The status of one call, once its answer was read as a whole. */
    async call(by: keyof typeof doors = "coder", more: object = {}, signal?: AbortSignal) {
      const response = await callSocket({ ...doors[by], body: body(more), ...(signal && { signal }) });
      await textOf(response);
      return response.statusCode ?? 0;
    },
    /** The answer to a call that is refused. */
    async refusalOf(by: keyof typeof doors) {
      const response = await callSocket({ ...doors[by], body: body() });
      const { error } = JSON.parse(await textOf(response)) as { error: { type: string; message: string } };
      return { status: response.statusCode, retryAfterS: Number(response.headers["retry-after"]), error };
    },
    /** Hangs up once the model has the call. */
    async callAndLeave() {
      const leave = new AbortController();
      const before = upstream.sent();
      const called = callSocket({ ...doors.coder, body: body({ stream: false }), signal: leave.signal }).then(
        ({ statusCode = 0 }) => statusCode,
        () => 0,
      );
      const sent = vi.waitUntil(() => upstream.sent() > before, { timeout: 30_000 }).then(() => leave.abort());
      return Promise.race([called, sent.then(() => called)]);
    },
    pipelined: (count: number) => callPipelined({ ...doors.coder, count, body: body() }),
    async stop() {
      await access.stop();
      await upstream.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
