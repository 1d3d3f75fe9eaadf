import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A running registry. */
export interface OnePackageRegistry {
  url: string;
  /** Of the archive, as npm writes it: `sha512-…`. */
  integrity: string;
  downloads(): number;
  close(): void;
}

/** A registry on this machine with one version of one package, which the real npm client talks to. */
export async function startOnePackageRegistry(
  manifest: { name: string; version: string } & Record<string, unknown>,
  archive: Buffer,
): Promise<OnePackageRegistry> {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  let downloads = 0;
  const server = createServer((request, response) => {
    if (request.url?.endsWith(".tgz") === true) {
      downloads += 1;
      response.end(archive);
      return;
    }
    const dist = { tarball: `${url()}package.tgz`, integrity };
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } }),
    );
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: url(),
    integrity,
    downloads: () => downloads,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
