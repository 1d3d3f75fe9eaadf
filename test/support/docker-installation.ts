import Docker from "dockerode";
import { sha256 } from "./sha256.js";

/** What one Parley of a test has on the Docker engine. */
export interface DockerInstallation {
  /** For its environment: containers and homes are known by it. */
  env: { PARLEY_SECRET: string; PARLEY_SANDBOX: string };
  /** Its containers and volumes, homes included, are gone for good. */
  remove(): Promise<void>;
}

/** `seed`: another one for each Parley. */
export function dockerInstallation(seed: string): DockerInstallation {
  const secret = `a secret of the installation ${seed}`;
  const label = [`dev.parley.installation=${sha256(`installation/${secret}`).slice(0, 16)}`];
  return {
    env: { PARLEY_SECRET: secret, PARLEY_SANDBOX: "docker" },
    async remove() {
      const docker = new Docker();
      for (const { Id } of await docker.listContainers({ all: true, filters: { label } })) {
        await docker.getContainer(Id).remove({ force: true });
      }
      const { Volumes } = await docker.listVolumes({ filters: { label } });
      for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove();
    },
  };
}
