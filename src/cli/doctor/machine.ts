import { access, constants, readdir, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { reasonOf } from "../../client/http.js";
import type { Context } from "../command.js";
import { dataDirOf } from "../server.js";
import type { Finding } from "./finding.js";

const oldestNode = [20, 19] as const;
const gigabyte = 1_024 ** 3;
const leastFreeBytes = gigabyte / 10;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isNewEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isNewEnough) return { about: "Node", level: "ok", seen: version };
  return {
    about: "Node",
    level: "fail",
    seen: `${version} is too old`,
    todo: `install Node ${oldestNode.join(".")} or newer`,
  };
}

export function checkConfig({ env, configProblems }: Context): Finding[] {
  const problems = configProblems(env);
  if (problems.length === 0) return [{ about: "configuration", level: "ok", seen: "every value can be used" }];
  return problems.map((problem) => ({
    about: "configuration",
    level: "fail",
    seen: problem,
    todo: "correct it in the environment or in .env; .env.example explains every key",
  }));
}

/** The operator's own roles, a finding for each problem. */
export async function checkRoles({ env, roleProblems }: Context): Promise<Finding[]> {
  const about = "roles";
  const folder = env.PARLEY_SKILLS_DIR;
  if (!folder) return [{ about, level: "ok", seen: "those Parley comes with; PARLEY_SKILLS_DIR is not set" }];
  const problems = await roleProblems(folder);
  if (problems.length === 0) return [{ about, level: "ok", seen: `every file in ${folder} can be used` }];
  const todo = "correct it; a running server reads it again: until then no agent gets what this file was to give";
  return problems.map((seen) => ({ about, level: "fail", seen, todo }));
}

export async function checkDataDir(context: Context): Promise<Finding[]> {
  const path = dataDirOf(context);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error)
    return [found.code === "ENOENT" ? await absentDataDir(path) : unusable(path, reasonOf(found))];
  if (!found.isDirectory()) return [unusable(path, "it is not a folder")];
  const refusal = await access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(() => undefined, reasonOf);
  if (refusal !== undefined) return [unusable(path, refusal)];
  return [...(await checkRights(path, found.mode)), await checkFreeDisk(path)];
}

const unusable = (path: string, why: string): Finding => ({
  about: "data folder",
  level: "fail",
  seen: `${path} cannot be used: ${why}`,
  todo: "give this user a folder to write in, or name another with PARLEY_DATA_DIR",
});

async function absentDataDir(path: string): Promise<Finding> {
  const parent = dirname(path);
  const refusal = await access(parent, constants.W_OK).then(() => undefined, reasonOf);
  if (refusal === undefined)
    return { about: "data folder", level: "off", seen: `${path} is not there yet; parley up makes it` };
  return unusable(path, `it is not there and cannot be made in ${parent} (${refusal})`);
}

async function checkRights(path: string, mode: number): Promise<Finding[]> {
  const open: Finding[] = [];
  if (mode & 0o077) open.push(tooOpen(path, "700"));
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const inside = join(path, entry.name);
    const found = await stat(inside).catch(() => undefined);
    if (found && found.mode & 0o077) open.push(tooOpen(inside, entry.isFile() ? "600" : "700"));
  }
  return open.length > 0 ? open : [{ about: "data folder", level: "ok", seen: `${path}, for this user alone` }];
}

const tooOpen = (path: string, mode: string): Finding => ({
  about: "data folder",
  level: "warn",
  seen: `other users of this machine can read ${path}`,
  todo: `chmod ${mode} ${path}`,
});

async function checkFreeDisk(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  const seen = `${(free / gigabyte).toFixed(1)} GiB free; ${await sizesIn(path)}`;
  if (free >= gigabyte) return { about: "disk", level: "ok", seen };
  const todo = "free some space: rooms cannot be written to on a full disk";
  return { about: "disk", level: free < leastFreeBytes ? "fail" : "warn", seen, todo };
}

/** What the data folder's two logs take. A file is a little longer than what is in it. */
async function sizesIn(path: string): Promise<string> {
  const megabytesOf = async (...names: string[]) => {
    const bytes = await stat(join(path, ...names)).then(
      ({ size }) => size,
      () => 0,
    );
    return `${Math.ceil(bytes / 1_024 ** 2)} MB`;
  };
  return `rooms ${await megabytesOf("data.mdb")}, records of agents' turns ${await megabytesOf("journals", "data.mdb")}`;
}

/** Whether the port that `parley up` would listen on is free. */
export async function checkPort({ env }: Context): Promise<Finding> {
  const port = Number(env.PARLEY_PORT || 4_400);
  const host = env.PARLEY_HOST || "127.0.0.1";
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return { about: "port", level: "off", seen: "not checked: see configuration" };
  const refusal = await listenOnce(host, port);
  if (refusal === undefined)
    return { about: "port", level: "ok", seen: port === 0 ? "any free port" : `${host}:${port} is free` };
  const todo = "end what listens there, or choose another with PARLEY_PORT (0 picks a free one)";
  return { about: "port", level: "fail", seen: `${host}:${port} cannot be listened on: ${refusal}`, todo };
}

function listenOnce(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EADDRINUSE" ? "it is taken" : error.message),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
