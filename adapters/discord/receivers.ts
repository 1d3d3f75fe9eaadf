import { type SessionInfo, WebSocketManager, WebSocketShardEvents } from "@discordjs/ws";
import { GatewayIntentBits } from "discord.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { settle } from "../kit/settle.js";
import { retryDelayMs } from "../kit/sign-in-state.js";
import type { DiscordClient } from "./client.js";
import { guardedStrategy } from "./guarded-strategy.js";

/** Longest for a handshake, the first word, and what follows a sign-in, ms. */
const handshakeMs = 10_000;

/**
 * Longest that a stop waits for the end of the connection, ms. The SDK waits for the other side's goodbye, and for ever when it was ending the
 * connection already.
 */
const goodbyeMs = 5_000;

const intents = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.DirectMessages;

/** The connection over which Discord tells what happens. It comes back by itself, with growing waits. */
export interface Receivers {
  /** Opens it, if it is not open or being opened. */
  start(): void;
  stop(): Promise<void>;
  isOpen(): boolean;
  /** Why it is not open, for people. */
  problem(): string | undefined;
  /** Discord refused access to message content; the connection continues without it. */
  lacksContent(): boolean;
}

interface ReceiversOptions {
  client: DiscordClient;
  mayReadContent: () => boolean;
  clock: Clock;
  logger: Logger;
  onDispatch: (event: string, data: unknown) => void;
  /** Open again, or for the first time. */
  onOpen: () => void;
  /** Closed; later events may be missed. */
  onClosed: () => void;
}

export function createReceivers(options: ReceiversOptions): Receivers {
  const { client, clock, logger, onDispatch, onOpen } = options;
  let manager: WebSocketManager | undefined;
  let isOpen = false;
  let isStopped = false;
  let failures = 0;
  let problem: string | undefined;
  let isRefusedContent = false;
  let cancelRetry: (() => void) | undefined;

  function opened(): void {
    isOpen = true;
    failures = 0;
    problem = undefined;
    logger.info({}, "Discord: connected");
    onOpen();
  }

  function closed(code: number | undefined): void {
    failures += 1;
    if (isOpen) {
      logger.warn({ code }, "Discord: deaf, the connection is gone");
      options.onClosed();
    }
    isOpen = false;
    problem = `The connection was closed${code === undefined ? "" : ` (${code})`}.`;
  }

  /** Before each connection; the SDK itself waits half a second and no longer. */
  async function waitBeforeConnecting(): Promise<void> {
    if (failures < 2) return;
    await new Promise<void>((resolve) => clock.after(retryDelayMs(failures - 1), resolve));
  }

  function build(): WebSocketManager {
    const mayRead = !isRefusedContent && options.mayReadContent();
    const { built, disconnected } = createManager({
      client,
      intents: mayRead ? intents | GatewayIntentBits.MessageContent : intents,
      waitBeforeConnecting,
      onBroken: (error) => broken(built, error),
    });
    built.on(WebSocketShardEvents.Dispatch, ({ data }) => onDispatch(data.t, data.d));
    built.on(WebSocketShardEvents.Ready, opened);
    built.on(WebSocketShardEvents.Resumed, opened);
    built.on(WebSocketShardEvents.Closed, ({ code }) => {
      disconnected();
      closed(code);
    });
    built.on(WebSocketShardEvents.Error, ({ error }) => refused(error));
    return built;
  }

  /** Refusals that the SDK does not try again, and failures on the way, which it does. */
  function refused(error: Error): void {
    if (/disallowed intents/i.test(error.message)) {
      isRefusedContent = true;
      logger.warn({}, "Discord: messages may not be read; going on without");
      restart();
      return;
    }
    if (/authentication failed|token/i.test(error.message)) {
      restart();
      return;
    }
    logger.debug({ error: error.message }, "Discord: the connection had trouble");
  }

  function broken(which: WebSocketManager, error: unknown): void {
    if (manager !== which) return;
    logger.warn({ error: String(error) }, "Discord: the connection failed in its client; another one is opened");
    if (isOpen) options.onClosed();
    problem = "The connection failed.";
    restart();
  }

  function restart(): void {
    const old = manager;
    manager = undefined;
    isOpen = false;
    void Promise.resolve(old?.destroy()).catch(() => undefined);
    if (isStopped) return;
    failures += 1;
    cancelRetry?.();
    cancelRetry = clock.after(retryDelayMs(failures), open);
  }

  function open(): void {
    if (manager !== undefined || isStopped) return;
    const built = build();
    manager = built;
    built.connect().catch((error: unknown) => {
      problem = "The connection could not be opened.";
      logger.debug({ error: String(error) }, "Discord: no connection");
      if (manager === built) restart();
    });
  }

  return {
    start: open,
    async stop() {
      isStopped = true;
      cancelRetry?.();
      const old = manager;
      manager = undefined;
      isOpen = false;
      await settle(clock, Promise.resolve(old?.destroy()), goodbyeMs);
    },
    isOpen: () => isOpen,
    problem: () => problem,
    lacksContent: () => isRefusedContent,
  };
}

interface ManagerOptions {
  client: DiscordClient;
  intents: number;
  waitBeforeConnecting: () => Promise<void>;
  onBroken: (error: unknown) => void;
}

/** The SDK's manager of one connection. `disconnected`: call it when that is closed, so that the next one waits for its turn. */
function createManager({ client, intents: wanted, waitBeforeConnecting, onBroken }: ManagerOptions): {
  built: WebSocketManager;
  disconnected: () => void;
} {
  let session: SessionInfo | null = null;
  let isConnecting = true;
  const built = new WebSocketManager({
    token: client.token,
    rest: client.rest(),
    intents: wanted,
    shardCount: 1,
    handshakeTimeout: handshakeMs,
    helloTimeout: handshakeMs,
    readyTimeout: handshakeMs,
    buildStrategy: (own) => guardedStrategy(own, onBroken),
    async retrieveSessionInfo() {
      if (isConnecting) {
        isConnecting = false;
        await waitBeforeConnecting();
      }
      return session;
    },
    updateSessionInfo(_, next) {
      session = next;
    },
  });
  return {
    built,
    disconnected: () => {
      isConnecting = true;
    },
  };
}
