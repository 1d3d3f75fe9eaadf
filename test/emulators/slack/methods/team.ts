import { SlackError } from "../slack-error.js";
import { wirePerson } from "../wire.js";
import { type Method, page } from "./method.js";

const authTest: Method = {
  token: "bot",
  scopes: [],
  tier: "none",
  args: {},
  run: ({ workspace }) => {
    const app = workspace.app();
    return {
      url: `https://${workspace.team.domain}.slack.com/`,
      team: workspace.team.name,
      user: workspace.people.get(app.botUserId)?.name ?? "parley",
      team_id: workspace.team.id,
      user_id: app.botUserId,
      bot_id: app.botId,
      is_enterprise_install: false,
    };
  },
};

const connectionsOpen: Method = {
  token: "app",
  scopes: ["connections:write"],
  tier: "none",
  args: {},
  run: ({ workspace, socketMode }) => {
    if (workspace.app().requestUrl !== "") throw new SlackError("socket_mode_not_enabled");
    return { url: socketMode.ticket() };
  },
};

const teamInfo: Method = {
  token: "bot",
  scopes: ["team:read"],
  tier: 3,
  args: { team: "string", domain: "string" },
  run: ({ workspace }) => ({ team: { ...workspace.team, email_domain: "", icon: {} } }),
};

const usersInfo: Method = {
  token: "bot",
  scopes: ["users:read"],
  tier: 4,
  required: ["user"],
  args: { user: "string", include_locale: "boolean" },
  run: ({ workspace, args }) => {
    const person = workspace.people.get(args.text("user") ?? "");
    if (person === undefined) throw new SlackError("user_not_found");
    return { user: wirePerson(workspace, person) };
  },
};

const usersList: Method = {
  token: "bot",
  scopes: ["users:read"],
  tier: 2,
  args: { cursor: "string", limit: "integer", include_locale: "boolean", team_id: "string" },
  run: (call) => {
    const { items, metadata } = page(call, call.workspace.people.values(), { default: 200, max: 1000 });
    return { members: items.map((person) => wirePerson(call.workspace, person)), cache_ts: 0, ...metadata };
  },
};

export const teamMethods: Readonly<Record<string, Method>> = {
  "auth.test": authTest,
  "apps.connections.open": connectionsOpen,
  "team.info": teamInfo,
  "users.info": usersInfo,
  "users.list": usersList,
};
