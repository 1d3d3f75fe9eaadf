import { botScopes, channelScopes, setupScopes } from "./scopes.js";

/** Events of the app: messages of channels that Parley was invited to, what happens to those channels, and changed names of people. */
const botEvents = [
  "message.channels",
  "message.groups",
  "message.im",
  "channel_archive",
  "channel_unarchive",
  "channel_deleted",
  "channel_id_changed",
  "channel_left",
  "group_archive",
  "group_unarchive",
  "group_deleted",
  "group_left",
  "member_joined_channel",
  "user_change",
];

/** The app in Slack's own format (app manifest, version 2). `manifest.json` is the same, for people who paste it. */
export const manifest = {
  _metadata: { major_version: 2, minor_version: 1 },
  display_information: {
    name: "Parley",
    description: "Rooms where coding agents and people work together",
    background_color: "#1f2937",
  },
  features: {
    app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
    bot_user: { display_name: "Parley", always_online: true },
    slash_commands: [
      {
        command: "/room",
        description: "Make, list and steer rooms of agents",
        usage_hint: "new fix-login with coder, reviewer",
        should_escape: true,
      },
    ],
  },
  oauth_config: { scopes: { bot: Object.keys({ ...botScopes, ...channelScopes, ...setupScopes }) } },
  settings: {
    event_subscriptions: { bot_events: botEvents },
    interactivity: { is_enabled: true },
    org_deploy_enabled: false,
    socket_mode_enabled: true,
    token_rotation_enabled: false,
  },
};

/** Slack's page for a new app, filled in with the manifest (https://api.slack.com/reference/manifests#sharing). */
export const appLink: string = `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(manifest))}`;
