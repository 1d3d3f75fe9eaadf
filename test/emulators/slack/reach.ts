import { asObjects } from "./json.js";
import type { Message } from "./model.js";
import { type Ping, type Rendered, reachOf, unfurlsOf } from "./pings.js";
import type { Workspace } from "./workspace.js";

export interface TotalReach {
  readonly pings: readonly (Ping & { readonly where: string })[];
  readonly unfurls: readonly string[];
}

/**
 * All people the app pings and all previews it causes, over everything it shows at this moment: messages, private answers, modals and home tabs.
 * Earlier content that has changed since is in the violations.
 */
export function totalReach(workspace: Workspace): TotalReach {
  const messages = workspace.messages.values().filter((message) => message.fromApp);
  const whispers = workspace.whispers.values().filter((whisper) => whisper.from === "app");
  const surfaces: readonly (readonly [where: string, rendered: Rendered])[] = [
    ...messages.map((message) => [`message ${message.ts}`, message] as const),
    ...whispers.map((whisper) => [`private answer ${whisper.ts}`, whisper] as const),
    ...workspace.views.values().map(({ id, view }) => [`view ${id}`, { blocks: asObjects(view.blocks) }] as const),
  ];
  return {
    pings: surfaces.flatMap(([where, rendered]) => reachOf(rendered).pings.map((ping) => ({ ...ping, where }))),
    unfurls: messages.flatMap((message: Message) => unfurlsOf(reachOf(message), message)),
  };
}
