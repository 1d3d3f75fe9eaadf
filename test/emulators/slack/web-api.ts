import type { ServerResponse } from "node:http";
import { readArguments } from "./arguments.js";
import type { Fault, Faults } from "./faults.js";
import { fieldsOf, type HttpRequest, sendJson, sendText } from "./http.js";
import { asText } from "./json.js";
import { chatMethods } from "./methods/chat.js";
import { conversationMethods } from "./methods/conversations.js";
import { fileMethods } from "./methods/files.js";
import type { Method } from "./methods/method.js";
import { teamMethods } from "./methods/team.js";
import { viewMethods } from "./methods/views.js";
import type { Json } from "./model.js";
import type { RateCall, RateLimits } from "./rate-limits.js";
import { SlackError } from "./slack-error.js";
import type { SocketMode } from "./socket-mode.js";
import type { Workspace } from "./workspace.js";

const methods: Readonly<Record<string, Method>> = {
  ...teamMethods,
  ...chatMethods,
  ...conversationMethods,
  ...viewMethods,
  ...fileMethods,
};

export interface WebApiOptions {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly socketMode: SocketMode;
  readonly misbehave: Misbehave;
}

/** Plays a fault on a response. Resolves to true when nothing more is to be sent. */
export type Misbehave = (fault: Fault, response: ServerResponse) => Promise<boolean>;

/** Answers `POST /api/<method>`. */
export function createWebApi(options: WebApiOptions) {
  const { workspace, faults, limits, misbehave } = options;

  return async (request: HttpRequest, response: ServerResponse): Promise<void> => {
    const name = request.url.pathname.replace(/^\/api\//, "");
    const fields = withoutToken(request);
    const record = (outcome: string): void => {
      workspace.calls.push({ method: name, args: fields, atMs: workspace.nowMs(), outcome });
    };
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) workspace.violate("unknown_method", name);
    const fault = faults.strike("call", name, fields);
    const waitS = heldForS(rateCallOf(workspace, name, method, fields), fault);
    if (waitS !== undefined) {
      record("ratelimited");
      tooMany(response, waitS);
      return;
    }
    if (fault !== undefined && fault.phase !== "after" && (await misbehave(fault, response))) {
      record(`${fault.mode} before`);
      return;
    }
    if (response.destroyed) return;
    const result = perform(options, { name, method, fields, token: tokenOf(request) });
    record(asText(result.body.error) || "ok");
    if (fault?.phase === "after" && (await misbehave(fault, response))) return;
    sendJson(response, result.body, result.headers);
  };

  /** Seconds to wait before this call may come again; undefined: it may now. */
  function heldForS(call: RateCall, fault: Fault | undefined): number | undefined {
    if (fault?.mode === "rate_limit") limits.block(call, fault.retryAfterS ?? 1);
    const verdict = limits.take(call);
    if (verdict.allowed) return undefined;
    if (verdict.early) workspace.violate("called_before_retry_after", `${call.method} ${call.channel ?? ""}`.trim());
    return verdict.retryAfterS;
  }
}

function tooMany(response: ServerResponse, retryAfterS: number): void {
  response.writeHead(429, { "content-type": "application/json", "retry-after": String(retryAfterS) });
  response.end(JSON.stringify({ ok: false, error: "ratelimited" }));
}

function rateCallOf(workspace: Workspace, name: string, method: Method | undefined, fields: Json): RateCall {
  const given = asText(fields.channel);
  const byName = workspace.channels.values().find((channel) => `#${channel.name}` === given);
  return { method: name, tier: method?.tier ?? "none", channel: byName?.id ?? given, nowMs: workspace.nowMs() };
}

interface Request {
  readonly name: string;
  readonly method: Method | undefined;
  readonly fields: Json;
  readonly token: string;
}

/** Runs a method: authentication, scopes, arguments, effect. */
function perform({ workspace, socketMode }: WebApiOptions, { name, method, fields, token }: Request) {
  const headers = {
    "x-oauth-scopes": workspace.app().scopes.join(","),
    "x-accepted-oauth-scopes": method?.scopes.join(",") ?? "",
  };
  try {
    if (method === undefined) throw new SlackError("unknown_method", { req_method: name });
    authorize(workspace, method, token);
    const unknown = (field: string): void => workspace.violate("unknown_argument", `${name} has no argument ${field}`);
    const args = readArguments(method, fields, unknown);
    return { body: { ok: true, ...method.run({ workspace, socketMode, args }) }, headers };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    if (carelessErrors.includes(error.code)) {
      workspace.violate(
        error.code,
        `${name}: ${JSON.stringify(error.extra.errors ?? error.extra.response_metadata ?? "")}`,
      );
    }
    return { body: { ok: false, error: error.code, ...error.extra } as Json, headers };
  }
}

/** Refusals that an app could have known beforehand. */
const carelessErrors: readonly string[] = [
  "no_text",
  "msg_too_long",
  "invalid_blocks",
  "invalid_blocks_format",
  "msg_blocks_too_long",
  "invalid_arguments",
  "invalid_metadata_format",
  "metadata_too_large",
  "expired_trigger_id",
  "exchanged_trigger_id",
  "invalid_trigger_id",
  "push_limit_reached",
];

function authorize(workspace: Workspace, method: Method, token: string): void {
  const app = workspace.app();
  if (token === "") throw new SlackError("not_authed");
  const kind = token === app.botToken ? "bot" : token === app.appToken ? "app" : undefined;
  if (kind === undefined) throw new SlackError("invalid_auth");
  if (app.revoked.includes(kind)) throw new SlackError("token_revoked");
  if (kind !== method.token) throw new SlackError("not_allowed_token_type");
  const provided = kind === "bot" ? app.scopes : app.appScopes;
  const needed = method.scopes.filter((scope) => !provided.includes(scope));
  if (needed.length > 0)
    throw new SlackError("missing_scope", { needed: needed.join(","), provided: provided.join(",") });
}

const tokenOf = (request: HttpRequest): string =>
  /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? asText(fieldsOf(request).token);

function withoutToken(request: HttpRequest): Json {
  const { token: _, ...fields } = fieldsOf(request);
  return fields;
}

/** Faults that end or delay an answer, whatever it would have been. */
export function createMisbehave(kill: () => void): Misbehave {
  return async (fault, response) => {
    switch (fault.mode) {
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1_000));
        return false;
      case "hang":
        await hang(response, fault.delayMs);
        return true;
      case "http_error":
        sendText(response, fault.status ?? 503, "upstream connect error");
        return true;
      case "garbage":
        sendText(response, 200, "<html>It will be back soon</html>", "text/html");
        return true;
      case "error":
        sendJson(response, { ok: false, error: fault.error ?? "internal_error" });
        return true;
      case "kill":
        kill();
        return true;
      default:
        response.destroy();
        return true;
    }
  };
}

function hang(response: ServerResponse, delayMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = delayMs === undefined ? undefined : setTimeout(() => response.destroy(), delayMs);
    response.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
