import type Docker from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { Health } from "../../src/ports/health.js";
import { toEngineError, unless, within, wordsOf } from "./engine-errors.js";

const checkTimeoutMs = 5_000;
/** Cgroup namespaces of their own, and every field Parley asks for. */
const minApiVersion = [1, 41] as const;
/** Older ones let a container out (CVE-2025-31133, -52565, -52881), unless the distribution has mended them. */
const mendedRunc = [1, 2, 8] as const;

/** Id (`sha256:…`) of an image; undefined when the engine does not have it. */
export async function findImage(docker: Docker, image: string): Promise<string | undefined> {
  return (await unless(docker.getImage(image).inspect(), 404))?.Id;
}

/** Whether the engine's kernel counts swap and so can forbid it. */
export async function limitsSwap(docker: Docker): Promise<boolean> {
  const info = (await docker.info()) as { SwapLimit?: boolean };
  return info.SwapLimit === true;
}

export interface EngineCheck {
  docker: Docker;
  image: string;
  canMakeImage: boolean;
  clock: Clock;
}

export async function checkEngine({ docker, image, canMakeImage, clock }: EngineCheck): Promise<Health> {
  const doing = "Asking the Docker engine";
  try {
    const call = Promise.all([docker.version(), docker.info(), findImage(docker, image)]);
    const [version, info, imageId] = await within(call, { clock, timeoutMs: checkTimeoutMs, doing });
    const runc = version.Components?.find(({ Name }) => Name === "runc")?.Version;
    return judge({ engine: version.Version, api: version.ApiVersion, runc, info, image, imageId, canMakeImage });
  } catch (error) {
    return { ok: false, detail: wordsOf(toEngineError(error, doing)) };
  }
}

interface Facts {
  engine: string;
  api: string;
  runc: string | undefined;
  info: { OSType?: string; SwapLimit?: boolean };
  image: string;
  imageId: string | undefined;
  canMakeImage: boolean;
}

export function judge(facts: Facts): Health {
  const { engine, api, runc, info, image, imageId, canMakeImage } = facts;
  const about = `Docker ${engine}, API ${api}${runc === undefined ? "" : `, runc ${runc}`}`;
  if (info.OSType !== undefined && info.OSType !== "linux") {
    return { ok: false, detail: `${about} runs ${info.OSType} containers; agents need Linux ones.` };
  }
  if (isOlder(api, minApiVersion))
    return { ok: false, detail: `${about} is too old: update to Docker 20.10 or newer.` };
  if (imageId === undefined && !canMakeImage) {
    return { ok: false, detail: `${about}; the agents' image ${image} is not there. Run \`parley image build\`.` };
  }
  const notes = [
    ...(imageId === undefined ? [`the image ${image} is built when the first agent starts`] : []),
    ...(info.SwapLimit === false ? ["swap cannot be limited here, so an agent may use some beyond its memory"] : []),
    ...(runc !== undefined && isOlder(runc, mendedRunc)
      ? ["runc is older than 1.2.8; update it unless your distribution has mended CVE-2025-31133"]
      : []),
  ];
  return { ok: true, detail: [about, ...notes].join("; ") };
}

function isOlder(version: string, than: readonly number[]): boolean {
  const found = version.split(/[^0-9]+/).map(Number);
  for (const [index, wanted] of than.entries()) {
    const part = found[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
