import type { IncomingMessage, ServerResponse } from "node:http";
import type { DiscordEmulator } from "./emulator.js";
import { DiscordError, type Json } from "./model.js";
import { pageState } from "./page-state.js";

type Controlled = Omit<DiscordEmulator, "url" | "port" | "env">;

/**
 * The driver over HTTP, for tests in other processes and for the page. `POST /_emulator/people/<act>`, `/admin/<act>`,
 * `/gateway/<act>` and `/faults/<act>` take the driver's own arguments as JSON; `GET` reads `violations`, `calls`, `reach`,
 * `connections`, `seen`, `threads`, `whispers`, `state` and the event stream `changes`. Errors are `{ok: false, error}`.
 */
export function createControl(emulator: Controlled, baseUrl: () => string) {
  const acts = actsOf(emulator);
  const { people, gateway } = emulator;
  const reads: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {
    violations: () => emulator.violations(),
    calls: (query) => emulator.calls(query.get("route") ?? undefined),
    reach: () => emulator.reach(),
    connections: () => gateway.connections(),
    seen: (query) => people.seen(query.get("channel") ?? ""),
    threads: (query) => people.threads(query.get("channel") ?? ""),
    whispers: (query) => people.whispers(query.get("user") ?? ""),
    state: (query) => pageState(emulator, query),
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "", "http://localhost");
    const name = url.pathname.replace("/_emulator/", "");
    const { origin } = request.headers;
    if (origin !== undefined && origin !== baseUrl())
      return send(response, 403, { ok: false, error: "only this page may drive the emulator" });
    if (name === "changes") return streamChanges(emulator, response);
    const read = Object.hasOwn(reads, name) ? reads[name] : undefined;
    const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
    try {
      if (request.method === "GET" && read !== undefined) return send(response, 200, read(url.searchParams));
      if (request.method !== "POST" || act === undefined)
        return send(response, 404, { ok: false, error: `nothing to control at ${name}` });
      send(response, 200, { ok: true, result: await act(await bodyOf(request)) });
    } catch (error) {
      const { message } = error as Error;
      send(response, 200, { ok: false, error: message, ...(error instanceof DiscordError && { code: error.code }) });
    }
  };
}

/** The driver's members are called with the request's body; its caller must send the right shape, as in process. */
function actsOf({ people, admin, faults, gateway }: Controlled): Readonly<Record<string, (body: Json) => unknown>> {
  return {
    "people/add": (body) => people.add(body),
    "people/say": (body) => people.say(body),
    "people/say-as-bot": (body) => people.sayAsBot(body),
    "people/edit": (body) => people.edit(body),
    "people/remove": (body) => people.remove(body),
    "people/command": (body) => people.command(body),
    "people/complete": (body) => people.complete(body),
    "people/click": (body) => people.click(body),
    "people/submit": (body) => people.submit(body),
    "admin/token": ({ isValid }) => admin.setToken(isValid === true),
    "admin/content": ({ mayRead }) => admin.setContent(mayRead === true),
    "admin/deny": ({ permissions = [] }) => admin.deny(permissions),
    "admin/add-channel": ({ name }) => admin.addChannel(String(name)),
    "admin/rename": ({ channel, name }) => admin.rename(channel, name),
    "admin/make-private": ({ channel, withBot }) => admin.makePrivate(channel, { withBot: withBot === true }),
    "admin/make-public": ({ channel }) => admin.makePublic(channel),
    "admin/delete-channel": ({ channel }) => admin.deleteChannel(channel),
    "admin/archive": ({ thread }) => admin.archive(thread),
    "admin/lock": ({ thread }) => admin.lock(thread),
    "admin/open": ({ thread }) => admin.open(thread),
    "admin/delete-thread": ({ thread }) => admin.deleteThread(thread),
    "admin/remove-webhooks": ({ channel }) => admin.removeWebhooks(channel),
    "admin/remove-bot": () => admin.removeBot(),
    "admin/invite-bot": () => admin.inviteBot(),
    "gateway/drop": () => gateway.drop(),
    "gateway/close": ({ code }) => gateway.close(Number(code)),
    "gateway/reconnect": () => gateway.reconnect(),
    "gateway/invalidate": ({ isResumable }) => gateway.invalidate(isResumable === true),
    "gateway/mute": () => gateway.mute(),
    "faults/add": (body) => void faults.add(body),
    "faults/clear": () => faults.clear(),
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(body) ?? "null");
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
}

/** Server-sent events: one line per burst of changes, so that the page looks again. */
function streamChanges({ store }: Controlled, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("data: hello\n\n");
  let timer: NodeJS.Timeout | undefined;
  const stopListening = store.onChange(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      response.write("data: changed\n\n");
    }, 30);
  });
  response.on("close", () => {
    clearTimeout(timer);
    stopListening();
  });
}
