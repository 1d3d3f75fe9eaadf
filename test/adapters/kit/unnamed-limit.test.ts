import { expect, test } from "vitest";
import { createPatientRequest } from "../../../adapters/discord/patient-request.js";
import { createUnnamedLimit } from "../../../adapters/kit/unnamed-limit.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createPatientFetch } from "../../../adapters/slack/patient-fetch.js";

test("waits 30 s and doubles up to 5 min, and begins again after a call that was taken", () => {
  const clock = createManualClock(0);
  const limit = createUnnamedLimit({ platform: "Discord", clock });
  const waits = Array.from({ length: 6 }, () => {
    const waitMs = limit.refused();
    clock.advance(waitMs);
    return waitMs;
  });
  expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  limit.passed();
  expect(limit.refused()).toBe(30_000);
  expect(limit.problem()).toBe("Discord refuses calls and names no time to wait. Parley calls again in 30 s.");
});

test("counts refusals of calls that were under way together once", () => {
  const limit = createUnnamedLimit({ platform: "Slack", clock: createManualClock(0) });
  expect([limit.refused(), limit.refused(), limit.refused()]).toEqual([30_000, 30_000, 30_000]);
});

test("Discord is not called again for any channel before the time is over", async () => {
  const clock = createManualClock(0);
  const limit = createUnnamedLimit({ platform: "Discord", clock });
  let calls = 0;
  let status = 429;
  const request = createPatientRequest(limit, async () => {
    calls += 1;
    return new Response(null, { status });
  });
  const refused = await request("https://discord.example/channels/1/messages", {});
  expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("x-ratelimit-scope")]).toEqual([
    429,
    "30",
    "global",
  ]);
  for (let channel = 2; channel < 20; channel++) await request(`https://discord.example/channels/${channel}`, {});
  expect(calls).toBe(1);
  clock.advance(30_000);
  status = 200;
  expect((await request("https://discord.example/channels/1", {})).status).toBe(200);
  expect([calls, limit.problem()]).toEqual([2, undefined]);
});

test("Slack is not called again for any method before the time is over", async () => {
  const clock = createManualClock(0);
  const limit = createUnnamedLimit({ platform: "Slack", clock });
  limit.refused();
  const patient = createPatientFetch(clock, limit);
  const answer = await patient("http://127.0.0.1:9/api/chat.update", { method: "POST" });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "30"]);
});
