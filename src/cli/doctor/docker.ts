import { type RequestOptions, request } from "node:http";
import { reasonOf } from "../../client/http.js";
import type { Context } from "../command.js";
import type { RuntimeImage } from "../surroundings.js";
import { type Finding, notUsed, probeTimeoutMs } from "./finding.js";

interface EngineAnswer {
  status: number;
  body: string;
}

/** The Docker engine and the image agents run in. */
export async function checkDocker({ env, parts, runtimeImages }: Context): Promise<Finding[]> {
  const wanted = env.PARLEY_SANDBOX || "auto";
  if (!parts.has("docker")) return [notUsed("Docker", "this build runs no containers")];
  if (wanted !== "auto" && wanted !== "docker") return [notUsed("Docker", `PARLEY_SANDBOX is ${wanted}`)];
  const level = wanted === "docker" ? "fail" : "warn";
  const engine = engineOf(env.DOCKER_HOST || "unix:///var/run/docker.sock");
  if (!engine)
    return [
      { about: "Docker", level, seen: "DOCKER_HOST is not a unix:// or tcp:// address", todo: "correct or unset it" },
    ];
  const ping = await ask(engine, "/version").catch((error: unknown) => reasonOf(error));
  if (typeof ping === "string" || ping.status !== 200) {
    const why = typeof ping === "string" ? ping : `status ${ping.status}`;
    return [
      {
        about: "Docker",
        level,
        seen: `no engine answers: ${why}`,
        todo: "start Docker, or let this user use its socket",
      },
    ];
  }
  const version = fieldOf(ping.body, "Version") ?? "an unknown version";
  const others = (await runtimeImages(env)).map((image) => checkRuntimeImage(engine, image));
  const images = await Promise.all([checkImage({ engine, env, level }), ...others]);
  return [{ about: "Docker", level: "ok", seen: `engine ${version}` }, ...images];
}

/** The image of another runtime than Claude Code. */
async function checkRuntimeImage(
  engine: RequestOptions,
  { runtime, image, isBuiltHere }: RuntimeImage,
): Promise<Finding> {
  const about = `${runtime} image`;
  const found = await ask(engine, `/images/${encodeURIComponent(image)}/json`).catch(() => undefined);
  if (found?.status === 200) return { about, level: "ok", seen: image };
  const todo = isBuiltHere ? `parley image build --runtime ${runtime}` : `docker pull ${image}`;
  return { about, level: "warn", seen: `${image} is not on this machine, so no agent can run with ${runtime}`, todo };
}

interface ImageQuestion {
  engine: RequestOptions;
  env: Context["env"];
  level: "fail" | "warn";
}

async function checkImage({ engine, env, level }: ImageQuestion): Promise<Finding> {
  const name = env.PARLEY_AGENT_IMAGE;
  const about = "agent image";
  if (name) {
    const found = await ask(engine, `/images/${encodeURIComponent(name)}/json`).catch(() => undefined);
    if (found?.status === 200) return { about, level: "ok", seen: name };
    return {
      about,
      level,
      seen: `${name} is not on this machine`,
      todo: `docker pull ${name}, or unset PARLEY_AGENT_IMAGE`,
    };
  }
  const filters = encodeURIComponent(JSON.stringify({ reference: ["parley-agent"] }));
  const found = await ask(engine, `/images/json?filters=${filters}`).catch(() => undefined);
  const isThere = found?.status === 200 && found.body.includes("parley-agent:");
  if (isThere) return { about, level: "ok", seen: "parley-agent, built here" };
  return { about, level: "off", seen: "not built yet; it is built when the first agent needs it" };
}

function engineOf(host: string): RequestOptions | undefined {
  if (host.startsWith("unix://")) return { socketPath: host.slice("unix://".length) };
  const url = host.replace(/^tcp:/, "http:");
  if (!url.startsWith("http:") || !URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  return { host: hostname, port: port || 2_375 };
}

function ask(engine: RequestOptions, path: string): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...engine, path, timeout: probeTimeoutMs }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer")));
    asking.on("error", reject);
    asking.end();
  });
}

function fieldOf(json: string, name: string): string | undefined {
  try {
    const value = JSON.parse(json) as Record<string, unknown>;
    return typeof value[name] === "string" ? value[name] : undefined;
  } catch {
    return undefined;
  }
}
