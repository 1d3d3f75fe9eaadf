import type { Page } from "playwright-core";
import type { AgentRequest } from "../../../src/core/room/agent-request.js";
import { type Answer, adminToken } from "../../http/support/api.js";
import { eventually } from "../../support/parley-client.js";
import type { WebServer } from "./server.js";

/** A room on the server, seen by its owner (`host`) through the API. */
export interface WebRoom {
  roomId: string;
  url: string;
  invites: { member: string; viewer: string; approver: string };
  ownerToken: string;
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  say(body: string, token?: string): Promise<Answer>;
  /** Waits until this many gates are open. */
  untilGates(count: number): Promise<{ gateId: string; kind: string; hash: string; body: string }[]>;
  /** Waits until the log holds an event that fits, and gives it. */
  untilEvent(type: string, fits?: (event: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
}

export async function makeWebRoom(
  { api, url }: WebServer,
  body: { name?: string; agents?: AgentRequest[]; policy?: unknown; repo?: string } = {},
): Promise<WebRoom> {
  const made = await api.call("POST", "/api/rooms", { token: adminToken, body: { name: "Test room", ...body } });
  if (made.status !== 201) throw new Error(`no room was made: ${made.text}`);
  const { roomId, invites, token: ownerToken } = made.json;
  const call: WebRoom["call"] = (method, path, sent, token = ownerToken) =>
    api.call(method, `/api/rooms/${roomId}${path}`, { token, ...(sent !== undefined && { body: sent }) });
  const events = async () =>
    (await call("GET", "/export?format=jsonl")).text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    roomId,
    url: `${url}/r/${roomId}`,
    invites,
    ownerToken,
    call,
    say: (text, token) => call("POST", "/messages", { body: text }, token),
    untilGates: (count) =>
      eventually(
        async () => (await call("GET", "/gates")).json.gates,
        (gates) => gates.length === count,
      ),
    untilEvent: async (type, fits = () => true) => {
      const find = async () => (await events()).find((event) => event.type === type && fits(event));
      return (await eventually(find, (event) => event !== undefined)) ?? {};
    },
  };
}

/** Bodies of the messages on the page, in order, pending ones last. */
export function bodiesOn(page: Page): Promise<string[]> {
  return page.locator(".group .body").allInnerTexts();
}
