import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url));

const lock = join(repositoryRoot, "node_modules", ".parley-build-lock");
/** A source may be written while it is being compiled. */
const maxTries = 3;
const staleLockMs = 120_000;

/** Compiles `src` and `adapters` to `dist` when something there is newer than the build. Test files that run at the same time wait for each other. */
export async function ensureBuilt(): Promise<void> {
  if (isFresh()) return;
  while (!takeLock()) await pause(50);
  try {
    for (let tries = 0; tries < maxTries && !isFresh(); tries++) compile();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > staleLockMs) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

/** Every source has a compiled file that is not older. */
function isFresh(): boolean {
  return ["src", "adapters"].every((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.startsWith("web"))
      .every((path) => isCompiled(join(folder, path))),
  );
}

function isCompiled(path: string): boolean {
  const compiled = join(repositoryRoot, "dist", path.replace(/\.ts$/, ".js"));
  return existsSync(compiled) && statSync(compiled).mtimeMs >= statSync(join(repositoryRoot, path)).mtimeMs;
}

function compile(): void {
  const tsc = join(repositoryRoot, "node_modules", "typescript", "bin", "tsc");
  // Type errors are found by `npm run check`; here only the output matters.
  spawnSync(process.execPath, [tsc, "-p", ".tsconfig.build.json"], { cwd: repositoryRoot, stdio: "ignore" });
}
