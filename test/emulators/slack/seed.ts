import type { Channel, Installation, Person } from "./model.js";
import { allScopes, defaultEvents } from "./settings.js";
import type { Workspace } from "./workspace.js";

/** The app's credentials; stable, so that an `.env` survives a restart. */
export const credentials = {
  botToken: "xoxb-emulator-bot",
  appToken: "xapp-emulator-app",
  signingSecret: "emulator-signing-secret",
} as const;

const botUser = "U00PARLEY";

const people: readonly Person[] = [
  person("U000MIA", "mia", "Mia Chen", "🦊"),
  person("U000TOM", "tom", "Tom Weber", "🐻"),
  person("U000ANA", "ana", "Ana Duarte", "🐧"),
  { ...person(botUser, "parley", "Parley", "🪢"), isBot: true },
];

/** Fills an empty workspace: three people, the app, three channels; the app is in #general and #builds, not in #ops. */
export function seed(workspace: Workspace): void {
  for (const someone of people) workspace.people.put(someone.id, someone);
  const humans = people.filter((someone) => !someone.isBot).map((someone) => someone.id);
  const channels: readonly [
    id: string,
    name: string,
    kind: Channel["kind"],
    members: readonly string[],
    topic: string,
  ][] = [
    ["C00GENERAL", "general", "public", [...humans, botUser], "Everybody, everything"],
    ["C000BUILDS", "builds", "public", [...humans, botUser], "What is being built"],
    ["C000000OPS", "ops", "private", humans, "Keep calm"],
  ];
  for (const [id, name, kind, members, topic] of channels) {
    workspace.channels.put(id, { id, name, kind, members, topic, archived: false, createdAtMs: workspace.nowMs() });
  }
  const app: Installation = {
    appId: "A000PARLEY",
    botId: "B000PARLEY",
    botUserId: botUser,
    ...credentials,
    scopes: allScopes,
    appScopes: ["connections:write"],
    events: defaultEvents,
    commands: ["/room"],
    revoked: [],
    requestUrl: "",
  };
  workspace.changeApp(app);
}

function person(id: string, name: string, realName: string, avatar: string): Person {
  const displayName = realName.split(" ")[0] ?? realName;
  return { id, name, displayName, realName, avatar, isBot: false, deleted: false };
}
