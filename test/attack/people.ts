import { randomUUID } from "node:crypto";
import type { CreatedRoom } from "../support/parley-client.js";
import { type Attack, type Attacker, again, anyUrl, request, rest } from "./attack.js";

/** A room with malicious people in it. */
export interface PeopleRoom {
  room: CreatedRoom;
  tokens: { member: string; viewer: string; approver: string };
  /** The secret in a message that waits for a decision. */
  heldText: string;
}

/** A removal reaches the other processes of a fleet within this time. */
const mostStaleMs = 10_000;
const post = (body: object) => ({ method: "POST", body: JSON.stringify(body) });
const flooders = 16;

/** Writes as fast as possible on several connections, including messages of the largest size. */
export const memberFloods =
  ({ room, tokens }: PeopleRoom): Attacker =>
  async (attack) => {
    const flood = (size: number) =>
      again(attack.over, async () => {
        const key = randomUUID();
        const body = JSON.stringify({ body: `flood ${"f".repeat(size)}` });
        const headers = { "idempotency-key": key };
        const url = `${anyUrl(attack)}/api/rooms/${room.roomId}/messages`;
        const { status, text } = await request(url, { method: "POST", body, headers, token: tokens.member });
        if (status === 201) {
          attack.acknowledge(room, (JSON.parse(text) as { messageId: string }).messageId);
          attack.allow("a member writes");
        } else if (status === 429) attack.refuse("member writes too fast: 429");
        else attack.refuse(`member writes: ${status}`);
        if (status === 429) await rest(20, attack.over);
      });
    await Promise.all(Array.from({ length: flooders }, (_, index) => flood(index === 0 ? 30_000 : 7_200)));
  };

/** Opens streams without reading them, and reads every page over and over. */
export const viewerGrabs =
  ({ room, tokens }: PeopleRoom): Attacker =>
  async (attack) => {
    const base = (path: string) => `${anyUrl(attack)}/api/rooms/${room.roomId}${path}`;
    const leave = new AbortController();
    attack.over.addEventListener("abort", () => leave.abort(), { once: true });
    const openStreams = again(
      attack.over,
      async () => {
        const headers = { authorization: `Bearer ${tokens.viewer}` };
        const streams = Array.from({ length: 150 }, async () => {
          const response = await fetch(base("/events?after=0&activity=1"), { headers, signal: leave.signal });
          if (response.status === 200) attack.allow("a viewer has a stream");
          else attack.refuse(`viewer opens streams: ${response.status}`);
        });
        await Promise.allSettled(streams);
      },
      15_000,
    );
    const paths = ["", "/messages?limit=200", "/gates", "/export?format=jsonl", "/export?format=md", "/invites"];
    const readAll = again(
      attack.over,
      async () => {
        for (const path of [...paths, "/agents/careful/events?after=0"]) {
          const { status, text } = await request(base(path), { token: tokens.viewer });
          attack.secrets.see(`viewer/${path}`, text);
          if (status >= 400) attack.refuse(`viewer reads ${path}: ${status}`);
        }
      },
      300,
    );
    const acts = again(
      attack.over,
      async () => {
        for (const [path, body] of [
          ["/messages", { body: "hello" }],
          ["/agents", { name: "mine", script: [] }],
          ["/invites", { role: "owner" }],
          ["/stop", {}],
        ] as const) {
          const { status } = await request(base(path), { ...post(body), token: tokens.viewer });
          if (status < 400 && status !== 0) attack.wrong(`a viewer may POST ${path}: ${status}`);
          attack.refuse(`viewer acts: ${status}`);
        }
      },
      500,
    );
    await Promise.all([openStreams, readAll, acts]);
  };

/** A stranger without a token. */
export const strangerKnocks =
  ({ room, heldText }: PeopleRoom): Attacker =>
  (attack) => {
    const paths = ["/api/health", "/metrics", "/api/config", "/api/rooms", `/api/rooms/${room.roomId}`, "/api/people"];
    return again(
      attack.over,
      async () => {
        for (const path of paths) {
          const { status, text } = await request(`${anyUrl(attack)}${path}`);
          attack.secrets.see(`stranger/${path}`, text);
          if (text.includes(heldText)) attack.wrong(`a stranger reads held text at ${path}`);
          if (status >= 400) attack.refuse(`stranger reads ${path}: ${status}`);
        }
        await knockWithCodes(attack, room);
        await sendRubbish(attack);
      },
      200,
    );
  };

async function knockWithCodes(attack: Attack, room: CreatedRoom): Promise<void> {
  const join = (code: string, name: string) => request(`${anyUrl(attack)}/api/join`, post({ code, name }));
  for (let tries = 0; tries < 5; tries++) {
    const { status, text } = await join(`${room.roomId.slice(0, 6)}-aaaa-bbbb-cccc-dddd`, "eve");
    attack.secrets.see("stranger/join", text);
    if (status === 200) attack.wrong("a guessed code opens a room");
    attack.refuse(`stranger tries codes: ${status}`);
  }
  // A valid code still works meanwhile.
  const { status } = await join(room.invites.viewer, `v-${randomUUID().slice(0, 8)}`);
  if (status === 200) attack.allow("a right code joins");
  else if (status !== 0) attack.refuse(`right code: ${status}`);
}

async function sendRubbish(attack: Attack): Promise<void> {
  const url = anyUrl(attack);
  const rubbish: [string, RequestInit][] = [
    ["too long", post({ code: "x".repeat(200_000), name: "eve" })],
    ["no JSON", { method: "POST", body: "{".repeat(30_000) }],
    ["wrong type", { method: "POST", body: "a=b", headers: { "content-type": "text/plain" } }],
  ];
  for (const [what, init] of rubbish) {
    const { status } = await request(`${url}/api/join`, init);
    if (status >= 500) attack.wrong(`${what} is answered with ${status}`);
    attack.refuse(`stranger sends rubbish: ${status}`);
  }
}

/** An approver who is removed and tries to return with an invite made before. */
export const removedReturns =
  ({ room }: PeopleRoom): Attacker =>
  (attack) =>
    again(
      attack.over,
      async () => {
        const at = (path: string) => `${anyUrl(attack)}/api/rooms/${room.roomId}${path}`;
        const name = `r-${randomUUID().slice(0, 8)}`;
        const join = (code: string, as: string) => request(`${anyUrl(attack)}/api/join`, post({ code, name: as }));
        const joined = await join(room.invites.approver, name);
        if (joined.status !== 200) return attack.refuse(`approver joins: ${joined.status}`);
        const { token } = JSON.parse(joined.text) as { token: string };
        const made = await request(at("/invites"), { ...post({ role: "approver" }), token });
        if (made.status !== 201) return attack.refuse(`approver invites: ${made.status}`);
        attack.allow("an approver makes an invite");
        const { code } = JSON.parse(made.text) as { code: string };
        const removed = await request(at(`/participants/${name}`), { method: "DELETE", token: room.token });
        if (removed.status >= 300)
          return attack.wrong(`the owner cannot remove a person: ${removed.status} ${removed.text}`);
        const back = await join(code, `${name}-2`);
        if (back.status === 200) attack.wrong("a removed person gets in with their invite");
        attack.refuse(`removed person returns with their invite: ${back.status}`);
        // Another process of a fleet may briefly read an older copy of the room.
        const untilMs = performance.now() + mostStaleMs;
        let { status } = await request(at(""), { token });
        while (status === 200 && performance.now() < untilMs) ({ status } = await request(at(""), { token }));
        if (status === 200) attack.wrong(`a removed person still reads after ${mostStaleMs} ms`);
        attack.refuse(`removed person returns with their token: ${status}`);
      },
      4_000,
    );
