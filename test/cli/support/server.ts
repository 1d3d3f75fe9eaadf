import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnswerOf } from "../../../src/protocol/operation-types.js";
import { freePort } from "../../support/free-port.js";
import { call, eventually, exportEvents, type GateSeen, type LoggedEvent } from "../../support/parley-client.js";
import { type ParleyProcess, startParley } from "../../support/parley-process.js";
import { type Home, makeHome } from "./cli.js";
import { ensureBuilt } from "./ensure-built.js";
import { runCliHere } from "./run-here.js";

/** A real server with a home for the CLI beside it. */
export interface Site {
  home: Home;
  server(): ParleyProcess;
  /** Kills the server as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same data; on the same port where `port` says so. */
  restart(options?: { samePort?: boolean }): Promise<void>;
  end(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  await ensureBuilt();
  const home = await makeHome();
  // Without a token from outside it keeps its own in the data folder, where the CLI finds it.
  const env = { PARLEY_ADMIN_TOKEN: "" };
  let server = await startParley({ dataDir: home.dataDir, env, port: await freePort() });
  return {
    home,
    server: () => server,
    kill: async () => void (await server.kill("SIGKILL")),
    restart: async ({ samePort = false } = {}) => {
      const port = samePort ? { port: Number(new URL(server.url).port) } : {};
      server = await startParley({ dataDir: home.dataDir, env, ...port });
    },
    end: async () => {
      await server.kill("SIGTERM");
      await home.remove();
    },
  };
}

let rooms = 0;

/** Makes a room whose agents follow these scripts; resolves to its name, which no other room has. */
export async function roomWith(home: Home, agents: readonly object[], policy: object = {}): Promise<string> {
  rooms += 1;
  const name = `room-${rooms}`;
  const file = join(home.folder, `${name}-agents.json`);
  await writeFile(file, JSON.stringify(agents));
  await writeFile(join(home.folder, `${name}-policy.json`), JSON.stringify(policy));
  const made = await runCliHere(home, ["room", "new", name, "--agents", file, "--policy", `${name}-policy.json`]);
  if (made.code !== 0) throw new Error(`no room was made: ${made.out}${made.err}`);
  return name;
}

/** A room over plain HTTP, as the admin: faster than a command for reads. */
async function roomAt({ dataDir }: Home, room: string): Promise<{ url: string; roomId: string; token: string }> {
  const { url } = JSON.parse(await readFile(join(dataDir, "run.json"), "utf8")) as { url: string };
  const token = (await readFile(join(dataDir, "admin-token"), "utf8")).trim();
  const { body } = await call<AnswerOf<"listRooms">>(`${url}/api/rooms`, { token });
  const roomId = body.rooms.find(({ name }) => name === room)?.roomId ?? room;
  return { url, roomId, token };
}

/** Waits until a gate is open and resolves to it. */
export async function openGate(home: Home, room: string): Promise<GateSeen> {
  const { url, roomId, token } = await roomAt(home, room);
  const look = async () =>
    (await call<{ gates: GateSeen[] }>(`${url}/api/rooms/${roomId}/gates`, { token })).body.gates;
  const gates = await eventually(look, (seen) => seen.length > 0, 60_000);
  return gates[0] as GateSeen;
}

/** Every event of the room. */
export async function eventsOf(home: Home, room: string): Promise<LoggedEvent[]> {
  const { url, roomId, token } = await roomAt(home, room);
  return exportEvents(url, roomId, token);
}

/** Waits until the room's log holds an event that fits. */
export function eventSeen(home: Home, room: string, fits: (event: LoggedEvent) => boolean) {
  return eventually(
    () => eventsOf(home, room),
    (events) => events.some(fits),
    60_000,
  );
}
