import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { type AnthropicGatewayOptions, createAnthropicGateway } from "../../../adapters/anthropic/gateway.js";
import { createEgress } from "../../../adapters/egress/egress.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { CallUsage } from "../../../src/ports/call-reservation.js";
import type { Clock } from "../../../src/ports/clock.js";
import type { AllowedContent, BlockedContent, GatewayCaller, ModelGateway } from "../../../src/ports/model-gateway.js";
import { agentSocketName, createAgentSockets } from "../../../src/runtime/sandbox/agent-sockets.js";
import { ask } from "../../emulators/anthropic/client.js";
import {
  type AnthropicEmulator,
  type EmulatorOptions,
  startAnthropicEmulator,
} from "../../emulators/anthropic/server.js";
import { callSocket, type SocketCall } from "../../support/socket-client.js";
import { realClock } from "../../support/stub-clock.js";

/** Never may it be seen anywhere but at the emulator. */
export const canaryKey = "sk-ant-canary-7f3a9c51e2";
export const canaryOauthToken = "sk-ant-oat01-canary-88d1b7aa";
export const agentToken = "agt-mia-token";

export interface ServedGateway {
  emulator: AnthropicEmulator;
  gateway: ModelGateway;
  caller: GatewayCaller & { token: string };
  /** Usage of settled reservations, in order. */
  used: CallUsage[];
  /** Estimates of calls under way, in order. */
  reserved: CallUsage[];
  /** Requests that the gateway refused, in order. */
  blocked: BlockedContent[];
  /** Everything that was logged, as text. */
  logged(): string;
  setBudget(open: boolean): void;
  /** The folder that the agent's sandbox mounts. */
  socketDir: string;
  /** Another agent of the room, with a socket and a token of its own. */
  open(agent: string, token: string): Promise<{ socketDir: string }>;
  /** Over the agent's socket. Default: the agent's token and a good request. */
  call(more?: Partial<SocketCall>): ReturnType<typeof callSocket>;
  stop(): Promise<void>;
}

export interface ServeOptions {
  emulator?: EmulatorOptions;
  gateway?: Partial<AnthropicGatewayOptions>;
  oauth?: boolean;
  clock?: Clock;
  /** Default: every model the tests name, and nothing on the provider's servers. */
  allowed?: AllowedContent;
}

export const agentHeaders = {
  "x-api-key": agentToken,
  "anthropic-version": "2023-06-01",
  "content-type": "application/json",
};

export const bodyOf = (prompt: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify(ask(prompt, { stream: true, ...more }));

/** A gateway in front of the emulated API, behind a real socket. */
export async function serveGateway({
  emulator: settings,
  gateway: more,
  oauth,
  clock = realClock,
  allowed = { models: ["opus", "sonnet", "haiku", "fable"], providerAccess: [] },
}: ServeOptions = {}): Promise<ServedGateway> {
  const emulator = await startAnthropicEmulator({
    apiKeys: [canaryKey],
    bearerTokens: [canaryOauthToken],
    ...settings,
  });
  const logger = createMemoryLogger();
  const gateway = createAnthropicGateway({
    ...(oauth ? { oauthToken: canaryOauthToken } : { apiKey: canaryKey }),
    baseUrl: emulator.url,
    priceTable: builtInPrices,
    clock,
    logger,
    ...more,
  } as AnthropicGatewayOptions);
  const dir = await mkdtemp(join(tmpdir(), "parley-gateway-"));
  const sockets = createAgentSockets({ dir: join(dir, "s"), logger });
  const [used, reserved, blocked]: [CallUsage[], CallUsage[], BlockedContent[]] = [[], [], []];
  let maySpend = true;
  const caller = {
    roomId: "r1",
    agent: "mia",
    token: agentToken,
    refusal: async () => (maySpend ? undefined : "spent"),
    countCall: async () => undefined,
    reserve: async (estimate: CallUsage) => {
      if (!maySpend) return "spent" as const;
      reserved.push(estimate);
      return {
        settle: async (usage: CallUsage | undefined) => {
          if (reserved.includes(estimate)) reserved.splice(reserved.indexOf(estimate), 1);
          else throw new Error("a reservation was settled twice");
          if (usage) used.push(usage);
        },
      };
    },
    allowedContent: async () => allowed,
    onBlocked: (one: BlockedContent) => void blocked.push(one),
  };
  // Of a room that allows no host.
  const egress = createEgress({ clock, logger });
  const door = (agent: string) => egress.open({ roomId: "r1", agent, list: async () => [], onUnlisted: () => {} });
  const { socketDir } = await sockets.open("r1-mia", (request) => gateway.handle(request, caller), door("mia"));
  const open: ServedGateway["open"] = (agent, token) =>
    sockets.open(`r1-${agent}`, (request) => gateway.handle(request, { ...caller, agent, token }), door(agent));
  return {
    socketDir,
    open,
    emulator,
    gateway,
    caller,
    used,
    reserved,
    blocked,
    logged: () => JSON.stringify(logger.records),
    setBudget: (open) => {
      maySpend = open;
    },
    call: (call = {}) =>
      callSocket({
        socketPath: join(socketDir, agentSocketName),
        headers: agentHeaders,
        ...(call.method === undefined || call.method === "POST" ? { body: bodyOf('@@[{"text":"hello"}]') } : {}),
        ...call,
      }),
    async stop() {
      await sockets.stop();
      await emulator.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Gateways that are stopped together; each then has to have kept its credentials to itself. */
export function createServedGateways() {
  const served: ServedGateway[] = [];
  return {
    serve: async (options: ServeOptions = {}): Promise<ServedGateway> => {
      const gateway = await serveGateway(options);
      served.push(gateway);
      return gateway;
    },
    stop: async (): Promise<void> => {
      for (const { logged, gateway, stop } of served.splice(0)) {
        const shown = logged() + JSON.stringify(await gateway.check());
        await stop();
        for (const secret of [canaryKey, canaryOauthToken, agentToken]) {
          if (shown.includes(secret)) throw new Error(`${secret} was logged or shown: ${shown}`);
        }
      }
    },
  };
}
