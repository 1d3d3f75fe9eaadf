import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Admin, createAdmin } from "./admin.js";
import { createDelivery } from "./delivery.js";
import { tellApp } from "./events.js";
import { createEventsHttp } from "./events-http.js";
import { createFaults, type Faults } from "./faults.js";
import type { Call, Json, Violation } from "./model.js";
import { createPeople, type People } from "./people.js";
import { createRateLimits } from "./rate-limits.js";
import { type TotalReach, totalReach } from "./reach.js";
import { createRoutes } from "./routes.js";
import { seed } from "./seed.js";
import { defaultSettings, type Settings } from "./settings.js";
import { createSocketMode, type SocketMode } from "./socket-mode.js";
import { createStore } from "./store.js";
import { createMisbehave, createWebApi } from "./web-api.js";
import { createWorkspace, type Workspace } from "./workspace.js";

export interface SlackEmulatorOptions {
  /** Default 0: any free port. A restart takes the port of the first life. */
  readonly port?: number;
  /** Journal file that keeps the workspace over the emulator's death. Default none. */
  readonly statePath?: string;
  readonly settings?: Partial<Settings>;
  readonly nowMs?: () => number;
  /** How the platform fetches pictures from outside. Default: not at all. */
  readonly fetchPicture?: (url: string) => Promise<Response>;
  /** The effect of a `kill` fault. Default: everything ends at once, as after kill -9, with nothing more written. */
  readonly onKill?: () => void;
}

export interface SlackEmulator {
  readonly url: string;
  readonly port: number;
  /** The environment that points an app here. */
  readonly env: Readonly<
    Record<"SLACK_BOT_TOKEN" | "SLACK_APP_TOKEN" | "SLACK_SIGNING_SECRET" | "SLACK_API_URL", string>
  >;
  readonly people: People;
  readonly admin: Admin;
  readonly faults: Faults;
  readonly socketMode: Pick<SocketMode, "connections" | "disconnect" | "cut" | "mute">;
  readonly workspace: Workspace;
  violations(): readonly Violation[];
  /** All pings and unfurls by the app, over everything it shows now. */
  reach(): TotalReach;
  /** The calls of one Web API method, or all, of this life. */
  calls(method?: string): readonly Call[];
  /** Events that were given up after the last redelivery; only history still has them. */
  lostEvents(): readonly Json[];
  /** Sends the events that a `reorder` fault still holds. */
  release(): void;
  /** Payloads under way or waiting to be sent again. */
  pendingDeliveries(): number;
  /** Resolves with the first result that is not undefined or false; looks again at each change. Rejects at the deadline, default 5,000 ms. */
  until<T>(look: () => T | undefined | false, deadlineMs?: number): Promise<T>;
  onChange(listener: (collection: string) => void): () => void;
  stop(): Promise<void>;
  /** Like kill -9: connections break, nothing more is written, and past answers are in the state file. */
  kill(): Promise<void>;
}

/** Starts a strict Slack on a loopback port, for one workspace with one app installed. */
export async function createSlackEmulator(options: SlackEmulatorOptions = {}): Promise<SlackEmulator> {
  const settings = { ...defaultSettings, ...options.settings };
  const store = createStore(options.statePath);
  const sockets = new Set<Socket>();
  const lost: Json[] = [];
  let port = options.port ?? 0;
  const baseUrl = (): string => `http://127.0.0.1:${port}`;
  const workspace = createWorkspace({
    store,
    settings,
    nowMs: options.nowMs ?? Date.now,
    baseUrl,
    fetchPicture: options.fetchPicture,
  });
  if (workspace.people.values().length === 0) seed(workspace);
  const faults = createFaults();
  const socketMode = createSocketMode(workspace, faults);
  const http = createEventsHttp(workspace);
  const transport = () => (workspace.app().requestUrl === "" ? socketMode : http);
  const delivery = createDelivery({ workspace, faults, transport, onLost: (payload) => lost.push(payload) });
  tellApp(workspace, delivery);
  const people = createPeople(workspace, delivery);
  const admin = createAdmin(workspace);

  const end = async (): Promise<void> => {
    delivery.stop();
    socketMode.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const kill = async (): Promise<void> => {
    store.freeze();
    await end();
  };
  const misbehave = createMisbehave(options.onKill ?? (() => void kill()));
  const webApi = createWebApi({ workspace, faults, limits: createRateLimits(settings), socketMode, misbehave });
  const until = <T>(look: () => T | undefined | false, deadlineMs = 20_000): Promise<T> =>
    waitFor(store, look, deadlineMs);
  const emulator = {
    people,
    admin,
    faults,
    socketMode,
    workspace,
    violations: () => workspace.violations.values(),
    reach: () => totalReach(workspace),
    calls: (method?: string) => workspace.calls.filter((call) => method === undefined || call.method === method),
    lostEvents: () => lost,
    release: delivery.release,
    pendingDeliveries: delivery.pending,
    until,
    onChange: store.onChange,
    stop: end,
    kill,
  };
  const server = createServer(createRoutes({ emulator, webApi, misbehave }));
  server.on("upgrade", socketMode.upgrade);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  port = await listen(server, port);
  delivery.resume();
  return { ...emulator, url: baseUrl(), port, env: envOf(workspace) };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function envOf(workspace: Workspace): SlackEmulator["env"] {
  const app = workspace.app();
  return {
    SLACK_BOT_TOKEN: app.botToken,
    SLACK_APP_TOKEN: app.appToken,
    SLACK_SIGNING_SECRET: app.signingSecret,
    SLACK_API_URL: `${workspace.baseUrl()}/api/`,
  };
}

function waitFor<T>(
  store: { onChange(listener: () => void): () => void },
  look: () => T | undefined | false,
  deadlineMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      stopListening();
      clearInterval(interval);
      clearTimeout(deadline);
    };
    const check = (): void => {
      try {
        const found = look();
        if (found === undefined || found === false) return;
        finish();
        resolve(found);
      } catch (error) {
        finish();
        reject(error);
      }
    };
    const stopListening = store.onChange(() => queueMicrotask(check));
    const interval = setInterval(check, 20);
    const deadline = setTimeout(() => {
      finish();
      reject(new Error(`Nothing came within ${deadlineMs} ms: ${look.toString()}`));
    }, deadlineMs);
    check();
  });
}
