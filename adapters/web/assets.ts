import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** The build's files: by path on the server, the file below the folder and its content type. */
const manifestSchema = z.object({
  assets: z.record(z.string(), z.object({ file: z.string(), contentType: z.string(), isCompressed: z.boolean() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Encodings the build writes, the smallest first, and how their files end. */
export const encodings = { br: ".br", gzip: ".gz" } as const;
type ContentEncoding = keyof typeof encodings;

export interface WebAsset {
  body: Uint8Array<ArrayBuffer>;
  /** The same, compressed; absent where that makes it no smaller. */
  compressed: Partial<Record<ContentEncoding, Uint8Array<ArrayBuffer>>>;
  contentType: string;
  /** Its name changes with its content, so it may be kept for ever. */
  immutable: boolean;
}

export interface WebAssets {
  /** By path of the request, without query. The page itself for `/` and `/r/<room>`; undefined for other paths. */
  get(path: string): WebAsset | undefined;
}

/** Nothing but own files: no inline script or style, no eval, no other host, no frame around it. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const pagePath = /^\/(?:r\/([A-Za-z0-9_-]{1,64})\/?)?$/;

/**
 * Reads the built page from `dir` into memory (well under 200 KiB). Rejects when it was not built: `npm run build` makes it.
 */
export async function createWebAssets({ dir }: { dir: string }): Promise<WebAssets> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(dir, "manifest.json"), "utf8")));
  const page: WebAsset = {
    body: await bytesOf(join(dir, "index.html")),
    compressed: {},
    contentType: "text/html; charset=utf-8",
    immutable: false,
  };
  const assets = new Map<string, WebAsset>();
  for (const [path, { file, contentType, isCompressed }] of Object.entries(manifest.assets)) {
    const compressed: WebAsset["compressed"] = {};
    for (const encoding of isCompressed ? encodingNames : [])
      compressed[encoding] = await bytesOf(join(dir, file + encodings[encoding]));
    assets.set(path, { body: await bytesOf(join(dir, file)), compressed, contentType, immutable: true });
  }
  return { get: (path) => assets.get(path) ?? (pagePath.test(path) ? page : undefined) };
}

const encodingNames = Object.keys(encodings) as ContentEncoding[];

async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(path));
}

/** Answers a GET or HEAD of the page or its files with all headers they need; undefined for any other address. */
export function createWebPage(assets: WebAssets): (request: Request) => Promise<Response | undefined> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    const asset = assets.get(pathname);
    if (!asset) return undefined;
    const encoding = chosenEncoding(asset, request.headers.get("Accept-Encoding") ?? "");
    const body = (encoding && asset.compressed[encoding]) ?? asset.body;
    const first = firstRequests(pathname);
    const headers = {
      "Content-Type": asset.contentType,
      "Content-Length": String(body.byteLength),
      ...(encoding && { "Content-Encoding": encoding }),
      ...(Object.keys(asset.compressed).length > 0 && { Vary: "Accept-Encoding" }),
      "Cache-Control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
      ...(first !== "" && { Link: first }),
      "Content-Security-Policy": contentSecurityPolicy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin",
    };
    return new Response(request.method === "HEAD" ? null : body, { headers });
  };
}

function chosenEncoding({ compressed }: WebAsset, accepted: string): ContentEncoding | undefined {
  const names = new Set(accepted.split(",").map((part) => part.trim().toLowerCase()));
  return encodingNames.find((encoding) => compressed[encoding] && names.has(encoding));
}

/** The first request of a room's page: the browser starts it while the script is still loading. */
function firstRequests(pathname: string): string {
  const roomId = pagePath.exec(pathname)?.[1];
  if (roomId === undefined) return "";
  const base = `/api/rooms/${roomId}`;
  return [base, `${base}/messages`].map((path) => `<${path}>; rel=preload; as=fetch; crossorigin`).join(", ");
}
