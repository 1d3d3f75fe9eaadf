import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { checkCommands, checkMessage, checkName } from "./check.js";
import type { Fault, Faults } from "./faults.js";
import type { Gateway } from "./gateway.js";
import type { Interactions } from "./interactions.js";
import { isOwn, type Messages } from "./messages.js";
import {
  applicationId,
  botId,
  type Channel,
  DiscordError,
  formBody,
  guildId,
  type Json,
  type Message,
  permissionBits,
  type Store,
  token,
} from "./model.js";
import { type BucketLimit, createGlobalLimit, createRateLimits, createWindow } from "./rate-limits.js";
import { setupRoutes } from "./setup-routes.js";

export interface RestOptions {
  store: Store;
  gateway: Gateway;
  messages: Messages;
  interactions: Interactions;
  faults: Faults;
  limits: Readonly<Record<string, BucketLimit>>;
  nonceMs: number;
  showsNonceInHistory: boolean;
  gatewayUrl: () => string;
  calls: { route: string; path: string; body: Json }[];
  nowMs: () => number;
  invalidRequests: BucketLimit;
  activeThreads: number;
  oldEdits: BucketLimit & { ageMs: number };
}

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Json;
  files: { name: string; content: string; size: number }[];
  isBot: boolean;
}

type Handler = (asked: Asked, ...ids: string[]) => Json;
interface Route {
  method: string;
  pattern: RegExp;
  /** The bucket, with the place it is for. */
  name: string;
  open?: boolean;
  handle: Handler;
}

export function createRest(options: RestOptions) {
  const { store, messages, faults, calls } = options;
  const global = createGlobalLimit();
  const routes = createRoutes(options);
  const limits = createRateLimits();
  const invalid = createWindow(options.invalidRequests);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "", "http://localhost");
    const path = decodeURIComponent(url.pathname).replace(/^\/api(?:\/v10)?/, "");
    const route = routes.find((one) => one.method === request.method && one.pattern.test(path));
    const raw = await read(request);
    // The address is shut out by what stands before Discord, which names no time.
    if (invalid.isFull()) {
      store.violate("banned", `${request.method} ${path} after too many invalid requests`);
      response.writeHead(429, { "content-type": "text/plain" }).end("error code: 1015");
      return;
    }
    const { body, files } = await parse(request, raw);
    const answer = (status: number, json: Json, headers: Record<string, string> = {}): void => {
      if (response.destroyed) return;
      if (status === 401 || status === 403 || status === 429) invalid.take();
      response.writeHead(status, status === 204 ? headers : { "content-type": "application/json", ...headers });
      response.end(status === 204 ? undefined : JSON.stringify(json));
    };
    if (route === undefined) {
      store.violate("unknown_route", `${request.method} ${path}`);
      return answer(404, { message: "404: Not Found", code: 0 });
    }
    calls.push({ route: route.name, path, body });
    const ids = (route.pattern.exec(path) ?? []).slice(1);
    messages.age();
    const held = heldGlobally(route);
    if (held) return answer(429, held.json, held.headers);
    const fault = faults.strike("rest", route.name, `${path}${url.search} ${raw.toString("utf8")}`);
    const { refusal, headers } = takeFromBucket(route, { place: ids[0] ?? "", fault });
    if (refusal) return answer(429, refusal, headers);
    if (fault !== undefined && fault.phase !== "after" && (await spoil(fault, request, response))) return;
    const isBot = request.headers.authorization === `Bot ${token}`;
    const done = run(route, { method: route.method, path, query: url.searchParams, body, files, isBot }, ids);
    if (done.isDone && fault?.phase === "after" && (await spoil(fault, request, response))) return;
    answer(done.status, done.json, headers);
  };

  function heldGlobally({ name }: Route): { json: Json; headers: Record<string, string> } | undefined {
    const waitMs = name === "POST callback" ? 0 : global.take();
    if (waitMs <= 0) return undefined;
    const retryAfterS = waitMs / 1_000;
    return {
      json: { message: "You are being rate limited.", retry_after: retryAfterS, global: true },
      headers: {
        "retry-after": String(retryAfterS),
        "x-ratelimit-global": "true",
        "x-ratelimit-scope": "global",
      },
    };
  }

  function takeFromBucket(
    { name }: Route,
    { place, fault }: { place: string; fault: Fault | undefined },
  ): { refusal?: Json; headers: Record<string, string> } {
    const bucket = `${name}/${place}`;
    const isOrdered = fault?.mode === "rate_limit";
    if (isOrdered) limits.close(bucket, fault.retryAfterMs ?? 1_000);
    const taken = limits.take(bucket, options.limits[name]);
    if (taken.retryAfterMs === undefined) return { headers: taken.headers };
    if (taken.isEarly && !isOrdered)
      store.violate("early", `${name} was called ${taken.retryAfterMs} ms before its time`);
    const retryAfterS = (taken.retryAfterMs / 1_000).toFixed(3);
    return {
      refusal: { message: "You are being rate limited.", retry_after: Number(retryAfterS), global: false },
      headers: { ...taken.headers, "retry-after": retryAfterS, "x-ratelimit-scope": "user" },
    };
  }

  function run(
    route: Route,
    asked: Parameters<Handler>[0],
    ids: readonly string[],
  ): { isDone: boolean; status: number; json: Json } {
    try {
      if (!route.open && (!asked.isBot || !store.state.tokenIsValid))
        throw new DiscordError(401, 0, "401: Unauthorized");
      const result = route.handle(asked, ...ids);
      store.save();
      return { isDone: true, status: result === undefined ? 204 : 200, json: result };
    } catch (error) {
      if (!(error instanceof DiscordError)) throw error;
      const { status, code, message, errors } = error;
      if (code === 50035 || code === 50006)
        store.violate("invalid", `${route.name}: ${JSON.stringify(errors ?? message)}`);
      return { isDone: false, status, json: { message, code, ...(errors && { errors }) } };
    }
  }
}

/** Roles besides the one that everybody has; they give the app nothing. */
const rolesOf = ({ roleNames = {} }: Store["state"]): Json[] =>
  Object.entries(roleNames).map(([id, name]) => ({ id, name, permissions: "0" }));

/** Whether that was the answer. */
async function spoil(fault: Fault, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  switch (fault.mode) {
    case "drop":
      request.socket.destroy();
      return true;
    case "hang":
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 30_000).unref());
      request.socket.destroy();
      return true;
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1_000));
      return false;
    case "garbage":
      response.writeHead(200, { "content-type": "text/html" }).end("<html>a proxy's page</html>");
      return true;
    case "error":
      response.writeHead(fault.status ?? 403, { "content-type": "application/json" });
      response.end(JSON.stringify({ message: "refused", code: fault.code ?? 50013 }));
      return true;
    default:
      response.writeHead(fault.status ?? 503, { "content-type": "text/plain" }).end("unavailable");
      return true;
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function parse(request: IncomingMessage, raw: Buffer): Promise<Pick<Asked, "body" | "files">> {
  const type = request.headers["content-type"] ?? "";
  if (raw.length === 0) return { body: {}, files: [] };
  if (!type.startsWith("multipart/form-data")) return { body: JSON.parse(raw.toString("utf8")), files: [] };
  const form = await new Response(new Uint8Array(raw), { headers: { "content-type": type } }).formData();
  const files: Asked["files"] = [];
  let body: Json = {};
  for (const [name, value] of form) {
    if (typeof value === "string") body = name === "payload_json" ? JSON.parse(value) : body;
    else files.push({ name: value.name, content: await value.text(), size: value.size });
  }
  return { body, files };
}

function createRoutes(options: RestOptions): Route[] {
  const { store, gateway, messages, interactions, nonceMs, showsNonceInHistory, gatewayUrl } = options;
  const { activeThreads, oldEdits, nowMs } = options;
  const { state } = store;
  const editsOfOld = new Map<string, ReturnType<typeof createWindow>>();
  const bot = () => state.users[botId] as Exclude<(typeof state.users)[string], undefined>;

  const channelOf = (id: string): Channel => {
    const channel = state.channels[id];
    if (channel === undefined) throw new DiscordError(404, 10003, "Unknown Channel");
    if (channel.type !== 1 && state.botIsMember === false) throw new DiscordError(403, 50001, "Missing Access");
    if (channel.type !== 1) need("viewChannel", 50001, "Missing Access");
    if (state.hidden?.includes(channel.parent_id ?? channel.id)) throw new DiscordError(403, 50001, "Missing Access");
    return channel;
  };
  const need = (permission: keyof typeof permissionBits, code = 50013, text = "Missing Permissions"): void => {
    if ((BigInt(state.permissions) & permissionBits[permission]) === 0n) throw new DiscordError(403, code, text);
  };
  const mayWrite = (channel: Channel): void => {
    if (channel.type !== 1) need(channel.type === 11 ? "sendMessagesInThreads" : "sendMessages");
  };
  const checkOldEdit = ({ id, timestamp }: Message): void => {
    if (nowMs() - Date.parse(timestamp) < oldEdits.ageMs) return;
    const edits = editsOfOld.get(id) ?? createWindow(oldEdits, nowMs);
    editsOfOld.set(id, edits);
    const text = "Maximum number of edits to messages older than 1 hour reached. Try again later";
    if (!edits.take()) throw new DiscordError(429, 30046, text);
  };
  const webhookOf = (id: string, secret: string) => {
    const webhook = state.webhooks[id];
    if (webhook === undefined) throw new DiscordError(404, 10015, "Unknown Webhook");
    if (webhook.token !== secret) throw new DiscordError(401, 50027, "Invalid Webhook Token");
    return webhook;
  };
  const webhookPlace = (webhook: { channel_id: string }, query: URLSearchParams): Channel => {
    const thread = query.get("thread_id");
    if (thread === null) return channelOf(webhook.channel_id);
    const channel = state.channels[thread];
    if (channel === undefined) throw new DiscordError(404, 10003, "Unknown Channel");
    if (channel.parent_id !== webhook.channel_id) throw formBody("thread_id", "Not a thread of the webhook's channel.");
    return channel;
  };
  const webhookMessage = (webhook: { id: string; channel_id: string }, query: URLSearchParams, id: string): Message => {
    const message = messages.get(webhookPlace(webhook, query).id, id);
    if (message.webhook_id !== webhook.id) throw new DiscordError(404, 10008, "Unknown Message");
    return message;
  };
  const route = (method: string, pattern: string, name: string, handle: Handler, open = false): Route => ({
    method,
    pattern: new RegExp(`^${pattern.replaceAll(":id", "([^/]+)")}$`),
    name,
    open,
    handle,
  });

  return [
    ...setupRoutes(store, route),
    route("GET", "/gateway/bot", "GET gateway", () => ({
      url: gatewayUrl(),
      shards: 1,
      session_start_limit: { total: 1_000, remaining: 1_000, reset_after: 86_400_000, max_concurrency: 1 },
    })),
    route("GET", "/users/@me", "GET me", () => bot()),
    route("GET", "/applications/@me", "GET application", () => ({
      id: applicationId,
      name: "Parley",
      flags: state.mayReadContent ? 1 << 18 : 0,
    })),
    route("GET", "/guilds/:id", "GET guild", (_, id) => {
      if (id !== guildId || state.botIsMember === false) throw new DiscordError(404, 10004, "Unknown Guild");
      return {
        id,
        name: "Emulated",
        owner_id: "1",
        roles: [{ id: guildId, name: "@everyone", permissions: state.permissions }, ...rolesOf(state)],
      };
    }),
    route("GET", "/guilds/:id/members/:id", "GET member", (_, __, id) => {
      const user = state.users[id ?? ""];
      if (user === undefined) throw new DiscordError(404, 10007, "Unknown Member");
      return { user, roles: state.roles[user.id] ?? [], nick: null };
    }),
    route("PUT", "/applications/:id/guilds/:id/commands", "PUT commands", ({ body }) => {
      if (state.botIsMember === false) throw new DiscordError(403, 50001, "Missing Access");
      checkCommands(body);
      state.commands = body.map((one: Json) => ({ ...one, id: store.snowflake(), application_id: applicationId }));
      return state.commands;
    }),
    route("PUT", "/applications/:id/commands", "PUT commands", ({ body }) => {
      checkCommands(body);
      state.commands = body;
      return state.commands;
    }),
    route("POST", "/users/@me/channels", "POST dm", ({ body }) => {
      const recipient = state.users[body.recipient_id];
      if (recipient === undefined) throw formBody("recipient_id", "Unknown user");
      const known = Object.values(state.channels).find((one) => one.recipient === recipient.id);
      if (known !== undefined) return known;
      const id = store.snowflake();
      state.channels[id] = { id, type: 1, name: "", recipient: recipient.id };
      return state.channels[id];
    }),
    route("GET", "/channels/:id", "GET channel", (_, id = "") => channelOf(id)),
    route("PATCH", "/channels/:id", "PATCH channel", ({ body }, id = "") => {
      const channel = channelOf(id);
      if (channel.thread_metadata === undefined) throw formBody("channel", "Not a thread.");
      if (channel.thread_metadata.locked || body.locked !== undefined) need("manageThreads");
      Object.assign(channel.thread_metadata, body, { opened_at: store.snowflake() });
      gateway.dispatch("THREAD_UPDATE", channel);
      return channel;
    }),
    route("GET", "/channels/:id/messages", "GET messages", ({ query }, id = "") => {
      channelOf(id);
      need("readMessageHistory");
      const limit = Number(query.get("limit") ?? 50);
      if (limit < 1 || limit > 100) throw formBody("limit", "int value should be between 1 and 100.");
      const after = query.get("after");
      const before = query.get("before");
      const all = messages.of(id);
      const page =
        after !== null
          ? all.filter((one) => BigInt(one.id) > BigInt(after)).slice(0, limit)
          : all.filter((one) => before === null || BigInt(one.id) < BigInt(before)).slice(-limit);
      return page.toReversed().map((one) => {
        const told = messages.wire(one, { withNonce: showsNonceInHistory });
        const isTheirs = isOwn(one) || one.mentions.includes(botId) || state.channels[id]?.type === 1;
        return state.mayReadContent || isTheirs
          ? told
          : { ...told, content: "", embeds: [], attachments: [], components: [] };
      });
    }),
    route("POST", "/channels/:id/messages", "POST message", ({ body, files }, id = "") => {
      const channel = channelOf(id);
      mayWrite(channel);
      checkMessage(body, { isWebhook: false, files: files.length });
      if (body.embeds?.length > 0 && channel.type !== 1) need("embedLinks");
      return messages.wire(messages.post({ channel, author: bot(), body, files, nonceMs }), { withNonce: true });
    }),
    route("PATCH", "/channels/:id/messages/:id", "PATCH message", ({ body }, id = "", messageId = "") => {
      channelOf(id);
      const message = messages.get(id, messageId);
      if (!isOwn(message)) throw new DiscordError(403, 50005, "Cannot edit a message authored by another user");
      checkOldEdit(message);
      checkMessage({ content: message.content, embeds: message.embeds, ...body }, { isWebhook: false, files: 0 });
      return messages.wire(messages.edit(message, body));
    }),
    route("DELETE", "/channels/:id/messages/:id", "DELETE message", (_, id = "", messageId = "") => {
      const channel = channelOf(id);
      const message = messages.get(id, messageId);
      if (channel.thread_metadata?.archived) throw new DiscordError(400, 50083, "Thread is archived");
      if (!isOwn(message)) need("manageMessages");
      messages.remove(message);
    }),
    route("POST", "/channels/:id/messages/:id/threads", "POST thread", ({ body }, id = "", messageId = "") => {
      const channel = channelOf(id);
      need("createPublicThreads");
      if (!body.name || body.name.length > 100) throw formBody("name", "Must be between 1 and 100 in length.");
      if (![60, 1_440, 4_320, 10_080, undefined].includes(body.auto_archive_duration))
        throw formBody("auto_archive_duration", "Value must be one of {60, 1440, 4320, 10080}.");
      messages.get(id, messageId);
      if (state.channels[messageId] !== undefined)
        throw new DiscordError(400, 160004, "A thread has already been created for this message");
      const open = Object.values(state.channels).filter((one) => one.thread_metadata?.archived === false);
      if (open.length >= activeThreads) throw new DiscordError(400, 160006, "Maximum number of active threads reached");
      const thread: Channel = {
        id: messageId,
        type: 11,
        guild_id: channel.guild_id ?? guildId,
        name: body.name,
        parent_id: id,
        owner_id: botId,
        thread_metadata: { archived: false, locked: false, auto_archive_duration: body.auto_archive_duration ?? 1_440 },
      };
      state.channels[messageId] = thread;
      gateway.dispatch("THREAD_CREATE", { ...thread, newly_created: true });
      return thread;
    }),
    route("GET", "/channels/:id/webhooks", "GET webhooks", (_, id = "") => {
      channelOf(id);
      need("manageWebhooks");
      return Object.values(state.webhooks).filter((one) => one.channel_id === id);
    }),
    route("POST", "/channels/:id/webhooks", "POST webhooks", ({ body }, id = "") => {
      channelOf(id);
      need("manageWebhooks");
      checkName(body.name);
      if (Object.values(state.webhooks).filter((one) => one.channel_id === id).length >= 15)
        throw new DiscordError(400, 30007, "Maximum number of webhooks reached (15)");
      const webhook = {
        id: store.snowflake(),
        token: randomBytes(24).toString("hex"),
        name: body.name,
        channel_id: id,
        application_id: applicationId,
      };
      state.webhooks[webhook.id] = webhook;
      return webhook;
    }),
    route(
      "POST",
      "/interactions/:id/:id/callback",
      "POST callback",
      ({ body }, id = "", secret = "") => {
        interactions.callback(id, secret, body);
      },
      true,
    ),
    route(
      "POST",
      "/webhooks/:id/:id",
      "POST webhook",
      ({ body, files, query }, id = "", secret = "") => {
        if (interactions.knows(secret)) return interactions.followUp(secret, body);
        const webhook = webhookOf(id, secret);
        const channel = webhookPlace(webhook, query);
        checkMessage(body, { isWebhook: true, files: files.length });
        const author = { id: webhook.id, username: webhook.name, global_name: null, bot: true };
        const message = messages.post({ channel, author, body, files, webhook });
        if (query.get("wait") !== "true") store.violate("no_wait", "a webhook was called without wait=true");
        return messages.wire(message);
      },
      true,
    ),
    route(
      "PATCH",
      "/webhooks/:id/:id/messages/:id",
      "PATCH webhook",
      ({ body, query }, id = "", secret = "", messageId = "") => {
        if (interactions.knows(secret)) return interactions.edit(secret, messageId, body);
        const message = webhookMessage(webhookOf(id, secret), query, messageId);
        checkMessage({ content: message.content, ...body }, { isWebhook: true, files: message.attachments.length });
        return messages.wire(messages.edit(message, body));
      },
      true,
    ),
    route(
      "DELETE",
      "/webhooks/:id/:id/messages/:id",
      "DELETE webhook",
      ({ query }, id = "", secret = "", messageId = "") => {
        if (interactions.knows(secret)) return interactions.remove(secret, messageId);
        messages.remove(webhookMessage(webhookOf(id, secret), query, messageId));
      },
      true,
    ),
  ];
}
