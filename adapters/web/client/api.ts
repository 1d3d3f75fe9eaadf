import type { Choices, PersonRole } from "../../../src/core/room/event.js";
import type { Policy } from "../../../src/core/room/policy.js";
import type { AgentBody, AgentDetails, ConfigureAgentBody, ConfiguredAgent } from "../../../src/protocol/agents.js";
import type { GateDiff } from "../../../src/protocol/gates.js";
import type { MessagePage } from "../../../src/protocol/messages.js";
import type { PageConfig } from "../../../src/protocol/meta.js";
import type { ChangedPerson, InviteView, Joined, RemovedPerson } from "../../../src/protocol/people.js";
import type { RoleView } from "../../../src/protocol/roles.js";
import type { RoomSummary, RoomView } from "../../../src/protocol/rooms.js";
import type { SetupBody, SetupView } from "../../../src/protocol/setups.js";
import type { RoomUsage } from "../../../src/protocol/spending.js";
import type { StepsAnswer, TurnsAnswer } from "../../../src/protocol/turns.js";
import type { CallProblem, FieldIssue, Result } from "./problem.js";

/** The API as the page uses it. Cookies are sent by the browser; no token passes through here. */

/** Which messages of the room: those that hold `q`, and with them questions to people and their answers. */
interface MessagesAsked {
  before?: string;
  atLeast?: number;
  limit?: number;
  q?: string;
  withQuestions?: true;
}

export type PersonDecision =
  | { action: "approve" | "continue" | "stop"; hash: string }
  | { action: "edit" | "answer"; hash: string; body: string }
  | { action: "answer"; hash: string; choices: Choices }
  | { action: "drop" | "deny"; hash: string; reason?: string }
  | { action: "allow"; hash: string; body?: string; remember?: "session" };

const requestTimeoutMs = 15_000;

/** The name for `@` that the server derives from a display name in any script. */
export const nameFor = (displayName: string) =>
  send<{ name: string }>("GET", `/api/names?from=${encodeURIComponent(displayName)}`);

/** Without a name the server derives it from the display name; without either only a personal code is accepted. */
export const join = (input: { code: string; name?: string; displayName?: string }) =>
  send<Joined>("POST", "/api/join", input);

/** A room's name, state and open gates, for a list of rooms. */
export const readSummary = (roomId: string) =>
  send<RoomSummary>("GET", `/api/rooms/${encodeURIComponent(roomId)}/summary`);

/** The roles that agents can have. */
export const readRoles = () => send<{ roles: RoleView[] }>("GET", "/api/roles");

/** Which chats show rooms, and what can run agents. */
export const readConfig = () => send<PageConfig>("GET", "/api/config");

/** Takes the server's admin token; its answer sets the owner's cookie. */
export const createRoom = (
  room: { name: string; owner: string; agents: object[]; repo?: string },
  adminToken: string,
) => send<{ roomId: string }>("POST", "/api/rooms", room, bearer(adminToken));

/** The name under which the page writes, and a callback for when the browser's cookie belongs to another person. */
export interface WriterIdentity {
  name(): string;
  onNotYou(you: string): void;
}

/** The calls of one room. With a `writer` every change says whom it means to be; without, only reads make sense. */
export function createRoomApi(roomId: string, writer?: WriterIdentity) {
  const base = `/api/rooms/${encodeURIComponent(roomId)}`;
  async function change<T = unknown>(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Result<T>> {
    const name = writer?.name() ?? "";
    const answer = await send<T>(method, path, body, { ...headers, ...(name !== "" && { "parley-as": name }) });
    if (!answer.ok && answer.problem.you !== undefined) writer?.onNotYou(answer.problem.you);
    return answer;
  }
  return {
    eventsUrl: (after: string) => `${base}/events?after=${after}&activity=1`,
    room: () => send<RoomView>("GET", base),
    usage: () => send<RoomUsage>("GET", `${base}/usage`),
    messages: ({ before, atLeast, limit, q, withQuestions }: MessagesAsked) => {
      const query = new URLSearchParams();
      if (limit !== undefined) query.set("limit", String(limit));
      if (q !== undefined) query.set("q", q);
      if (withQuestions) query.set("with", "questions");
      if (before !== undefined) query.set("before", before);
      if (atLeast !== undefined) query.set("atLeast", String(atLeast));
      // Without a query its address is the one the server has the browser load along with the page.
      return send<MessagePage>("GET", query.size === 0 ? `${base}/messages` : `${base}/messages?${query}`);
    },
    turns: (agent: string, { limit, before }: { limit: number; before?: string }) => {
      const query = new URLSearchParams({ limit: String(limit), ...(before !== undefined && { before }) });
      return send<TurnsAnswer>("GET", `${base}/agents/${encodeURIComponent(agent)}/turns?${query}`);
    },
    steps: (turnId: string, { bytes, after }: { bytes: number; after?: string }) => {
      const query = new URLSearchParams({ bytes: String(bytes), ...(after !== undefined && { after }) });
      return send<StepsAnswer>("GET", `${base}/turns/${encodeURIComponent(turnId)}/steps?${query}`);
    },
    resultUrl: (turnId: string, stepId: string) =>
      `${base}/turns/${encodeURIComponent(turnId)}/results/${encodeURIComponent(stepId)}`,
    post: (body: string, { key, ...how }: { key: string; class?: "interrupt"; attachments?: string[] }) =>
      change<{ messageId: string; version: number }>(
        "POST",
        `${base}/messages`,
        { body, ...how },
        { "idempotency-key": key },
      ),
    decide: (gateId: string, decision: PersonDecision) =>
      change<{ outcome: string; by: string }>("POST", `${base}/gates/${encodeURIComponent(gateId)}/decision`, decision),
    gateDiff: (gateId: string, at: number) =>
      send<GateDiff>("GET", `${base}/gates/${encodeURIComponent(gateId)}/diffs/${at}`),
    announce: (gateId: string, choice?: { action: PersonDecision["action"]; forMs: number }) =>
      change("POST", `${base}/gates/${encodeURIComponent(gateId)}/deciding`, choice ? { choice } : {}),
    withdraw: (messageId: string) => change("DELETE", `${base}/messages/${encodeURIComponent(messageId)}`, {}),
    replace: (messageId: string, body: string) =>
      change("PATCH", `${base}/messages/${encodeURIComponent(messageId)}`, { body }),
    retry: (messageId: string) => change("POST", `${base}/messages/${encodeURIComponent(messageId)}/retry`, {}),
    agentDetails: (agent: string) => send<AgentDetails>("GET", `${base}/agents/${encodeURIComponent(agent)}`),
    configureAgent: (agent: string, settings: ConfigureAgentBody) =>
      change<ConfiguredAgent>("PATCH", `${base}/agents/${encodeURIComponent(agent)}`, settings),
    fresh: (agent: string) => change("POST", `${base}/agents/${encodeURIComponent(agent)}/fresh`, {}),
    interrupt: (agent: string) => change("POST", `${base}/agents/${encodeURIComponent(agent)}/interrupt`, {}),
    command: (name: "pause" | "resume" | "stop" | "close") => change("POST", `${base}/${name}`, {}),
    invite: (request: { role: string; expiresInSeconds?: number; maxUses?: number }) =>
      change<{ inviteId: string; code: string }>("POST", `${base}/invites`, request),
    invites: () => send<{ invites: InviteView[] }>("GET", `${base}/invites`),
    revoke: (inviteId: string) => change("DELETE", `${base}/invites/${encodeURIComponent(inviteId)}`, {}),
    changeRole: (person: string, role: PersonRole) =>
      change<ChangedPerson>("PATCH", `${base}/participants/${encodeURIComponent(person)}`, { role }),
    removePerson: (person: string) =>
      change<RemovedPerson>("DELETE", `${base}/participants/${encodeURIComponent(person)}`, {}),
    addAgent: (agent: AgentBody) => change("POST", `${base}/agents`, agent),
    removeAgent: (name: string) => change("DELETE", `${base}/agents/${encodeURIComponent(name)}`, {}),
    setup: () => send<SetupView>("GET", `${base}/setups`),
    decideSetup: (decision: SetupBody) => change("POST", `${base}/setups`, decision),
    configure: (rules: { name?: string; policy?: Policy }) => change("PATCH", base, rules),
    exportUrl: (format: "jsonl" | "md") => `${base}/export?format=${format}&steps=1`,
  };
}

export type RoomApi = ReturnType<typeof createRoomApi>;

/** A header holds printable characters only; a text with others is not a token anyway. */
function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token.replaceAll(/[^\x21-\x7e]/g, "")}` };
}

/** One call of the API. A call that did not answer within `timeoutMs` has the code `no_answer`. */
export async function send<T = unknown>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  timeoutMs = requestTimeoutMs,
): Promise<Result<T>> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A decision is sent even if its page closes at once.
      keepalive: path.endsWith("/decision"),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    return response.ok ? { ok: true, value: answer as T } : { ok: false, problem: problemOf(response, answer) };
  } catch {
    return { ok: false, problem: { status: 0, code: "no_answer", detail: "" } };
  }
}

function problemOf(response: Response, answer: unknown): CallProblem {
  const fields = (typeof answer === "object" && answer !== null ? answer : {}) as Record<string, unknown>;
  const problem: CallProblem = {
    status: response.status,
    code: text(fields.code) ?? "unknown",
    detail: text(fields.detail) ?? text(fields.title) ?? "",
  };
  const by = text(fields.by);
  const outcome = text(fields.outcome);
  const suggestion = text(fields.suggestion);
  const you = text(fields.you);
  const issues = issuesIn(fields.issues);
  const retryAfterS = Number(response.headers.get("retry-after"));
  return {
    ...problem,
    ...(by !== undefined && { by }),
    ...(outcome !== undefined && { outcome }),
    ...(suggestion !== undefined && { suggestion }),
    ...(you !== undefined && { you }),
    ...(issues.length > 0 && { issues }),
    ...(retryAfterS > 0 && { retryAfterS }),
  };
}

function issuesIn(value: unknown): readonly FieldIssue[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((issue: Partial<FieldIssue> | null) =>
    Array.isArray(issue?.path) && typeof issue.message === "string"
      ? [{ path: issue.path, message: issue.message }]
      : [],
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
