import { applicationId, DiscordError, formBody, guildId, type Json, type Store } from "./model.js";

type Handler = (asked: { query: URLSearchParams; body: Json }, ...ids: string[]) => Json;
type MakeRoute<Route> = (method: string, pattern: string, name: string, handle: Handler) => Route;

/** Message Content without Discord's review: the only flag here that an app may change itself (Edit Current Application). */
const contentLimited = 1 << 19;

/** Routes that only a set-up uses: the app's own flags, its servers, their channels and people. */
export function setupRoutes<Route>(store: Store, route: MakeRoute<Route>): Route[] {
  const { state } = store;
  const memberOnly = (id: string): void => {
    if (id !== guildId || state.botIsMember === false) throw new DiscordError(404, 10004, "Unknown Guild");
  };
  return [
    route("PATCH", "/applications/@me", "PATCH application", ({ body }) => {
      const before = state.mayReadContent ? 1 << 18 : 0;
      const unknown = (Number(body.flags) ^ before) & ~(contentLimited | (1 << 18));
      if (typeof body.flags !== "number" || unknown !== 0)
        throw formBody("flags", "Only limited intents can be changed.");
      state.mayReadContent = (body.flags & ((1 << 18) | contentLimited)) !== 0;
      return { id: applicationId, name: "Parley", flags: state.mayReadContent ? contentLimited : 0 };
    }),
    route("GET", "/users/@me/guilds", "GET guilds", () =>
      state.botIsMember === false
        ? []
        : [{ id: guildId, name: "Emulated", owner: false, permissions: state.permissions }],
    ),
    route("GET", "/guilds/:id/channels", "GET channels", (_, id = "") => {
      memberOnly(id);
      return Object.values(state.channels).filter(({ type }) => type === 0);
    }),
    route("GET", "/guilds/:id/members/search", "GET search", ({ query }, id = "") => {
      memberOnly(id);
      const wanted = query.get("query")?.toLowerCase() ?? "";
      const limit = Number(query.get("limit") ?? 1);
      if (wanted === "") throw formBody("query", "This field is required");
      if (limit < 1 || limit > 1_000) throw formBody("limit", "int value should be between 1 and 1000.");
      const begins = (name: string | null): boolean => name?.toLowerCase().startsWith(wanted) === true;
      return Object.values(state.users)
        .filter(({ username, global_name }) => begins(username) || begins(global_name))
        .slice(0, limit)
        .map((user) => ({ user, roles: state.roles[user.id] ?? [], nick: null }));
    }),
  ];
}
