import { createDiscordChat } from "../../../adapters/discord/chat.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Chat, ChatTarget } from "../../../src/ports/chat.js";
import { ChatError } from "../../../src/ports/chat-error.js";
import type { ChatDoor } from "../../../src/ports/chat-inbound.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { Fault, FaultPlan } from "../../contract/chat-driver.js";
import type { DiscordEmulator } from "../../emulators/discord/emulator.js";
import type { Delivered } from "./driver-people.js";

export interface OneLifeOptions {
  discord: DiscordEmulator;
  clock: Clock;
  /** How much faster than the wall's the clock is. */
  speed: number;
  supports: Chat["supports"];
  delivered: Delivered[];
  plan: () => FaultPlan | undefined;
}

/** Discord's adapter as one process has it; after `cut` nothing comes out of it and nothing gets in. */
export function createOneLife(options: OneLifeOptions) {
  const { discord, clock, speed, supports, delivered, plan } = options;
  const { env } = discord;
  const logger = createMemoryLogger({ maxRecords: 500 });
  let isCut = false;
  let isConnected = false;
  let opened: ChatDoor | undefined;
  let end = async (): Promise<void> => undefined;
  const chat = createDiscordChat({
    botToken: env.DISCORD_BOT_TOKEN,
    guildId: env.DISCORD_GUILD_ID,
    apiUrl: env.DISCORD_API_URL,
    clock,
    logger,
  });

  /** Arms the plan's fault for this call; calls of a dead process neither start nor end. */
  async function call<T>(
    method: keyof typeof routes,
    target: ChatTarget | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    if (isCut) return never();
    const channel = target === undefined || target.kind === "person" ? undefined : target.channel;
    const fault = plan()?.({ method, channel });
    const disarm = fault === undefined ? [] : arm(discord, { fault, method, target, speed });
    try {
      const result = await run();
      return isCut ? await never() : result;
    } catch (error) {
      if (isCut) return never();
      throw inVirtualTime(error, speed);
    } finally {
      for (const one of disarm) one();
    }
  }

  const door = (to: ChatDoor): ChatDoor => ({
    ...to,
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
      end = stop;
      return { mounts, stop };
    },
    post: (target, post, key) => call("post", target, () => chat.post(target, post, key)),
    edit: (target, ids, post) => call("edit", target, () => chat.edit(target, ids, post)),
    find: (target, sent) => call("find", target, () => chat.find(target, sent)),
    history: (target, sinceMs) => call("history", target, () => chat.history(target, sinceMs)),
  };
  return {
    chat: wrapped,
    logger,
    door: () => opened,
    isConnected: () => isConnected,
    cut: async () => {
      isCut = true;
      discord.gateway.drop();
      discord.gateway.forget();
      await end();
    },
  };
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** Discord and its SDK count by the wall, Parley by the fast clock. */
function inVirtualTime(error: unknown, speed: number): unknown {
  if (!(error instanceof ChatError) || error.retryAfterMs === undefined) return error;
  const { code, scope, message, cause, retryAfterMs } = error;
  return new ChatError(message, { code, scope, cause, retryAfterMs: retryAfterMs * speed });
}

const routes = {
  post: ["POST message", "POST webhook"],
  edit: ["PATCH message", "PATCH webhook", "DELETE message"],
  find: ["GET messages"],
  history: ["GET messages"],
} as const;

interface Arming {
  fault: Fault;
  method: keyof typeof routes;
  target: ChatTarget | undefined;
  speed: number;
}

/** Of a post or an edit, on whichever route it goes; disarmed with the call. */
function arm({ faults }: DiscordEmulator, { fault, method, target, speed }: Arming): (() => void)[] {
  const place = target?.kind === "thread" ? target.thread : target?.kind === "channel" ? target.channel : undefined;
  return routes[method].map((route) => {
    const where = { target: "rest", route, ...(place === undefined ? {} : { match: place }) } as const;
    if (fault.kind === "limited")
      return faults.add({ ...where, mode: "rate_limit", retryAfterMs: fault.retryAfterMs / speed });
    if (fault.kind === "unavailable") return faults.add({ ...where, mode: "http_error" });
    const phase = fault.hasEffect ? "after" : "before";
    if (fault.afterMs === undefined || fault.afterMs === 0) return faults.add({ ...where, mode: "drop", phase });
    return faults.add({ ...where, mode: "hang", phase, delayMs: fault.afterMs / speed });
  });
}
