import { z } from "zod";

const maxKept = 10_000;

/** Names of channels, roles and members of servers, as far as the Gateway sent them. */
export interface GuildNames {
  /** A server, with its channels, threads and roles. */
  learnGuild(data: unknown): void;
  /** A channel or thread. */
  learnChannel(data: unknown): void;
  /** A role that was made or changed. */
  learnRole(data: unknown): void;
  /** A member's name in the server; null: none of their own. */
  learnNick(userId: string, nick: string | null): void;
  channel(id: string): string | undefined;
  role(id: string): string | undefined;
  /** Undefined while it is not known whether the member has a name of their own. */
  nick(userId: string): string | null | undefined;
}

const named = z.object({ id: z.string(), name: z.string() });
const list = z.array(z.unknown()).catch([]);
const guild = z.object({ channels: list, threads: list, roles: list });
const changedRole = z.object({ role: named });

export function createGuildNames(): GuildNames {
  const channels = new Map<string, string>();
  const roles = new Map<string, string>();
  const nicks = new Map<string, string | null>();

  function keep<Name>(map: Map<string, Name>, id: string, name: Name): void {
    if (map.size >= maxKept && !map.has(id)) map.clear();
    map.set(id, name);
  }

  function learn(map: Map<string, string>, data: unknown): void {
    const read = named.safeParse(data).data;
    if (read !== undefined) keep(map, read.id, read.name);
  }

  return {
    learnGuild(data) {
      const read = guild.safeParse(data).data;
      for (const one of [...(read?.channels ?? []), ...(read?.threads ?? [])]) learn(channels, one);
      for (const one of read?.roles ?? []) learn(roles, one);
    },
    learnChannel: (data) => learn(channels, data),
    learnRole: (data) => learn(roles, changedRole.safeParse(data).data?.role),
    learnNick: (userId, nick) => keep(nicks, userId, nick),
    channel: (id) => channels.get(id),
    role: (id) => roles.get(id),
    nick: (userId) => nicks.get(userId),
  };
}
