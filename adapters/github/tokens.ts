import { z } from "zod";
import { type Repository, repositoryUrl } from "../../src/core/values/repository.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import { PortError } from "../../src/ports/port-error.js";
import type { RepositoryPermission, RepositoryToken, RepositoryTokens } from "../../src/ports/repository-tokens.js";
import { type ApiAnswer, createAppApi, type GitHubApp, refusalOf } from "./app-api.js";
import { gitHostOf } from "./git-host.js";

export type GitHubTokensOptions = GitHubApp & { clock: Clock; fetch?: typeof fetch };

/** A token lives an hour; it is not used in its last minutes, so that calls made with it can finish. */
const spareMs = 5 * 60_000;
/** A repository outside the installation may be added to it later. */
const noneMs = 60_000;
const healthMs = 60_000;

const tokenSchema = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
  repositories: z.array(z.object({ full_name: z.string() })).optional(),
});
const installationSchema = z.object({
  suspended_at: z.string().nullish(),
  permissions: z.record(z.string(), z.string()).optional(),
});

/** Kept until then, on the monotonic clock. */
interface Kept {
  result: RepositoryToken;
  untilMs: number;
}

/** Installation tokens of a GitHub App, each for one repository and no more than it needs. */
export function createGitHubTokens(options: GitHubTokensOptions): RepositoryTokens {
  const { clock, installationId } = options;
  const api = createAppApi(options);
  const host = gitHostOf(options.apiUrl);
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<RepositoryToken>>();
  let health: { at: number; seen: Promise<Health> } | undefined;

  async function ask(repository: Repository, access: RepositoryPermission): Promise<Kept> {
    const answer = await api.ask({
      method: "POST",
      path: `/app/installations/${installationId}/access_tokens`,
      body: { repositories: [repository.name], permissions: { contents: access, metadata: "read" } },
    });
    if (answer.status === 422) return { result: notGiven(repository, access), untilMs: clock.monotonicMs() + noneMs };
    if (answer.status !== 201) throw refusalOf(answer);
    return keptOf(answer, repository, access);
  }

  function keptOf({ body }: ApiAnswer, repository: Repository, access: RepositoryPermission): Kept {
    const parsed = tokenSchema.safeParse(body);
    if (!parsed.success) throw new PortError("GitHub's API gave no token that can be read.", strange);
    const { token, expires_at, repositories = [] } = parsed.data;
    // A name alone is asked for: it may be the installation's own repository of the same name.
    const isThis = repositories.length === 1 && repositories.every(({ full_name }) => isSame(full_name, repository));
    if (!isThis) return { result: notGiven(repository, access), untilMs: clock.monotonicMs() + noneMs };
    const leftMs = Date.parse(expires_at) - clock.nowMs() - spareMs;
    return { result: { kind: "token", token }, untilMs: clock.monotonicMs() + Math.max(0, leftMs) };
  }

  function shared(key: string, ask: () => Promise<Kept>): Promise<RepositoryToken> {
    const running = asking.get(key);
    if (running) return running;
    const asked = ask()
      .then((fresh) => {
        kept.set(key, fresh);
        return fresh.result;
      })
      .finally(() => asking.delete(key));
    asking.set(key, asked);
    return asked;
  }

  async function look(): Promise<Health> {
    try {
      const answer = await api.ask({ method: "GET", path: `/app/installations/${installationId}` });
      if (answer.status !== 200) throw refusalOf(answer);
      return healthOf(installationSchema.safeParse(answer.body).data);
    } catch (error) {
      return { ok: false, detail: error instanceof PortError ? error.message : "GitHub's API could not be asked." };
    }
  }

  return {
    async tokenFor(repository, access) {
      if (repository.host !== host) return { kind: "none", why: `the GitHub App is for ${host}` };
      const key = `${access} ${repository.owner}/${repository.name}`.toLowerCase();
      const known = kept.get(key);
      if (known && known.untilMs > clock.monotonicMs()) return known.result;
      return shared(key, () => ask(repository, access));
    },
    forget(token) {
      for (const [key, { result }] of kept) if (result.kind === "token" && result.token === token) kept.delete(key);
    },
    async check() {
      const now = clock.monotonicMs();
      if (!health || now - health.at > healthMs) health = { at: now, seen: look() };
      return health.seen;
    },
  };
}

const strange = { code: "unavailable", retryable: true } as const;

function isSame(fullName: string, { owner, name }: Repository): boolean {
  return fullName.toLowerCase() === `${owner}/${name}`.toLowerCase();
}

function notGiven(repository: Repository, access: RepositoryPermission): RepositoryToken {
  const rights =
    access === "write" ? "is not installed on it, or lacks “Contents: read and write”" : "is not installed on it";
  return { kind: "none", why: `the GitHub App ${rights} (${repositoryUrl(repository)})` };
}

function healthOf(installation: z.infer<typeof installationSchema> | undefined): Health {
  if (!installation) return { ok: false, detail: "GitHub's API gave no installation that can be read." };
  if (installation.suspended_at != null)
    return { ok: false, detail: "The GitHub App's installation is suspended. Its owner can resume it on GitHub." };
  const contents = installation.permissions?.contents;
  if (contents === "write") return { ok: true };
  if (contents === "read")
    return {
      ok: true,
      detail: "The GitHub App may only read: give it “Contents: read and write” if agents are to push.",
    };
  return { ok: false, detail: "The GitHub App lacks the permission “Contents”: agents can neither clone nor push." };
}
