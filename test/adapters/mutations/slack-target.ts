import { createHmac } from "node:crypto";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createAnswers } from "../../../adapters/slack/answers.js";
import { createHttpMount } from "../../../adapters/slack/receivers.js";
import type { Inbound } from "../../../src/ports/chat-inbound.js";
import type { MutationTarget, SamplePayload } from "./run.js";

const signingSecret = "a signing secret of the tests";
const message = {
  type: "message",
  user: "U000MIA",
  text: "deploy now",
  ts: "1700000000.000200",
  thread_ts: "1700000000.000100",
  channel: "C1",
  client_msg_id: "a-b-c",
  team: "T1",
  edited: { user: "U000MIA", ts: "1700000001.000000" },
  files: [
    {
      id: "F1",
      name: "a.txt",
      mimetype: "text/plain",
      size: 3,
      url_private: "https://files.slack.com/a",
      mode: "hosted",
    },
  ],
  attachments: [
    { is_share: true, author_name: "Bob", text: "prod is DOWN", fields: [{ title: "host", value: "db1" }] },
  ],
  blocks: [
    { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "deploy now" }] }] },
  ],
  user_profile: { display_name: "Mia", real_name: "Mia M", name: "mia" },
  reactions: [{ name: "eyes", count: 1, users: ["U1"] }],
};
const said = ["type", "event.type", "event.user", "event.text", "event.ts", "event.thread_ts", "event.channel"];

const samples: readonly SamplePayload[] = [
  {
    name: "message",
    payload: {
      type: "event_callback",
      event_id: "Ev1",
      event_time: 1_700_000_000,
      team_id: "T1",
      authorizations: [{ user_id: "U1" }],
      event: message,
    },
    essential: said,
    marker: "deploy now",
  },
  {
    name: "edit",
    payload: {
      type: "event_callback",
      event: {
        type: "message",
        subtype: "message_changed",
        channel: "C1",
        ts: "1700000002.000000",
        message,
        previous_message: { ...message, text: "deploy" },
      },
    },
    essential: [
      ...["type", "event.type", "event.subtype", "event.channel", "event.message.edited.ts", "event.previous_message"],
      ...["type", "user", "text", "ts", "thread_ts"].map((key) => `event.message.${key}`),
    ],
    marker: "deploy now",
  },
  {
    name: "press",
    payload: {
      type: "block_actions",
      user: { id: "U000MIA", username: "mia", name: "mia", team_id: "T1" },
      trigger_id: "t.1",
      response_url: "https://hooks.slack.com/actions/x",
      container: { type: "message", channel_id: "C1", message_ts: "1700000000.000100", is_ephemeral: false },
      channel: { id: "C1", name: "general" },
      message: { ts: "1700000000.000100", thread_ts: "1700000000.000100", text: "card" },
      actions: [
        { action_id: "press:g:r1:approve", block_id: "b", type: "button", action_ts: "1700000003.000000", value: "x" },
      ],
    },
    essential: ["type", "user.id", "trigger_id", "container.channel_id", "actions.0.action_id"],
    marker: "g:r1:approve",
  },
  {
    name: "submission",
    payload: {
      type: "view_submission",
      user: { id: "U000MIA", username: "mia", name: "mia" },
      trigger_id: "t.2",
      view: {
        id: "V1",
        callback_id: "parley_form",
        private_metadata: JSON.stringify({ form: "edit:g1", channel: "C1", thread: "1700000000.000100" }),
        title: { type: "plain_text", text: "Edit" },
        state: { values: { text: { text: { type: "plain_text_input", value: "better words" } } } },
        blocks: [{ type: "input", block_id: "text" }],
      },
      response_urls: [],
    },
    essential: [
      "type",
      "user.id",
      "trigger_id",
      "view.callback_id",
      "view.private_metadata",
      "view.state.values.text.text.value",
    ],
    marker: "better words",
  },
  {
    name: "command",
    payload: {
      command: "/room",
      text: "new fix-login",
      user_id: "U000MIA",
      user_name: "mia",
      channel_id: "C1",
      channel_name: "general",
      team_id: "T1",
      trigger_id: "t.3",
      response_url: "https://hooks.slack.com/commands/x",
    },
    essential: ["command", "text", "user_id", "channel_id", "trigger_id", "response_url"],
    marker: "new fix-login",
  },
];

/** Slack's adapter behind its HTTP address, with everything signed; Slack itself is not there. */
export function createSlackTarget(): MutationTarget {
  const clock = createSystemClock();
  const logger = createMemoryLogger({ maxRecords: 100 });
  const arrived: Inbound[] = [];
  const nothing = async () => ({});
  const take = createAnswers({
    door: {
      deliver: async (inbound) => {
        arrived.push(inbound);
        return { kind: "none" };
      },
      connected: () => {},
      channelChanged: async () => {},
    },
    clients: { write: { chat: { postEphemeral: nothing, postMessage: nothing }, views: { open: nothing } } } as never,
    people: {
      namesOf: async () => (id: string) => (id === "U000MIA" ? "Mia" : undefined),
      noteChange: () => false,
    },
    session: { self: () => ({ botUserId: "U000BOT" }) } as never,
    clock,
    logger,
  });
  const mount = createHttpMount({ signingSecret, clock, logger, take, onSentAgain: () => {} });
  return {
    platform: "slack",
    samples,
    async take(_sample, payload) {
      const body = JSON.stringify(payload);
      const timestamp = String(Math.floor(clock.nowMs() / 1_000));
      const signature = `v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
      const headers = {
        "content-type": "application/json",
        "x-slack-signature": signature,
        "x-slack-request-timestamp": timestamp,
      };
      const request = new Request("http://127.0.0.1/slack/events", { method: "POST", headers, body });
      const { status } = await mount.handle(request);
      return status >= 500 ? `status ${status}` : undefined;
    },
    arrived: () => arrived.splice(0),
  };
}
