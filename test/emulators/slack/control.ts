import type { ServerResponse } from "node:http";
import type { SlackEmulator } from "./emulator.js";
import type { Fault } from "./faults.js";
import { type HttpRequest, sendJson, sendText } from "./http.js";
import { asObject, asText, parseJson } from "./json.js";
import type { Json } from "./model.js";
import { pageState } from "./page-state.js";
import { SlackError } from "./slack-error.js";
import type { DisconnectReason } from "./socket-mode.js";

type Controlled = Omit<SlackEmulator, "url" | "port" | "env">;
type Act = (body: Json) => unknown;

/**
 * The driver over HTTP, for tests in other processes and for the page. `POST /_emulator/people/<act>`,
 * `/admin/<act>` and `/socket/<act>` take the driver's own arguments as a JSON object; `GET` reads
 * `violations`, `calls`, `state`, `pending` and the event stream `changes`. Errors are `{ok: false, error}`.
 */
export function createControl(emulator: Controlled) {
  const acts = actsOf(emulator);
  const reads: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {
    violations: () => emulator.violations(),
    calls: (query) => emulator.calls(query.get("method") ?? undefined),
    pending: () => emulator.pendingDeliveries(),
    lost: () => emulator.lostEvents(),
    reach: () => emulator.reach(),
    connections: () => emulator.socketMode.connections(),
    state: (query) => pageState(emulator, query),
    thread: (query) => emulator.people.thread(query.get("channel") ?? "", query.get("ts") ?? ""),
    channel: (query) => emulator.people.channel(query.get("channel") ?? ""),
    whispers: (query) => emulator.people.whispers(query.get("user") ?? ""),
    modals: (query) => emulator.people.modals(query.get("user") ?? ""),
  };

  return async (request: HttpRequest, response: ServerResponse): Promise<void> => {
    const name = request.url.pathname.replace("/_emulator/", "");
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== emulator.workspace.baseUrl()) {
      sendText(response, 403, "only this page may drive the emulator");
      return;
    }
    if (name === "changes") {
      streamChanges(emulator, response);
      return;
    }
    const read = Object.hasOwn(reads, name) ? reads[name] : undefined;
    const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
    try {
      if (request.method === "GET" && read !== undefined) sendJson(response, read(request.url.searchParams));
      else if (request.method === "POST" && act !== undefined) {
        const result = await act(asObject(parseJson(request.body.toString("utf8") || "{}")));
        sendJson(response, { ok: true, result });
      } else sendText(response, 404, `nothing to control at ${name}`);
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      sendJson(response, { ok: false, error: error.code, ...error.extra });
    }
  };
}

/** The driver's members take one object each; its shape is the caller's to get right, as in process. */
function actsOf({ people, admin, faults, socketMode, release }: Controlled): Readonly<Record<string, Act>> {
  const channelOf = (body: Json): string => asText(body.channel);
  return {
    "people/say": (body) => people.say(body as unknown as Parameters<typeof people.say>[0]),
    "people/edit": (body) => people.editMessage(body as unknown as Parameters<typeof people.editMessage>[0]),
    "people/delete": (body) => people.deleteMessage(body as unknown as Parameters<typeof people.deleteMessage>[0]),
    "people/react": (body) => people.react(body as unknown as Parameters<typeof people.react>[0]),
    "people/command": (body) => people.command(body as unknown as Parameters<typeof people.command>[0]),
    "people/click": (body) => people.click(body as unknown as Parameters<typeof people.click>[0]),
    "people/submit": (body) => people.submit(body as unknown as Parameters<typeof people.submit>[0]),
    "people/close-modal": (body) => people.closeModal(asText(body.user)),
    "people/open-home": (body) => people.openHome(asText(body.user)),
    "admin/revoke-token": (body) => admin.revokeToken(body.kind === "app" ? "app" : "bot"),
    "admin/restore-token": (body) => admin.restoreToken(body.kind === "app" ? "app" : "bot"),
    "admin/drop-scope": (body) => admin.dropScope(asText(body.scope)),
    "admin/grant-scope": (body) => admin.grantScope(asText(body.scope)),
    "admin/archive": (body) => admin.archive(channelOf(body)),
    "admin/unarchive": (body) => admin.unarchive(channelOf(body)),
    "admin/rename": (body) => admin.rename(channelOf(body), asText(body.name)),
    "admin/rename-person": (body) => admin.renamePerson(asText(body.user), asText(body.name)),
    "admin/change-id": (body) => admin.changeId(channelOf(body)),
    "admin/make-private": (body) => admin.makePrivate(channelOf(body)),
    "admin/delete-channel": (body) => admin.deleteChannel(channelOf(body)),
    "admin/remove-bot": (body) => admin.removeBot(channelOf(body)),
    "admin/invite-bot": (body) => admin.inviteBot(channelOf(body)),
    "admin/delete-thread": (body) => admin.deleteThread(channelOf(body), asText(body.ts)),
    "admin/use-request-url": (body) => admin.useRequestUrl(asText(body.url)),
    "admin/use-socket-mode": () => admin.useSocketMode(),
    "faults/add": (body) => void faults.add(body as unknown as Fault),
    "faults/clear": () => faults.clear(),
    "socket/cut": () => socketMode.cut(),
    "socket/mute": () => socketMode.mute(),
    "socket/disconnect": (body) => socketMode.disconnect({ reason: asText(body.reason) as DisconnectReason }),
    release: () => release(),
  };
}

/** Server-sent events: one line per burst of changes, so that the page looks again. */
function streamChanges(emulator: Controlled, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("data: hello\n\n");
  let timer: NodeJS.Timeout | undefined;
  const stopListening = emulator.onChange(() => {
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
