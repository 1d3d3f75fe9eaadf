import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSlackChat } from "../../../adapters/slack/chat.js";
import type { Chat, ChatTarget } from "../../../src/ports/chat.js";
import type { ChatDoor } from "../../../src/ports/chat-inbound.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { HttpMount } from "../../../src/ports/http-mount.js";
import type { Fault, FaultPlan } from "../../contract/chat-driver.js";
import type { SlackEmulator } from "../../emulators/slack/emulator.js";
import type { Delivered } from "./driver-people.js";
import type { Mode } from "./harness.js";

export interface OneLifeOptions {
  slack: SlackEmulator;
  mode: Mode;
  clock: Clock;
  /** How much faster than the wall's the clock is. */
  speed: number;
  supports: Chat["supports"];
  delivered: Delivered[];
  plan: () => FaultPlan | undefined;
}

/** Slack's adapter as one process has it; after `cut` nothing comes out of it and nothing gets in. */
export function createOneLife(options: OneLifeOptions) {
  const { slack, mode, clock, speed, supports, delivered, plan } = options;
  const { env } = slack;
  let isCut = false;
  let isConnected = false;
  let opened: ChatDoor | undefined;
  let end = async (): Promise<void> => undefined;
  const chat = createSlackChat({
    botToken: env.SLACK_BOT_TOKEN,
    ...(mode === "socket" ? { appToken: env.SLACK_APP_TOKEN } : { signingSecret: env.SLACK_SIGNING_SECRET }),
    apiUrl: env.SLACK_API_URL,
    clock,
    logger: createMemoryLogger({ maxRecords: 500 }),
  });

  /** Arms the plan's fault for this call; calls of a dead process neither start nor end. */
  async function call<T>(
    method: keyof typeof methods,
    target: ChatTarget | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    if (isCut) return never();
    const channel = target === undefined || target.kind === "person" ? undefined : target.channel;
    const fault = plan()?.({ method, channel });
    const disarm = fault === undefined ? () => undefined : arm(slack, { fault, method, channel, speed });
    try {
      const result = await run();
      return isCut ? await never() : result;
    } catch (error) {
      if (isCut) return never();
      throw error;
    } finally {
      disarm();
    }
  }

  const door = (to: ChatDoor): ChatDoor => ({
    async deliver(inbound) {
      if (isCut) return never();
      const one: Delivered = { inbound };
      delivered.push(one);
      one.reply = await to.deliver(inbound);
      return isCut ? never() : one.reply;
    },
    connected() {
      isConnected = true;
      if (!isCut) to.connected();
    },
    channelChanged: async (change) => (isCut ? never() : to.channelChanged?.(change)),
  });

  const wrapped: Chat = {
    ...chat,
    supports,
    async start(to) {
      opened = to;
      const { mounts, stop } = await chat.start(door(to));
      const close = await serve(slack, mounts);
      end = async () => {
        await close();
        await stop();
      };
      return { mounts, stop };
    },
    post: (target, post, key) => call("post", target, () => chat.post(target, post, key)),
    edit: (target, ids, post) => call("edit", target, () => chat.edit(target, ids, post)),
    find: (target, sent) => call("find", target, () => chat.find(target, sent)),
    history: (target, sinceMs) => call("history", target, () => chat.history(target, sinceMs)),
  };
  return {
    chat: wrapped,
    door: () => opened,
    isConnected: () => isConnected,
    cut: async () => {
      isCut = true;
      if (mode === "socket") slack.socketMode.cut();
      await end();
    },
  };
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

async function serve(slack: SlackEmulator, mounts: readonly HttpMount[]): Promise<() => Promise<void>> {
  const [mount] = mounts;
  if (mount === undefined) return async () => undefined;
  const server = createAdaptorServer({ fetch: (request: Request) => mount.handle(request) }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await slack.admin.useRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}${mount.path}`);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

const methods = {
  post: "chat.postMessage",
  edit: "chat.update",
  find: "conversations.replies",
  history: "conversations.replies",
} as const;

interface Arming {
  fault: Fault;
  method: keyof typeof methods;
  channel: string | undefined;
  speed: number;
}

function arm({ faults }: SlackEmulator, { fault, method, channel, speed }: Arming): () => void {
  const where = {
    target: "call",
    method: methods[method],
    ...(channel === undefined ? {} : { match: channel }),
  } as const;
  // Reads are repeated by the client: a failure must be longer than its patience.
  const times = method === "post" || method === "edit" ? 1 : 3;
  if (fault.kind === "limited")
    return faults.add({ ...where, mode: "rate_limit", retryAfterS: Math.ceil(fault.retryAfterMs / 1_000) });
  if (fault.kind === "unavailable") return faults.add({ ...where, times, mode: "error", error: "service_unavailable" });
  const phase = fault.hasEffect ? "after" : "before";
  if (fault.afterMs === undefined || fault.afterMs === 0) return faults.add({ ...where, times, mode: "drop", phase });
  return faults.add({ ...where, times: 1, mode: "hang", phase, delayMs: fault.afterMs / speed });
}
