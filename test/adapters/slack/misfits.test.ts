import { expect, test } from "vitest";
import { createUnnamedLimit } from "../../../adapters/kit/unnamed-limit.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createAnswers } from "../../../adapters/slack/answers.js";
import { createSlackClients } from "../../../adapters/slack/client.js";
import type { Inbound } from "../../../src/ports/chat-inbound.js";

/** Takes Slack's payloads as a bot that is signed in; it makes no calls. */
function openAnswers() {
  const clock = createManualClock(1_000);
  const logger = createMemoryLogger();
  const limit = createUnnamedLimit({ platform: "Slack", clock });
  const inbound: Inbound[] = [];
  const take = createAnswers({
    door: {
      deliver: async (one) => {
        inbound.push(one);
        return { kind: "none" };
      },
      connected: () => {},
    },
    clients: createSlackClients({ botToken: "xoxb-1", apiUrl: "http://127.0.0.1:9/", clock, limit }),
    people: { namesOf: async () => () => "Mia", noteChange: () => false },
    session: {
      ...{ start: async () => {}, stop: () => {}, problem: () => undefined, doubt: () => {} },
      self: () => ({ botUserId: "UBOT", botId: undefined }),
      mayUseIdentities: () => true,
    },
    clock,
    logger,
  });
  return { take, inbound, records: logger.records };
}

test("an event of an unknown form is logged and counted, and the next message arrives", async () => {
  const { take, inbound, records } = openAnswers();
  const said = { type: "message", user: "U1", channel: "C1", ts: "100.0", thread_ts: "90.0", text: "hi" };
  const event = (more: object) => ({ type: "event_callback", event: { ...said, ...more } });
  await take(event({ ts: 5 }));
  await take(event({ channel: null }));
  await take({ type: "block_actions", user: {}, actions: [] });
  await take({ type: "event_callback", event: { type: "reaction_added" } });
  await take(event({}));
  expect(inbound.map(({ id }) => id)).toEqual(["C1:100.0"]);
  expect(records.map(({ level, fields }) => ({ level, fields }))).toEqual([
    { level: "warn", fields: { type: "message", misfits: 1 } },
    { level: "warn", fields: { type: "message", misfits: 2 } },
    { level: "warn", fields: { type: "block_actions", misfits: 3 } },
  ]);
});
