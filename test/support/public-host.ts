import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";

const run = promisify(execFile);

/**
 * A host that looks public to this machine: an address in a public range, on a network that only this machine has. No real host is contacted, and the
 * proxy needs no exception.
 */
export interface PublicHost {
  address: string;
  /** Its certificate, PEM: for the name, signed by itself. */
  certificate: string;
  /** Paths that were asked for. */
  asked: string[];
  stop(): Promise<void>;
}

/** Of a range that belongs to the American ministry of defence and is not routed. */
const subnet = "11.77.19.0/24";
const gateway = "11.77.19.1";
const address = "11.77.19.2";
const label = "dev.parley.test=public-host";

/** HTTPS at port 443 under that name: `/hello`, a repository at `/notes.git`, and `/slow`, which says one word and then nothing. */
export async function startPublicHost(name: string): Promise<PublicHost> {
  const dir = await mkdtemp(join(tmpdir(), "parley-host-"));
  const endings: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const docker = new Docker();
    await removeLeftover(docker);
    const network = await docker.createNetwork({
      Name: `parley-public-${randomBytes(4).toString("hex")}`,
      Labels: { "dev.parley.test": "public-host" },
      Internal: true,
      IPAM: { Driver: "default", Config: [{ Subnet: subnet, Gateway: gateway }] },
    });
    endings.push(() => network.remove());
    await makeRepository(dir);
    const pem = await makeCertificate(name);
    const asked: string[] = [];
    const port = await serve({ dir, pem, asked, endings });
    // The address is the container's; this process answers.
    const container = await docker.createContainer({
      Image: agentImageTag(CLAUDE_CODE_VERSION),
      User: "0",
      Entrypoint: ["tini", "--"],
      Cmd: ["socat", "TCP-LISTEN:443,fork,reuseaddr", `TCP:${gateway}:${port}`],
      HostConfig: { NetworkMode: network.id },
      NetworkingConfig: { EndpointsConfig: { [network.id]: { IPAMConfig: { IPv4Address: address } } } },
    });
    endings.push(() => container.remove({ force: true }));
    await container.start();
    return { address, certificate: pem.cert, asked, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function serve(options: {
  dir: string;
  pem: { key: string; cert: string };
  asked: string[];
  endings: (() => Promise<unknown>)[];
}): Promise<number> {
  const { dir, pem, asked, endings } = options;
  const server = createServer(pem, async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "https://host.invalid");
    asked.push(pathname);
    if (pathname === "/hello") return void response.end("hello from outside\n");
    if (pathname === "/slow") return void response.write("first\n");
    const file = pathname.startsWith("/notes.git/") && !pathname.includes("..") ? join(dir, pathname) : undefined;
    const bytes = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  server.listen(0, gateway);
  await once(server, "listening");
  endings.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Made by the openssl of the image, which this machine need not have. */
async function makeCertificate(name: string): Promise<{ key: string; cert: string }> {
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
  const image = agentImageTag(CLAUDE_CODE_VERSION);
  const { stdout } = await run(
    "docker",
    ["run", "--rm", "--network=none", "--entrypoint=openssl", image, ...request].concat([
      "-keyout",
      "/dev/stdout",
      "-out",
      "/dev/stdout",
    ]),
  );
  const part = (what: string) =>
    new RegExp(`-----BEGIN ${what}-----[\\s\\S]*-----END ${what}-----\n`).exec(stdout)?.[0] ?? "";
  return { key: part("PRIVATE KEY"), cert: part("CERTIFICATE") };
}

/** Of a run that was killed: the addresses can be on one network only. */
async function removeLeftover(docker: Docker): Promise<void> {
  for (const { Id } of await docker.listNetworks({ filters: { label: [label] } })) {
    const network = docker.getNetwork(Id);
    const { Containers = {} } = (await network.inspect()) as { Containers?: object };
    for (const id of Object.keys(Containers)) await docker.getContainer(id).remove({ force: true });
    await network.remove();
  }
}

/** As a plain web server can serve it. */
async function makeRepository(dir: string): Promise<void> {
  const work = join(dir, "work");
  await run("git", ["init", "-q", "-b", "main", work]);
  await writeFile(join(work, "NOTES"), "what the notes say\n");
  const me = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  await run("git", ["-C", work, "add", "."]);
  await run("git", ["-C", work, ...me, "commit", "-q", "-m", "notes"]);
  await run("git", ["clone", "-q", "--bare", work, join(dir, "notes.git")]);
  await run("git", ["-C", join(dir, "notes.git"), "update-server-info"]);
}
