import { describe } from "vitest";
import {
  dockerHasImage,
  findChromium,
  findClaudeCode,
  findCodex,
  findPostgres,
  gitServesHttp,
  succeeds,
} from "./programs.js";

/** Declares a suite, as vitest's `describe` does. */
export type SuiteRunner = (title: string, body: () => void) => void;

const requireAll = process.env.PARLEY_TEST_ALL === "1";

/** Probes once per file, and only where a suite asks. Under PARLEY_TEST_ALL=1 it never skips: a missing part fails. */
function requirement(missing: string, isThere: () => boolean): () => SuiteRunner {
  let found: boolean | undefined;
  return () => {
    if (requireAll) return describe;
    found ??= isThere();
    return found ? describe : (title, body) => describe.skip(`${title} [skipped: ${missing}]`, body);
  };
}

/** Usage: `needsDocker()("sandboxes in containers", () => { … })`. */
export const needsDocker = requirement("no Docker engine with the agents' image", dockerHasImage);
/** Usage: `needsImage("parley-runtime-codex:2.6.0")("…", () => { … })`. */
export const needsImage = (image: string): SuiteRunner =>
  requirement(`no Docker engine with the image ${image}`, () => succeeds("docker", ["image", "inspect", image]))();
export const needsRedis = requirement("no redis-server on PATH", () => succeeds("redis-server", ["--version"]));
export const needsPostgres = requirement("needs PostgreSQL", () => findPostgres() !== undefined);
export const needsChromium = requirement("no chromium on PATH", () => findChromium() !== undefined);
export const needsClaudeCode = requirement("no Claude Code binary", () => findClaudeCode() !== undefined);
export const needsCodex = requirement("no Codex binary", () => findCodex() !== undefined);
export const needsGit = requirement("no git with its http-backend", gitServesHttp);
