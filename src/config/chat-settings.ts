import { idList, type Setting, text } from "./setting.js";

/** Chat platforms. */
export const chatSettings = {
  slackBotToken: {
    key: "SLACK_BOT_TOKEN",
    schema: text(/^[!-~]{8,}$/, "a bot token without spaces; it starts with xoxb-"),
    meaning: "Bot token of the Slack app. With it, rooms live in Slack threads.",
    unit: "token",
    default: null,
    whenUnset: "no Slack",
    secret: true,
  },
  slackAppToken: {
    key: "SLACK_APP_TOKEN",
    schema: text(/^[!-~]{8,}$/, "an app-level token without spaces; it starts with xapp-"),
    meaning: "App-level token: Slack is heard over web sockets (Socket Mode), and Parley needs no public address.",
    unit: "token",
    default: null,
    whenUnset: "Slack calls /slack/events, signed with SLACK_SIGNING_SECRET",
    secret: true,
  },
  slackSigningSecret: {
    key: "SLACK_SIGNING_SECRET",
    schema: text(/^[!-~]{8,}$/, "the signing secret without spaces"),
    meaning: "Signing secret of the Slack app, for HTTP mode at /slack/events.",
    unit: "secret",
    default: null,
    whenUnset: "Socket Mode with SLACK_APP_TOKEN",
    secret: true,
  },
  slackApiUrl: {
    key: "SLACK_API_URL",
    schema: text(/^https?:\/\/[^\s]+$/, "an http or https address"),
    meaning: "Where Slack's API is.",
    unit: "http or https address",
    default: null,
    whenUnset: "Slack's own",
  },
  slackApprovers: {
    key: "SLACK_APPROVERS",
    schema: idList,
    meaning: "Slack users who may decide in every room.",
    unit: "user ids such as U012AB3CD, separated by commas",
    default: null,
    whenUnset: "only owners and approvers of a room",
  },
} as const satisfies Record<string, Setting>;
