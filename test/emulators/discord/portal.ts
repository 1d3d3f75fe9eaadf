import type { DiscordEmulator } from "./emulator.js";
import { allPermissions, applicationId, guildId, token } from "./model.js";

/** Discord's pages for makers of apps, as far as a new app needs them. Each call is one thing a person does there by hand. */
export interface Portal {
  /** Opens the page, names the app and presses Create. Throws where the link does not open the dialog. */
  createApp(link: string): void;
  /** Bot: Reset Token. Returns the token to copy. */
  resetToken(): string;
  /** Opens an invite link and chooses the server, which leads to a page that lists the permissions. */
  openInvite(link: string): void;
  /** Authorise: the app is in the server, with the permissions of the link. */
  authorise(): void;
}

/** Takes the app out of the emulated Discord: it is not made yet, and its Message Content Intent is off as for every new app. */
export function openPortal({ store, admin }: Pick<DiscordEmulator, "store" | "admin">): Portal {
  const { state } = store;
  admin.setToken(false);
  admin.setContent(false);
  Object.assign(state, { botIsMember: false, permissions: "0" });
  let isMade = false;
  let invited: bigint | undefined;
  return {
    createApp(link) {
      if (link !== "https://discord.com/developers/applications?new_application=true")
        throw new Error(`no dialog at ${link}`);
      isMade = true;
    },
    resetToken() {
      if (!isMade) throw new Error("there is no app yet");
      admin.setToken(true);
      return token;
    },
    openInvite(link) {
      const url = new URL(link);
      const { searchParams } = url;
      if (url.origin !== "https://discord.com" || url.pathname !== "/oauth2/authorize")
        throw new Error(`no page at ${link}`);
      if (searchParams.get("client_id") !== applicationId) throw new Error("Unknown Application");
      if (searchParams.get("scope") !== "bot applications.commands") throw new Error("the link lacks a scope");
      invited = BigInt(searchParams.get("permissions") ?? "0");
    },
    authorise() {
      if (invited === undefined) throw new Error("no invite is open");
      store.state.permissions = String(invited & allPermissions);
      admin.inviteBot();
      if (!state.botIsMember) throw new Error(`the app is not in ${guildId}`);
    },
  };
}
