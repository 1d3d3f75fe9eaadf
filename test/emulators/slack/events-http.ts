import { createHmac, randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import type { Answer, Dispatch, Transport } from "./delivery.js";
import { asObject, parseJson } from "./json.js";
import type { Workspace } from "./workspace.js";

interface Sent {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How long a late answer is still waited for, so that it can be called late. */
const lateAnswerMs = 30_000;

/** The Events API and interactivity over HTTP: signed requests to the app's request URL. */
export function createEventsHttp(workspace: Workspace): Transport {
  return { send: (dispatch) => send(workspace, dispatch), cut: () => undefined };
}

/** The platform's test of a request URL: it must send the challenge back. */
export async function verifyRequestUrl(workspace: Workspace, url: string): Promise<boolean> {
  const challenge = randomUUID();
  const body = JSON.stringify({ token: "deprecated-verification-token", challenge, type: "url_verification" });
  const sent = await post({ workspace, url, body, contentType: "application/json" }).catch(() => undefined);
  if (sent?.status !== 200) return false;
  return sent.body === challenge || asObject(parseJson(sent.body)).challenge === challenge;
}

async function send(workspace: Workspace, dispatch: Dispatch): Promise<Answer> {
  const url = workspace.app().requestUrl;
  if (url === "") return { acked: false, failure: "dispatch_failed", reason: "connection_failed" };
  const startedAtMs = workspace.nowMs();
  const { ackTimeoutMs } = workspace.settings;
  const sending = post({ workspace, url, ...encode(dispatch), retry: dispatch });
  const answered = sending.then(
    (sent): Answer => {
      const late = workspace.nowMs() - startedAtMs > ackTimeoutMs;
      if (late) workspace.violate("late_ack", `${dispatch.kind} was acknowledged after ${ackTimeoutMs} ms`);
      return dispatch.cutAfter === true ? unreachable : toAnswer(sent);
    },
    (): Answer => unreachable,
  );
  return Promise.race([answered, timeout(workspace, dispatch, answered)]);
}

const unreachable: Answer = { acked: false, failure: "dispatch_failed", reason: "connection_failed" };

function timeout(workspace: Workspace, dispatch: Dispatch, answered: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      workspace.violate("missing_ack", `${dispatch.kind} was not acknowledged in time`);
      resolve({ acked: false, failure: "operation_timeout", reason: "timeout" });
    }, workspace.settings.ackTimeoutMs);
    void answered.then(() => clearTimeout(timer));
  });
}

function toAnswer(sent: Sent): Answer {
  if (sent.status === 200)
    return { acked: true, payload: sent.body === "" ? undefined : (parseJson(sent.body) ?? sent.body) };
  const final = sent.headers["x-slack-no-retry"] === "1";
  return { acked: false, failure: "dispatch_failed", reason: "http_error", final };
}

function encode({ kind, payload }: Dispatch): { body: string; contentType: string } {
  if (kind === "event") return { body: JSON.stringify(payload), contentType: "application/json" };
  const fields = kind === "slash" ? payload : { payload: JSON.stringify(payload) };
  const pairs = Object.entries(fields).map(([key, value]): [string, string] => [key, String(value)]);
  return { body: new URLSearchParams(pairs).toString(), contentType: "application/x-www-form-urlencoded" };
}

interface Post {
  readonly workspace: Workspace;
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
  readonly retry?: Dispatch;
}

function post({ workspace, url, body, contentType, retry }: Post): Promise<Sent> {
  const timestamp = String(Math.floor(workspace.nowMs() / 1000));
  const digest = createHmac("sha256", workspace.app().signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  const headers = {
    "content-type": contentType,
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": `v0=${digest}`,
    ...(retry !== undefined && retry.attempt > 0
      ? { "x-slack-retry-num": String(retry.attempt), "x-slack-retry-reason": reasonOf(retry) }
      : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", headers, agent: false, timeout: lateAnswerMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const reasonOf = (dispatch: Dispatch): string =>
  dispatch.reason === "timeout" ? "http_timeout" : (dispatch.reason ?? "http_error");
