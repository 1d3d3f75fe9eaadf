import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createUnnamedLimit } from "../../../adapters/kit/unnamed-limit.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createSlackClients } from "../../../adapters/slack/client.js";
import { createPeople } from "../../../adapters/slack/people.js";

// 42wim/matterbridge#1600, vercel/chat#236, wee-slack/wee-slack#497: a name is taken once and never again.
test("a person who changes the display name is called by the new one within an hour, or when Slack tells of it", async () => {
  let profile = { display_name: "keenan", real_name: "Keenan V" };
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ok: true, user: { id: "U1", name: "kv", profile } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const clock = createManualClock(0);
  const limit = createUnnamedLimit({ platform: "Slack", clock });
  const people = createPeople({ clients: createSlackClients({ botToken: "xoxb-1", apiUrl, clock, limit }), clock });
  const name = async () => (await people.namesOf(["U1"]))("U1");
  try {
    expect(await name()).toBe("keenan");
    profile = { display_name: "", real_name: "Keenan W" };
    expect(await name()).toBe("keenan");
    expect(calls).toBe(1);
    clock.advance(60 * 60_000);
    expect(await name()).toBe("Keenan W");
    expect(calls).toBe(2);
    const event = (type: string, user: object) => ({ type: "event_callback", event: { type, user } });
    for (const type of ["user_change", "user_profile_changed"]) {
      expect(people.noteChange(event(type, { id: "U1", profile: { display_name: type } }))).toBe(true);
      expect(await name()).toBe(type);
    }
    expect(people.noteChange(event("user_change", { id: "U1", profile: 7 }))).toBe(true);
    expect(people.noteChange(event("team_join", { id: "U1", name: "x" }))).toBe(false);
    expect(await name()).toBe("user_profile_changed");
    expect(calls).toBe(2);
  } finally {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
});
