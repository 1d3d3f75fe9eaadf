import type Docker from "dockerode";
import type { ContainerSettings } from "./container-config.js";
import { findImage, limitsSwap } from "./engine.js";
import { refused } from "./engine-errors.js";

/** What every container of this installation is made with. */
export interface ImageSettingsOptions {
  docker: Docker;
  /** Tag or id of the agents' image. */
  image: string;
  /** Makes the image when the engine does not have it. Absent: a missing image is refused. */
  ensureImage?: () => Promise<void>;
  /** Size of `/tmp`; default 256. */
  tmpMb?: number;
  /** Log of a main process: size of a file in MiB (default 20), number of files (default 3). */
  logMb?: number;
  logFiles?: number;
}

/** Gives the settings of a container that is made now, of another image where one is named; makes the agents' image first where it is missing. Rejects if it is not there. */
export function createImageSettings(options: ImageSettingsOptions): (other?: string) => Promise<ContainerSettings> {
  const { docker, image, ensureImage, tmpMb = 256, logMb = 20, logFiles = 3 } = options;
  let making: Promise<void> | undefined;

  /** One build, however many agents wait for it. */
  async function makeImage(): Promise<void> {
    if (!ensureImage) {
      throw refused(`The agents' image ${image} is not there. Build it with \`parley image build\`, then try again.`);
    }
    making ??= ensureImage().finally(() => {
      making = undefined;
    });
    await making;
  }

  async function idOfOther(other: string): Promise<string> {
    const imageId = await findImage(docker, other);
    if (imageId !== undefined) return imageId;
    throw refused(`The image ${other} is not there. Build it, or name another one in the runtime's definition.`);
  }

  async function idOfAgentsImage(): Promise<string> {
    let imageId = await findImage(docker, image);
    if (imageId === undefined) {
      await makeImage();
      imageId = await findImage(docker, image);
    }
    if (imageId === undefined) throw refused(`The agents' image ${image} is not there although it was built.`);
    return imageId;
  }

  return async (other) => {
    const imageId = await (other === undefined ? idOfAgentsImage() : idOfOther(other));
    return { imageId, tmpMb, logMb, logFiles, limitsSwap: await limitsSwap(docker) };
  };
}
