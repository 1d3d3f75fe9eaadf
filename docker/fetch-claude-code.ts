import { parseArgs } from "node:util";
import { CLAUDE_CODE_VERSION, platformOf } from "../adapters/docker/image/claude-code-release.js";
import { defaultCacheDir, fetchClaudeCode } from "../adapters/docker/image/fetch-claude-code.js";
import { FetchError } from "../adapters/kit/fetch-archive.js";

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { version: { type: "string", default: CLAUDE_CODE_VERSION }, platform: { type: "string" } },
  });
  const platform = platformOf(values.platform?.replace(/^linux-/, "") ?? process.arch);
  if (platform === undefined) throw new FetchError("Claude Code runs on linux-x64 and linux-arm64 only.");
  const binary = await fetchClaudeCode({
    version: values.version,
    platform,
    cacheDir: defaultCacheDir(process.env),
    report: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${binary}\n`);
};

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
