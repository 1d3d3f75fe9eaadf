import { buildAgentImage } from "../../adapters/docker/image/build-agent-image.js";
import { defaultCacheDir } from "../../adapters/docker/image/fetch-claude-code.js";
import { buildRuntimeImage } from "../../adapters/docker/image/runtime-images.js";
import type { BuiltImage, ImageRequest } from "../cli/surroundings.js";

/** Builds the agents' image as `parley image build` says. Throws BuildError or FetchError. */
export async function buildImage({ env, report, runtime, ...named }: ImageRequest): Promise<BuiltImage> {
  if (runtime !== undefined) return buildRuntimeImage({ runtime, ...named, cacheDir: defaultCacheDir(env), report });
  const { tag, id, bytes } = await buildAgentImage({ ...named, cacheDir: defaultCacheDir(env), report });
  return { tag, id, bytes };
}
