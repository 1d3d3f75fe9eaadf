import { afterEach, describe, expect, test, vi } from "vitest";
import type { GatewayCaller, ModelGateway } from "../../src/ports/model-gateway.js";
import { deferred } from "../support/deferred.js";
import { callerIn, createFakeRoom, agentToken as token } from "./model-gateway-room.js";

/** What the model does with a call: says `hello`, speaks for minutes, breaks off in the middle, or falls silent in the middle. */
export type ModelBehaviour = "whole" | "endless" | "broken" | "silent";

/** One call, as an agent makes it. Default: a good one that is answered as a whole. */
export interface ModelRequest {
  token?: string;
  behaviour?: ModelBehaviour;
  /** Default: `allowedModel` of the gateway under test. */
  model?: string;
  method?: string;
  path?: string;
  /** Sent in the place of the body. */
  raw?: string;
  signal?: AbortSignal;
}

/** A gateway in front of a model of its own. */
export interface GatewayUnderTest {
  gateway: ModelGateway;
  /** A model that calls name, and another one. */
  models: { allowed: string; other: string };
  request(call: ModelRequest & { token: string }): Request;
  /** How many calls have reached the model. */
  reached(): number;
  stop(): Promise<void>;
}

/** How a gateway is opened for the suite. */
export interface ModelGatewayContract {
  name: string;
  open(options: { maxCallsPerAgent: number; idleTimeoutMs: number }): Promise<GatewayUnderTest>;
}

/** Long enough for a busy machine; nothing waits for it unless it must not come. */
const waiting = { timeout: 30_000, interval: 10 };
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** What `ModelGateway` promises. */
export function describeModelGateway({ name, open }: ModelGatewayContract): void {
  describe(`model gateway: ${name}`, () => {
    const opened: GatewayUnderTest[] = [];
    afterEach(async () => {
      for (const { stop } of opened.splice(0)) await stop();
    });

    async function setUp({ maxCallsPerAgent = 8, idleTimeoutMs = 60_000 } = {}) {
      const gateway = await open({ maxCallsPerAgent, idleTimeoutMs });
      opened.push(gateway);
      const room = createFakeRoom([gateway.models.allowed]);
      const caller = callerIn(room, "mia");
      const call = (more: ModelRequest = {}, by: GatewayCaller = caller) =>
        gateway.gateway.handle(gateway.request({ token, ...more }), by);
      /** Status of the answer, or `threw`: either way the call has ended. */
      const outcome = (more: ModelRequest = {}, by: GatewayCaller = caller) =>
        call(more, by).then(
          async (response) => {
            await response.text();
            return response.status;
          },
          () => "threw" as const,
        );
      return { ...gateway, room, caller, call, outcome };
    }
    type Opened = Awaited<ReturnType<typeof setUp>>;

    /** The same agent's good call is answered and paid: what was refused before was refused for its own sake. */
    async function expectAnswered({ outcome, reached, room }: Opened): Promise<void> {
      const before = { reached: reached(), settled: room.settled.length };
      expect(await outcome()).toBe(200);
      await vi.waitFor(() => expect(room.settled).toHaveLength(before.settled + 1), waiting);
      expect(reached()).toBe(before.reached + 1);
    }

    describe("a call that may be sent", () => {
      test("is answered, reserved and settled once for what it used", async () => {
        const { call, room, reached, models } = await setUp();
        const response = await call();
        expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("hello")]);
        expect(reached()).toBe(1);
        expect(room.reserved).toMatchObject([{ model: models.allowed }]);
        expect(room.settled).toMatchObject([{ model: models.allowed, outputTokens: expect.any(Number) }]);
        expect(room.settled[0]?.outputTokens).toBeGreaterThan(0);
        expect(room.blocked).toEqual([]);
      });

      test("is sent after its reservation and not before", async () => {
        const { outcome, room, reached } = await setUp();
        const [asked, given] = [deferred(), deferred()];
        room.beforeReserve = async () => {
          asked.resolve();
          await given.promise;
          return undefined;
        };
        const answered = outcome();
        await asked.promise;
        await turns();
        expect(reached()).toBe(0);
        given.resolve();
        expect(await answered).toBe(200);
        expect(reached()).toBe(1);
      });

      test("does not end before the budgets count it", async () => {
        const { outcome, room } = await setUp();
        const counted = deferred();
        room.beforeSettled = () => counted.promise;
        let hasEnded = false;
        const answered = outcome().finally(() => {
          hasEnded = true;
        });
        await vi.waitFor(() => expect(room.settled).toHaveLength(1), waiting);
        await turns();
        expect(hasEnded).toBe(false);
        counted.resolve();
        expect(await answered).toBe(200);
      });

      test("leaves the gateway in good health", async () => {
        const opened = await setUp();
        await expectAnswered(opened);
        expect(await opened.gateway.check()).toEqual({ ok: true });
      });
    });

    describe("a call that is refused", () => {
      test.each<[string, ModelRequest, number]>([
        ["another agent's token", { token: "agt-bob-token" }, 403],
        ["no token", { token: "" }, 403],
        ["the beginning of the token", { token: token.slice(0, -1) }, 403],
        ["another route", { path: "/v1/files" }, 403],
        ["another method", { method: "GET" }, 403],
        ["a body that is not a call", { raw: "nonsense" }, 400],
      ])("reaches no model and reserves nothing: %s", async (_, more, status) => {
        const opened = await setUp();
        expect(await opened.outcome(more)).toBe(status);
        expect([opened.reached(), opened.room.reserved, opened.room.settled]).toEqual([0, [], []]);
        await expectAnswered(opened);
      });

      test("has a token that was revoked, also where the call has none", async () => {
        const opened = await setUp();
        await expectAnswered(opened);
        opened.caller.token = "";
        expect(await opened.outcome()).toBe(403);
        expect(await opened.outcome({ token: "" })).toBe(403);
        expect(opened.reached()).toBe(1);
      });

      test("is over budget, for as long as it is", async () => {
        const opened = await setUp();
        for (const _ of [1, 2]) {
          opened.room.isAllowed = async () => false;
          expect(await opened.outcome()).toBe(402);
          opened.room.isAllowed = async () => true;
          await expectAnswered(opened);
        }
        opened.room.beforeReserve = async () => "spent";
        expect(await opened.outcome()).toBe(402);
        expect(opened.reached()).toBe(2);
      });

      test("waited for too long for the rest of a budget, and may be tried again", async () => {
        const opened = await setUp({ maxCallsPerAgent: 1 });
        opened.room.beforeReserve = async () => "timeout";
        expect(await opened.outcome()).toBe(504);
        expect([opened.reached(), opened.room.settled]).toEqual([0, []]);
        opened.room.beforeReserve = async () => undefined;
        await expectAnswered(opened);
      });

      const unreadable = () => Promise.reject(new Error("the room cannot be read"));
      test.each(["isAllowed", "allowedContent", "beforeReserve"] as const)(
        "comes from a room that cannot be read: %s",
        async (question) => {
          const opened = await setUp({ maxCallsPerAgent: 1 });
          const before = opened.room[question];
          Object.assign(opened.room, { [question]: unreadable });
          expect(await opened.outcome()).not.toBe(200);
          expect([opened.reached(), opened.room.settled]).toEqual([0, []]);
          Object.assign(opened.room, { [question]: before });
          await expectAnswered(opened);
        },
      );

      test("names a model that is not on the list once in the room, and reads the list for each call", async () => {
        const opened = await setUp();
        const { outcome, room, reached, models } = opened;
        expect(await outcome({ model: models.other })).toBe(403);
        expect(room.blocked).toEqual([{ outcome: "refused", what: "model", name: models.other }]);
        expect([reached(), room.reserved]).toEqual([0, []]);
        await expectAnswered(opened);
        room.allowedContent = async () => ({ models: [models.other], providerAccess: [] });
        expect(await outcome({ model: models.other })).toBe(200);
        expect(room.blocked).toHaveLength(1);
      });
    });

    describe("one call at a time", () => {
      /** An agent's only slot is taken by an answer that goes on; `end` ends it. */
      async function withTakenSlot() {
        const opened = await setUp({ maxCallsPerAgent: 1 });
        const reader = (await opened.call({ behaviour: "endless" })).body?.getReader();
        await reader?.read();
        return { ...opened, end: async () => reader?.cancel() };
      }

      test("lets the next one wait, and asks again whether it may be sent once it has its slot", async () => {
        const opened = await withTakenSlot();
        const [first, second] = [opened.outcome(), opened.outcome()];
        await turns();
        expect([opened.reached(), opened.room.reserved.length]).toEqual([1, 1]);
        opened.room.isAllowed = async () => false;
        await opened.end();
        expect(await Promise.all([first, second])).toEqual([402, 402]);
        expect([opened.reached(), opened.room.reserved.length]).toEqual([1, 1]);
        opened.room.isAllowed = async () => true;
        await expectAnswered(opened);
      });

      test("holds up no other agent", async () => {
        const opened = await withTakenSlot();
        expect(await opened.outcome({}, callerIn(opened.room, "bob"))).toBe(200);
        await opened.end();
        await expectAnswered(opened);
      });

      test("forgets a call that stopped waiting", async () => {
        const opened = await withTakenSlot();
        const leaving = new AbortController();
        const left = opened.outcome({ signal: leaving.signal });
        await turns();
        leaving.abort();
        expect(await left).not.toBe(200);
        await opened.end();
        await expectAnswered(opened);
        expect(opened.reached()).toBe(2);
      });
    });

    describe("an answer that ends early", () => {
      test.each<[string, (reading: { leave: AbortController; body: ReadableStreamDefaultReader }) => unknown]>([
        ["its caller broke the request off", ({ leave }) => leave.abort()],
        ["its caller closed the answer", ({ body }) => body.cancel()],
      ])("is settled once with what it used, and its slot is free: %s", async (_, end) => {
        const opened = await setUp({ maxCallsPerAgent: 1 });
        const leave = new AbortController();
        const body = (await opened.call({ behaviour: "endless", signal: leave.signal })).body?.getReader();
        if (!body) throw new Error("no body");
        await body.read();
        expect(opened.room.settled).toEqual([]);
        await end({ leave, body });
        await Promise.race([body.closed, body.read()]).catch(() => undefined);
        await vi.waitFor(() => expect(opened.room.settled).toHaveLength(1), waiting);
        expect(opened.room.settled[0]?.outputTokens).toBeGreaterThan(0);
        await expectAnswered(opened);
      });

      test("was left while it waited for its reservation: it is not sent", async () => {
        const opened = await setUp({ maxCallsPerAgent: 1 });
        const [leave, asked] = [new AbortController(), deferred()];
        opened.room.beforeReserve = () => {
          asked.resolve();
          return new Promise(() => undefined);
        };
        const left = opened.outcome({ signal: leave.signal });
        await asked.promise;
        leave.abort();
        expect(await left).not.toBe(200);
        expect([opened.reached(), opened.room.settled]).toEqual([0, []]);
        opened.room.beforeReserve = async () => undefined;
        await expectAnswered(opened);
      });

      test.each<[string, ModelBehaviour]>([
        ["the model broke off", "broken"],
        ["the model stood still for longer than the idle time-out", "silent"],
      ])("is cut for its reader and settled with what it used: %s", async (_, behaviour) => {
        const opened = await setUp({ maxCallsPerAgent: 1, idleTimeoutMs: 300 });
        const response = await opened.call({ behaviour });
        expect(response.status).toBe(200);
        await expect(response.text()).rejects.toThrow();
        await vi.waitFor(() => expect(opened.room.settled).toHaveLength(1), waiting);
        expect(opened.room.settled[0]?.outputTokens).toBeGreaterThan(0);
      });
    });
  });
}
